#ifndef RULES_ACTION_EFFECT_H
#define RULES_ACTION_EFFECT_H
/* What rules do besides replacing: report only, and what becomes of the record. */
#include "rules/ruleset.h"

/* Index of the rule that is named for a match; of what is too deep the first. */
uint16_t effect_rule(const struct blot_ruleset *ruleset, const struct match *match);

/* Takes the matches from index `from` on whose rules only report out of the list, into `shadows`
 * unless that is NULL. -ENOMEM. */
int effect_take_shadows(const struct blot_ruleset *ruleset, struct match_list *matches, size_t from,
                        struct match_list *shadows);

/* The effects (enum blot_effect) of matches in order, and in `ret_rule` the first one that drops
 * the record; it is not touched where there is none. What is withheld or was cut has none. */
uint32_t effect_of(const struct blot_ruleset *ruleset, const struct match *matches, size_t count,
                   uint16_t *ret_rule);

/* The effects that a rule's findings have. */
uint32_t effect_of_rule(const struct rule *rule);
#endif
