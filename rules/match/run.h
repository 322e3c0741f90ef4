#ifndef RULES_MATCH_RUN_H
#define RULES_MATCH_RUN_H
/* Cards inside longer runs of digits (contract 2.8). */
#include "rules/match/group.h"
#include "rules/match/match.h"

/* Whether four digits say MMYY or YYMM of an expiry. */
bool run_is_expiry(const uint8_t *digits);

/* Adds what `group` holds; of a `head` only numbers with their length in front. -ENOMEM. */
int run_find(struct match_list *list, const struct view *view, const struct group *group,
             bool head);
#endif
