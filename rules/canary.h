#ifndef RULES_CANARY_H
#define RULES_CANARY_H
/* A rule's examples, run through the engine as it is going to be used. */
#include "rules/load.h"

/* Stands for a check digit in an example's text: a byte that YAML text does not hold. */
#define CANARY_CHECK '\x01'

/* Puts CANARY_CHECK in the place of `{check}`, and of the check digits of numbers spelled out. */
void canary_strip(char *text);

/* Runs all examples with the kernel of the rule set. Those that fail are reported at their place.
 * 0, -EILSEQ or -ENOMEM. */
int canary_run(const struct blot_ruleset *ruleset, struct load_report *report);
#endif
