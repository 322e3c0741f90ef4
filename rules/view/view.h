#ifndef RULES_VIEW_VIEW_H
#define RULES_VIEW_VIEW_H
/* A line as units (contract 1.2, 1.3): view 0 is its characters, view n+1 is view n decoded once.
 *
 * A view's arrays belong to the scratch that made it and stay until the next line. */
#include "rules/buffer.h"
#include "rules/view/escape.h"
#include "rules/view/symbol.h"

#include <stdbool.h>
#include <stdint.h>

/* Places are 32 bits wide. */
#define VIEW_LINE_BYTES_MAX ((size_t)1 << 30)

struct inert;

struct view {
    const uint8_t *symbols; /* the line's own bytes where they are its units */
    const uint32_t *begins; /* size + 1 places in the line; NULL: unit i is byte i */
    uint32_t size;
    unsigned round;          /* 0: as written */
    const struct inert *own; /* texts besides the constant ones that are inert; may be NULL */
};

struct view_storage {
    struct buffer symbols, begins;
};

/* First byte of the line that unit `unit` was written with; of `size`: the line's end. */
static inline uint32_t view_place(const struct view *view, uint32_t unit)
{
    return view->begins ? view->begins[unit] : unit;
}

/* View 0 of a line of at most VIEW_LINE_BYTES_MAX bytes. `own`: as in the view. -ENOMEM. */
int view_of_line(const struct blot_memory *memory, struct view_storage *storage,
                 const uint8_t *line, uint32_t size, const struct inert *own,
                 struct view *ret_view);

/* The view after `from`. Returns 1, or 0 when no escape is left that this round decodes. -ENOMEM.
 */
int view_decode(const struct blot_memory *memory, struct view_storage *storage,
                const struct view *from, struct view *ret_view);

/* Whether the units at `at` spell `text`. */
bool view_has(const struct view *view, uint32_t at, const char *text, uint32_t length);
#endif
