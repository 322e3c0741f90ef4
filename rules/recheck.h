#ifndef RULES_RECHECK_H
#define RULES_RECHECK_H
/* Whether a line with its replacements is worth another search, by the places that a kernel pointed
 * at before they stood there: it needs no second pass over what nearly always is clean. */
#include "rules/edit.h"
#include "rules/sift.h"

/* The events of a line, whose places count from `base` bytes before the text. */
struct recheck {
    const uint64_t *events; /* NULL: they are not known */
    size_t count;
    size_t base;
};

/* Sets whether `now`, which is `text` with the edits, is worth a search. Returns false, and sets
 * nothing, when the events do not tell: then the kernel has to look again. */
bool recheck_line(const struct recheck *recheck, const struct sift_tables *tables,
                  const struct edit_list *edits, const struct edit_pool *pool, const uint8_t *text,
                  size_t size, const uint8_t *now, size_t now_size, bool *ret_worth);
#endif
