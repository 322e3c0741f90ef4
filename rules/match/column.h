#ifndef RULES_MATCH_COLUMN_H
#define RULES_MATCH_COLUMN_H
/* Values that an SQL statement's list of columns labels (contract 3.5). */
#include "rules/match/keyed.h"

/* -ENOMEM. */
int column_find(struct keyed *search);
#endif
