#ifndef RULES_MATCH_PATTERN_H
#define RULES_MATCH_PATTERN_H
/* Rules that are PCRE2 patterns (contract 7). A `struct pattern` is immutable; what a search needs
 * besides belongs to a scratch. */
#include "rules/blotter.h"
#include "rules/match/match.h"

struct pattern;
struct pattern_scratch;

/* Compiles `text`, which must have a group named `secret`. -EINVAL: `ret_message` says why;
 * -ENOMEM. */
int pattern_new(const char *text, char *ret_message, size_t message_size,
                struct pattern **ret_pattern);
struct pattern *pattern_free(struct pattern *pattern);

/* -ENOMEM. */
int pattern_scratch_new(const struct blot_memory *memory, struct pattern_scratch **ret_scratch);
struct pattern_scratch *pattern_scratch_free(struct pattern_scratch *scratch);

/* Where one of the keywords first stands in the text, without case; SIZE_MAX: nowhere. */
size_t pattern_keyword(char *const *keywords, size_t count, const uint8_t *text, size_t size);

/* Adds what the pattern of `rule` finds in the line, none of it twice. When a limit is reached, the
 * line from `keyword` on is withheld. -ENOMEM. */
int pattern_find(struct match_list *list, const struct pattern *pattern,
                 struct pattern_scratch *scratch, uint16_t rule, const uint8_t *line, uint32_t size,
                 uint32_t keyword);
#endif
