#include "rules/ruleset.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *id;
    enum match_kind kind;
} built_in[] = {
    {"pan", MATCH_PAN}, {"track1", MATCH_TRACK1}, {"track2", MATCH_TRACK2},
    {"cvv", MATCH_CVV}, {"pin", MATCH_PIN},
};

int blot_ruleset_new(const struct blot_options *options, struct blot_ruleset **ret_ruleset)
{
    for (size_t i = 0; options && options->packs && i < options->pack_count; i++) {
        if (strcmp(options->packs[i], "pci") != 0)
            return -ENOENT;
    }
    const struct scan_kernel *kernel = scan_choose(options ? options->kernel : NULL);
    if (!kernel)
        return -ENOTSUP;
    if (options && options->document_count)
        return -EINVAL;
    struct blot_ruleset *ruleset = calloc(1, sizeof(*ruleset));
    if (!ruleset)
        return -ENOMEM;
    ruleset->rule_count = sizeof(built_in) / sizeof(built_in[0]);
    ruleset->rules = calloc(ruleset->rule_count, sizeof(*ruleset->rules));
    if (!ruleset->rules) {
        blot_ruleset_free(ruleset);
        return -ENOMEM;
    }
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        ruleset->rules[i].id = strdup(built_in[i].id);
        ruleset->rule_of_kind[built_in[i].kind] = (int)i;
        if (!ruleset->rules[i].id) {
            blot_ruleset_free(ruleset);
            return -ENOMEM;
        }
    }
    ruleset->kernel = kernel;
    issuer_index_make(&ruleset->issuers);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)"pci", 3, digest);
    for (unsigned i = 0; i < sizeof(digest); i++)
        snprintf(ruleset->hash + 2 * i, 3, "%02x", digest[i]);
    *ret_ruleset = ruleset;
    return 0;
}

struct blot_ruleset *blot_ruleset_free(struct blot_ruleset *ruleset)
{
    if (!ruleset)
        return NULL;
    for (size_t i = 0; ruleset->rules && i < ruleset->rule_count; i++)
        free(ruleset->rules[i].id);
    free(ruleset->rules);
    free(ruleset);
    return NULL;
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
