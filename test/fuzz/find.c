/* libFuzzer: what every answer of the engine must be. Findings are in order, do not overlap and lie
 * in the text; in what they make of the text nothing is found; memory comes back zeroed. */
#include "rules/blotter.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *allocate(void *user, size_t size)
{
    (*(size_t *)user)++;
    return malloc(size);
}

static void release(void *user, void *memory, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (((const uint8_t *)memory)[i] != 0)
            abort();
    }
    (*(size_t *)user)--;
    free(memory);
}

static char *redact(struct blot_scratch *scratch, const char *text, size_t size, unsigned flags,
                    size_t *ret_size, size_t *ret_count)
{
    const struct blot_finding *findings;
    if (blot_find(scratch, text, size, flags, &findings, ret_count) < 0)
        abort();
    size_t end = 0;
    for (size_t i = 0; i < *ret_count; i++) {
        if (findings[i].offset < end || findings[i].size == 0 ||
            findings[i].replacement_size == 0 || findings[i].size > size - findings[i].offset)
            abort();
        end = findings[i].offset + findings[i].size;
    }
    *ret_size = blot_applied_size(size, findings, *ret_count);
    char *output = malloc(*ret_size + 1);
    if (!output)
        abort();
    blot_apply(text, size, findings, *ret_count, output);
    return output;
}

/* The rule sets that the fuzzed texts go through: what is put in must not be found again. */
static const struct choice {
    const char *action, *keep, *masked; /* of PANs */
    bool all_packs;
} choices[] = {
    {0},
    {.keep = "first6_last4"},
    {.keep = "first8_last4"},
    {.action = "replace"},
    {.action = "token"},
    {.action = "mask"},
    {.masked = "normalise"},
    {.all_packs = true},
};
enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static struct blot_ruleset *load(const struct choice *choice)
{
    static const char *const packs[] = {"pci", "secrets", "pii"};
    static const char key[32] = "fuzzed";
    struct blot_action action = {"pan", choice->action};
    struct blot_options options = {
        .size = sizeof(options),
        .packs = packs,
        .pack_count = choice->all_packs ? 3 : 1,
        .actions = &action,
        .action_count = choice->action ? 1 : 0,
        .keep = choice->keep,
        .masked = choice->masked,
        .token_key_id = "k1",
        .token_key = key,
        .token_key_size = sizeof(key),
    };
    struct blot_ruleset *ruleset;
    if (blot_ruleset_new(&options, &ruleset) < 0)
        abort();
    return ruleset;
}

/* The first byte gives the cut flags (bits 0 and 1) and the rule set (bits 2 to 4), the rest is the
 * text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct blot_ruleset *rulesets[CHOICES];
    size_t blocks = 0;
    struct blot_memory memory = {.allocate = allocate, .release = release, .user = &blocks};
    struct blot_scratch *scratch;
    if (size == 0)
        return 0;
    unsigned which = data[0] >> 2 & (CHOICES - 1);
    if (!rulesets[which])
        rulesets[which] = load(&choices[which]);
    if (blot_scratch_new(rulesets[which], &memory, &scratch) < 0)
        abort();
    size_t text_size = size - 1 < TEXT_MOST ? size - 1 : TEXT_MOST, once, twice, count;
    char *first = redact(scratch, (const char *)data + 1, text_size, data[0] & 3, &once, &count);
    char *second = redact(scratch, first, once, 0, &twice, &count);
    if (count != 0 || once != twice || memcmp(first, second, once) != 0)
        abort();
    free(first);
    free(second);
    blot_scratch_free(scratch);
    if (blocks != 0)
        abort();
    return 0;
}
