#ifndef RULES_SECRET_H
#define RULES_SECRET_H
/* The rules that are patterns, or detectors with a shape, in one line (contract 7). */
#include "rules/line.h"

/* Adds to `line->matches`, after all other findings of the line, what these rules find in its
 * views. `flags`: enum blot_flag. Findings of rules that only report go into `shadows`, unless that
 * is NULL, and close nothing. -ENOMEM. */
int secret_find(struct line *line, unsigned flags, struct match_list *shadows);
#endif
