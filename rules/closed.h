#ifndef RULES_CLOSED_H
#define RULES_CLOSED_H
/* Which spans of a line are closed to later rules (contract 7.3, order): `line->closed`. */
#include "rules/line.h"

/* Closes what is found already, the first `found` findings of the line, and what makes up its JSON
 * texts, so that they stay valid. -ENOMEM. */
int closed_begin(struct line *line, size_t found);

/* Cuts the findings from `first` on where they are closed, and, when `closes`, closes what is left
 * of them. -ENOMEM. */
int closed_cut(struct line *line, size_t first, bool closes);
#endif
