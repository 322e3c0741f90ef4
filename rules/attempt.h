#ifndef RULES_ATTEMPT_H
#define RULES_ATTEMPT_H
/* One rule that is a pattern or a shape, tried at one place of a view. */
#include "rules/line.h"

/* 1: it finds something that is no exception; 0; -ELOOP: its pattern ran into a limit.
 * `ret_match->after` is set when its pattern matched, else 0. A key rule is always worth a look. */
int attempt(struct line *line, const struct rule *rule, const struct view *view, uint32_t at,
            struct pattern_match *ret_match);

/* The same of a rule that is no key rule, with its gates. */
int attempt_gates(struct line *line, const struct rule *rule, const struct view *view, uint32_t at,
                  struct pattern_match *ret_match, struct verdict *verdict);

/* Whether all validators of the rule accept a value. */
bool attempt_is_valid(const struct rule *rule, const uint8_t *value, size_t size);

/* Tells of what the rule `number` found, or did not find where the keyword at `at` stands. What may
 * be meant then is the rest of the word, or the one behind an assignment. */
void attempt_trace(const struct line *line, uint16_t number, const struct view *view, uint32_t at,
                   const struct pattern_match *found, struct verdict *verdict, bool is_limited);
#endif
