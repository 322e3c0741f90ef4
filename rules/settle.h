#ifndef RULES_SETTLE_H
#define RULES_SETTLE_H
/* What rules and options together ask for, judged once all rules are known (contract 2.11, 7). */
#include "rules/load.h"

/* Gives every rule its action, and the rule set what its rules need. What must not be is reported,
 * all of it. 0, -EINVAL or -ENOMEM. */
int settle_actions(struct blot_ruleset *ruleset, const struct blot_options *options,
                   struct load_report *report);
#endif
