#include "rules/canary.h"
#include "rules/load.h"
#include "rules/order.h"
#include "rules/pack/pack.h"
#include "rules/refuse.h"
#include "rules/settle.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

enum {
    OPTIONS_SIZE_FIRST = sizeof(struct blot_options),
};

static const char *const default_packs[] = {"pci"};

/* All packs, then all documents. Errors of one do not keep those of the others back. */
static int add_all(struct load *load)
{
    const struct blot_options *options = load->options;
    const char *const *names = options->packs ? options->packs : default_packs;
    size_t count = options->packs ? options->pack_count : 1;
    int result = 0;
    for (size_t i = 0; i < count + options->document_count; i++) {
        int r = i < count ? load_pack(load, names[i])
                          : load_document(load, &options->documents[i - count]);
        if (r == -ENOMEM || r == -ENOENT)
            return r;
        result = r < 0 ? -EINVAL : result;
    }
    return result;
}

static int hash_text(EVP_MD_CTX *hash, const char *name, const char *text)
{
    if (!text)
        return 0;
    return EVP_DigestUpdate(hash, name, strlen(name) + 1) &&
                   EVP_DigestUpdate(hash, text, strlen(text) + 1)
               ? 0
               : -ENOMEM;
}

/* What the options change of the output; without the key, which must not be tried out. */
static int hash_options(const struct blot_options *options, EVP_MD_CTX *hash)
{
    int r = hash_text(hash, "keep", options->keep);
    if (r == 0)
        r = hash_text(hash, "masked", options->masked);
    if (r == 0)
        r = hash_text(hash, "token", options->token_key_id);
    for (size_t i = 0; r == 0 && i < options->action_count; i++)
        r = hash_text(hash, options->actions[i].rule, options->actions[i].action);
    return r;
}

