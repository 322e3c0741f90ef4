#ifndef RULES_SECRET_H
#define RULES_SECRET_H
/* The rules that are patterns, or detectors with a shape, in one line or one block (contract 7). */
#include "rules/line.h"

/* Puts the rules of a set that was loaded in their order and makes its prefilter. -ENOMEM, or
 * -E2BIG when there are too many keywords. */
int secret_compile(struct blot_ruleset *ruleset);

/* Adds to `line->matches`, after all other findings of the line, what these rules find in its
 * views. `flags`: enum blot_flag. Findings of rules that only report go into `shadows`, unless that
 * is NULL, and close nothing. -ENOMEM. */
int secret_find(struct line *line, unsigned flags, struct match_list *shadows);

/* Lists in `line->suspects` a place of each line of a block in which such a rule finds something
 * that no escape hides. -ENOMEM. */
int secret_suspect(struct line *line, const uint8_t *text, size_t size);

/* Whether the escape at `at`, of a line of a block, may hide a keyword. */
bool secret_is_hidden(const struct line *line, const uint8_t *text, size_t size, size_t at);

/* Whether such a rule finds something in a decoded view of the line. 1, 0 or -ENOMEM. */
int secret_in_decoded(struct line *line, const uint8_t *text, uint32_t size);

/* Whether such a rule finds something in the line in any view. 1, 0 or -ENOMEM. */
int secret_in_line(struct line *line, const uint8_t *text, uint32_t size);
#endif
