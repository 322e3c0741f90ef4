#ifndef RULES_ORDER_H
#define RULES_ORDER_H
/* Which pattern rule goes before which, and which keywords point at them (contract 7.3). */
#include "rules/ruleset.h"

/* Puts the rules of a set that was loaded in their order and makes its prefilter. -ENOMEM, or
 * -E2BIG when there are too many keywords. */
int order_compile(struct blot_ruleset *ruleset);
#endif
