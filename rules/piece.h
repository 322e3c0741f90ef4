#ifndef RULES_PIECE_H
#define RULES_PIECE_H
/* A finding without what is replaced or masked in it already (contract 7.3): its pieces. */
#include "rules/line.h"

/* Adds `match` to the line's findings over units [begin, end) of a view, in the pieces that say
 * something. -ENOMEM. */
int piece_add(struct line *line, const struct view *view, uint32_t begin, uint32_t end,
              struct match match);
#endif
