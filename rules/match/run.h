#ifndef RULES_MATCH_RUN_H
#define RULES_MATCH_RUN_H
/* Cards inside longer runs of digits (contract 2.8). */
#include "rules/match/group.h"
#include "rules/match/match.h"

/* Adds what `group` holds; of a `head` only numbers with their length in front. -ENOMEM. */
int run_find(struct match_list *list, const struct view *view, const struct group *group,
             bool head);
#endif
