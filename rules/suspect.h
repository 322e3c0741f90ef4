#ifndef RULES_SUSPECT_H
#define RULES_SUSPECT_H
/* Which lines of a block deserve the exact search for what rules that are patterns, or detectors
 * with a shape, find. */
#include "rules/line.h"

/* Lists in `line->suspects` a place of each line of a block in which such a rule finds something
 * that no escape hides. -ENOMEM. */
int suspect_list(struct line *line, const uint8_t *text, size_t size);

/* Whether the escape at `at`, of a line of a block, may hide a keyword. */
bool suspect_is_hidden(const struct line *line, const uint8_t *text, size_t size, size_t at);

/* Whether such a rule finds something in a decoded view of the line. 1, 0 or -ENOMEM. */
int suspect_in_decoded(struct line *line, const uint8_t *text, uint32_t size);

/* Whether such a rule finds something in the line in any view. 1, 0 or -ENOMEM. */
int suspect_in_line(struct line *line, const uint8_t *text, uint32_t size);
#endif