static int finish_hash(struct blot_ruleset *ruleset, EVP_MD_CTX *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    if (!EVP_DigestFinal_ex(hash, digest, &size))
        return -ENOMEM;
    for (unsigned i = 0; i < size && 2 * i < HASH_HEX; i++)
        snprintf(ruleset->hash + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

static int compile(struct blot_ruleset *ruleset, const struct blot_options *options)
{
    struct load_report report = {.on_error = options->on_error, .user = options->user};
    struct load load = {.ruleset = ruleset, .report = &report, .options = options};
    EVP_MD_CTX *hash = load.hash = EVP_MD_CTX_new();
    int r = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) ? 0 : -ENOMEM;
    if (r == 0)
        r = add_all(&load);
    if (r == 0 || r == -EINVAL) {
        int refused = refuse_numbers(options->documents, options->document_count, &report);
        r = refused < 0 ? refused : r;
    }
    if (r == 0 && ruleset->rule_count == 0) {
        report.document = "options";
        load_error(&report, 0, 1, "no pack and no rule file: name one, such as the pack pci");
        r = -EINVAL;
    }
    if (r == 0 || r == -EINVAL) {
        int settled = settle_actions(ruleset, options, &report);
        r = settled < 0 ? settled : r;
    }
    if (r == 0)
        r = hash_options(options, hash);
    if (r == 0)
        r = finish_hash(ruleset, hash);
    if (r == 0)
        r = order_compile(ruleset);
    if (r == -E2BIG) {
        report.document = "options";
        load_error(&report, 0, 1, "the rules have more than 20000 different keywords: use fewer");
        r = -EINVAL;
    }
    if (r == 0)
        r = canary_run(ruleset, &report);
    load_finish(&load);
    EVP_MD_CTX_free(hash);
    return r;
}

/* The caller's options with the size that they have here: what its version did not know is zero.
 * -E2BIG: it knows more than this version and asks for it. */
static int take_options(const struct blot_options *given, struct blot_options *ret_options)
{
    struct blot_options options = {.size = sizeof(options)};
    size_t size = given ? given->size : 0;
    if (given && size == 0)
        size = OPTIONS_SIZE_FIRST;
    for (size_t i = sizeof(options); i < size; i++) {
        if (((const char *)given)[i])
            return -E2BIG;
    }
    if (given)
        memcpy(&options, given, size < sizeof(options) ? size : sizeof(options));
    *ret_options = options;
    return 0;
}

int blot_ruleset_new(const struct blot_options *given, struct blot_ruleset **ret_ruleset)
{
    struct blot_options options;
    int r = take_options(given, &options);
    if (r < 0)
        return r;
    const struct scan_kernel *kernel = scan_choose(options.kernel);
    if (!kernel)
        return -ENOTSUP;
    struct blot_ruleset *ruleset = calloc(1, sizeof(*ruleset));
    if (!ruleset)
        return -ENOMEM;
    ruleset->kernel = kernel;
    sift_tables_make(&ruleset->sift);
    ruleset->marker = (struct view_marker){kernel->mark, &ruleset->sift.mark_keys};
    for (unsigned i = 0; i < MATCH_KINDS; i++)
        ruleset->rule_of_kind[i] = -1;
    r = compile(ruleset, &options);
    if (r < 0)
        blot_ruleset_free(ruleset);
    else
        *ret_ruleset = ruleset;
    return r;
}

struct blot_ruleset *blot_ruleset_free(struct blot_ruleset *ruleset)
{
    if (!ruleset)
        return NULL;
    for (size_t i = 0; i < ruleset->rule_count; i++)
        load_rule_free(&ruleset->rules[i]);
    prefilter_free(&ruleset->prefilter);
    free(ruleset->order);
    free(ruleset->item_first);
    free(ruleset->item_rules);
    free(ruleset->rules);
    free(ruleset->own_texts.texts);
    token_key_free(ruleset->token_key);
    free(ruleset);
    return NULL;
}

uint32_t blot_version(void)
{
    return BLOT_VERSION;
}

const char *blot_version_text(void)
{
    return TEXT(BLOT_VERSION_MAJOR) "." TEXT(BLOT_VERSION_MINOR) "." TEXT(BLOT_VERSION_PATCH);
}

const char *blot_pack_name(size_t index)
{
    size_t count = 0;
    while (packs[count].name)
        count++;
    return index < count ? packs[index].name : NULL;
}

size_t blot_ruleset_rule_count(const struct blot_ruleset *ruleset)
{
    return ruleset->rule_count;
}

const char *blot_ruleset_rule_id(const struct blot_ruleset *ruleset, size_t rule)
{
    return rule < ruleset->rule_count ? ruleset->rules[rule].id : "";
}

const char *blot_ruleset_hash(const struct blot_ruleset *ruleset)
{
    return ruleset->hash;
}

const char *blot_ruleset_kernel(const struct blot_ruleset *ruleset)
{
    return ruleset->kernel->name;
}

const char *blot_ruleset_rule_action(const struct blot_ruleset *ruleset, size_t rule)
{
    if (rule >= ruleset->rule_count)
        return "";
    const struct rule *asked = &ruleset->rules[rule];
    bool is_by_name = asked->action == ACTION_DEFAULT && asked->kind != MATCH_PAN;
    return asked->is_shadow ? ACTION_SHADOW
                            : action_name(is_by_name ? ACTION_REPLACE : asked->action);
}

int blot_ruleset_rule_info(const struct blot_ruleset *ruleset, size_t rule,
                           struct blot_rule_info *ret_info)
{
    static const char *const severities[] = {
        [SEVERITY_LOW] = "low",
        [SEVERITY_MEDIUM] = "medium",
        [SEVERITY_HIGH] = "high",
        [SEVERITY_CRITICAL] = "critical",
    };
    if (rule >= ruleset->rule_count)
        return -ENOENT;
    const struct rule *asked = &ruleset->rules[rule];
    struct blot_rule_info info = {
        .id = asked->id,
        .why = asked->why,
        .severity = severities[asked->severity],
        .action = blot_ruleset_rule_action(ruleset, rule),
        .disabled = asked->disabled,
    };
    for (size_t i = 0; i < asked->example_count; i++) {
        info.match_count += asked->examples[i].must_match;
        info.no_match_count += !asked->examples[i].must_match;
    }
    *ret_info = info;
    return 0;
}

int blot_ruleset_is_unsafe(const struct blot_ruleset *ruleset)
{
    return ruleset->is_unsafe;
}

unsigned blot_ruleset_effects(const struct blot_ruleset *ruleset)
{
    return ruleset->effects;
}
