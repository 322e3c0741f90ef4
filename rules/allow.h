#ifndef RULES_ALLOW_H
#define RULES_ALLOW_H
/* What a rule finds and leaves alone because its allow list says so (contract 7.6). */
#include "rules/line.h"

/* Whether the rule has an allow list. */
bool allow_is_set(const struct rule *rule);

/* Whether the allow list of `rule` has the value over units [begin, end) of `view`. */
bool allow_has(struct line *line, const struct rule *rule, const struct view *view, uint32_t begin,
               uint32_t end);
#endif
