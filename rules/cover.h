#ifndef RULES_COVER_H
#define RULES_COVER_H
/* Findings in JSON, made as wide as what they may not cut in two (contract 4.2). */
#include "rules/line.h"
#include "rules/unite.h"

/* Lets matches cover the escapes of JSON strings that they begin or end inside of. -ENOMEM. */
int cover_escapes(struct line *line);

/* Lets findings that lie in a number cover it, in quotes, and unites those that do so with one.
 * `count` becomes how many are left. -ENOMEM. */
int cover_numbers(struct line *line, struct united *units, size_t *count);
#endif
