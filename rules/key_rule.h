#ifndef RULES_KEY_RULE_H
#define RULES_KEY_RULE_H
/* Rules that find the members of JSON texts by their path (contract 7.9). `number` is that of such
 * a rule; what it finds is added to the line's findings. -ENOMEM. */
#include "rules/line.h"

int key_rule_find(struct line *line, uint16_t number, const struct view *view);

/* Whether the line is part of a field that the rule has, which is all of its value then. */
bool key_rule_has_field(const struct line *line, const struct rule *rule);
int key_rule_find_field(struct line *line, uint16_t number);
#endif
