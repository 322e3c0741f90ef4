#ifndef RULES_MATCH_PATTERN_H
#define RULES_MATCH_PATTERN_H
/* Rules that are PCRE2 patterns (contract 7). A `struct pattern` is immutable; what a search needs
 * besides belongs to a scratch. */
#include "rules/blotter.h"

#include <stdbool.h>
#include <stdint.h>

struct pattern;
struct pattern_scratch;

enum pattern_kind {
    PATTERN_AT,    /* begins where it is tried; has a group named `secret` */
    PATTERN_IN,    /* begins there or later; has that group too */
    PATTERN_WHOLE, /* is all of what it is tried on; needs no group */
};

/* What a pattern found, in units. */
struct pattern_match {
    uint32_t begin, end; /* of the group `secret`; equal: it took no part */
    uint32_t after;      /* where the whole match ends */
};

/* Compiles `text`. -EINVAL: `ret_message` says why; -ENOMEM. */
int pattern_new(const char *text, enum pattern_kind kind, char *ret_message, size_t message_size,
                struct pattern **ret_pattern);
struct pattern *pattern_free(struct pattern *pattern);

/* -ENOMEM. */
int pattern_scratch_new(const struct blot_memory *memory, struct pattern_scratch **ret_scratch);
struct pattern_scratch *pattern_scratch_free(struct pattern_scratch *scratch);

/* Tries the pattern at unit `at` of `size` symbols. 1: found; 0: not; -ELOOP: a limit was reached.
 */
int pattern_try(const struct pattern *pattern, struct pattern_scratch *scratch,
                const uint8_t *symbols, uint32_t size, uint32_t at,
                struct pattern_match *ret_match);

/* Whether the pattern, tried at `at`, is on its way to a match when the text ends. */
bool pattern_is_cut(const struct pattern *pattern, struct pattern_scratch *scratch,
                    const uint8_t *symbols, uint32_t size, uint32_t at);
#endif
