#include "test/action/variant.h"

#include "test/fuzz/strict_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_DEPTH_MOST = 64 };

static const char key[] = "a key for tests, and for nothing else";

static const char *const all_packs[] = {"pci", "secrets", "pii"};

/* A rule on the paths of members; `action` is one of its keys, or nothing. */
#define KEYS(paths, action)                                                                        \
    "rules: [{id: keys, why: w, slow: true, keys: [" paths                                         \
    "], match: ['{\"a\":{\"number\":1}}']" action "}]"

/* `email`: with all packs, and that action for the rules email and password; `rules`: a file. */
static const struct {
    const char *pan, *cvv, *keep, *masked, *email, *rules;
} variants[] = {
    {"stars", NULL, "first6_last4", NULL, NULL},
    {"stars", NULL, "first8_last4", NULL, NULL},
    {"stars", NULL, NULL, "normalise", NULL},
    {"stars", NULL, "first6_last4", "normalise", NULL},
    {"replace", NULL, NULL, NULL, NULL},
    {"token", NULL, NULL, NULL, NULL},
    {"token", "drop_field", NULL, "normalise", NULL},
    {"mask", NULL, NULL, NULL, NULL},
    {"mask", "drop_field", NULL, "normalise", NULL},
    {"drop_field", NULL, NULL, NULL, NULL},
    {"drop_field", "drop_field", NULL, NULL, NULL},
    {"drop_record", NULL, NULL, NULL, NULL},
    {"stars", "drop_record", NULL, NULL, NULL},
    {"quarantine", "quarantine", NULL, NULL, NULL},
    {"shadow", NULL, NULL, NULL, NULL},
    {"mask", NULL, NULL, NULL, "token"},
    {"token", NULL, NULL, NULL, "drop_field"},
    {"stars", NULL, "first6_last4", NULL, "drop_record"},
    {"stars", NULL, NULL, NULL, "shadow"},
    {"stars", NULL, NULL, NULL, NULL, KEYS("'*.*'", "")},
    {"mask", "drop_field", NULL, "normalise", NULL, KEYS("'*.*'", ", action: drop_field")},
    {"token", NULL, NULL, NULL, "token", KEYS("'*.number', '*.message', '*.data'", "")},
};

unsigned variant_count(void)
{
    return sizeof(variants) / sizeof(variants[0]);
}

struct variant variant_new(unsigned number)
{
    struct variant variant = {.ruleset = NULL};
    const char *cvv = variants[number].cvv, *email = variants[number].email;
    struct blot_action actions[4] = {{"pan", variants[number].pan}};
    size_t count = 1;
    if (cvv)
        actions[count++] = (struct blot_action){"cvv", cvv};
    if (email) {
        actions[count++] = (struct blot_action){"email", email};
        actions[count++] = (struct blot_action){"password", email};
    }
    const char *rules = variants[number].rules;
    struct blot_document document = {"rules.yaml", rules, rules ? strlen(rules) : 0};
    struct blot_options options = {
        .size = sizeof(options),
        .documents = &document,
        .document_count = rules ? 1 : 0,
        .actions = actions,
        .action_count = count,
        .packs = email ? all_packs : NULL,
        .pack_count = email ? sizeof(all_packs) / sizeof(all_packs[0]) : 0,
        .keep = variants[number].keep,
        .masked = variants[number].masked,
        .token_key_id = "k1",
        .token_key = key,
        .token_key_size = sizeof(key) - 1,
        .i_accept_pan_in_clear = strcmp(variants[number].pan, "shadow") == 0,
    };
    snprintf(variant.name, sizeof(variant.name), "pan=%s cvv=%s keep=%s masked=%s email=%s%s",
             variants[number].pan, cvv ? cvv : "", options.keep ? options.keep : "",
             options.masked ? options.masked : "", email ? email : "", rules ? " keys" : "");
    if (blot_ruleset_new(&options, &variant.ruleset) < 0 ||
        blot_scratch_new(variant.ruleset, NULL, &variant.scratch) < 0)
        abort();
    return variant;
}

void variant_free(struct variant *variant)
{
    blot_scratch_free(variant->scratch);
    blot_ruleset_free(variant->ruleset);
}

static const char *judge(const struct blot_finding *findings, size_t count, size_t size)
{
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        if (findings[i].offset < end || findings[i].size == 0)
            return "the findings are not in order";
        if (findings[i].offset > size || findings[i].size > size - findings[i].offset)
            return "a finding lies outside of the text";
        end = findings[i].offset + findings[i].size;
    }
    return NULL;
}

/* Of a text without newlines. */
static const char *judge_json(const char *text, size_t size, const char *redacted,
                              size_t redacted_size, const struct blot_finding *findings,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (findings[i].effects & BLOT_DROP_RECORD || findings[i].reason != BLOT_REDACTED)
            return NULL;
    }
    if (size == 0 || text[0] != '{' || memchr(text, '\n', size) ||
        !strict_json_is_utf8(text, size) || !strict_json_is_valid(text, size, JSON_DEPTH_MOST))
        return NULL;
    return strict_json_is_valid(redacted, redacted_size, JSON_DEPTH_MOST)
               ? NULL
               : "it was valid JSON and is no more";
}

const char *variant_check(const struct variant *variant, const char *text, size_t size,
                          unsigned flags, int *ret_changed)
{
    const struct blot_finding *findings;
    const char *redacted;
    size_t redacted_size;
    if (blot_redact(variant->scratch, text, size, flags, &redacted, &redacted_size) < 0)
        return "it cannot be redacted";
    size_t count = blot_findings(variant->scratch, &findings);
    *ret_changed = count > 0;
    const char *wrong = judge(findings, count, size);
    if (!wrong && count > 0)
        wrong = judge_json(text, size, redacted, redacted_size, findings, count);
    char *once = malloc(redacted_size + 1);
    if (!once)
        return "no memory";
    memcpy(once, redacted, redacted_size);
    const char *again;
    size_t again_size;
    if (!wrong && blot_redact(variant->scratch, once, redacted_size, 0, &again, &again_size) < 0)
        wrong = "what it becomes cannot be redacted";
    if (!wrong && blot_findings(variant->scratch, &findings) > 0)
        wrong = "something is found in what it becomes";
    free(once);
    return wrong;
}
