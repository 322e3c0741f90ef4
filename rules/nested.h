#ifndef RULES_NESTED_H
#define RULES_NESTED_H
/* Texts inside of a line that are encoded as a whole: base64 (contract 1.7).
 *
 * Each is decoded, searched like a text of its own by a `struct line` that the outer one owns, and
 * encoded anew when that changed it. */
#include "rules/line.h"

enum {
    NESTED_LEVELS_MAX = 3,
};

/* Forgets the line before. */
void nested_begin(struct line *line);

/* Adds to `line->nested.found` what the encoded texts of `view` become, with their replacements in
 * the pool. -ENOMEM, -EIO. */
int nested_find(struct line *line, struct edit_pool *pool, const struct view *view, bool cut_end);

/* Takes what was found in all views into `line->matches`. -ENOMEM. */
int nested_settle(struct line *line);

void nested_free(struct line *line);
#endif
