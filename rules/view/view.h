#ifndef RULES_VIEW_VIEW_H
#define RULES_VIEW_VIEW_H
/* A line as units (contract 1.2, 1.3): view 0 is its characters, view n+1 is view n decoded once.
 *
 * A view's arrays belong to the scratch that made it and stay until the next line. */
#include "rules/buffer.h"
#include "rules/simd/kernel.h"
#include "rules/view/escape.h"
#include "rules/view/symbol.h"

#include <stdbool.h>
#include <stdint.h>

/* Places are 32 bits wide. */
#define VIEW_LINE_BYTES_MAX ((size_t)1 << 30)

struct inert;

/* What marks the units of a view. Immutable. */
struct view_marker {
    kernel_mark_function *mark;
    const struct kernel_keys *keys;
};

/* Where the value of a numbered field begins (contract 3.7). */
struct view_field {
    uint32_t value; /* unit */
    uint16_t number;
    uint8_t quote; /* that the value is in; 0: none */
};

struct view {
    const uint8_t *symbols; /* the line's own bytes where they are its units */
    const uint32_t *begins; /* size + 1 places in the line; NULL: unit i is byte i */
    uint32_t size;
    unsigned round;          /* 0: as written */
    const struct inert *own; /* texts besides the constant ones that are inert; may be NULL */
    const struct view_marker *marker;
    struct kernel_marks marks;       /* of the symbols */
    const struct view_field *fields; /* in the order of their values */
    uint32_t field_count;
};

struct view_storage {
    struct buffer symbols, begins, marks;
};

/* The first unit from `at` on that is marked; the view's size when there is none. `marks`: one of
 * the view's. */
static inline uint32_t view_next(const struct view *view, const uint64_t *marks, uint32_t at)
{
    uint32_t word = at / 64, last = view->size / 64;
    if (at >= view->size)
        return view->size;
    uint64_t bits = marks[word] >> at % 64;
    if (bits)
        return at + (uint32_t)__builtin_ctzll(bits);
    do {
        if (++word > last)
            return view->size;
    } while (!marks[word]);
    return word * 64 + (uint32_t)__builtin_ctzll(marks[word]);
}

/* The first unit from `at` on, which is marked, that is not, maybe behind the last. */
static inline uint32_t view_marks_end(const uint64_t *marks, uint32_t at)
{
    uint32_t word = at / 64;
    uint64_t others = ~marks[word] >> at % 64;
    if (others)
        return at + (uint32_t)__builtin_ctzll(others);
    do {
        word++;
    } while (!~marks[word]);
    return word * 64 + (uint32_t)__builtin_ctzll(~marks[word]);
}

static inline uint32_t view_digits_end(const struct view *view, uint32_t at)
{
    return view_marks_end(view->marks.digits, at);
}

/* How many of the units [begin, end) are marked. */
static inline uint32_t view_count(const uint64_t *marks, uint32_t begin, uint32_t end)
{
    uint32_t count = 0;
    for (; begin < end; begin = (begin / 64 + 1) * 64) {
        uint64_t bits = marks[begin / 64] >> begin % 64;
        if (end - begin < 64)
            bits &= (UINT64_C(1) << (end - begin)) - 1;
        count += (uint32_t)__builtin_popcountll(bits);
    }
    return count;
}

/* First byte of the line that unit `unit` was written with; of `size`: the line's end. */
static inline uint32_t view_place(const struct view *view, uint32_t unit)
{
    return view->begins ? view->begins[unit] : unit;
}

/* Finds the next stretch of digits and of what may separate them, from a digit at or behind `at`
 * on, that has digits enough for a card number. Returns false when there is none. */
bool view_next_number(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);

/* View 0 of a line of at most VIEW_LINE_BYTES_MAX bytes. `own`: as in the view. -ENOMEM. */
int view_of_line(const struct blot_memory *memory, struct view_storage *storage,
                 const uint8_t *line, uint32_t size, const struct inert *own,
                 const struct view_marker *marker, struct view *ret_view);

/* The view after `from`. Returns 1, or 0 when no escape is left that this round decodes. -ENOMEM.
 */
int view_decode(const struct blot_memory *memory, struct view_storage *storage,
                const struct view *from, struct view *ret_view);

/* Whether the units at `at` spell `text`. */
bool view_has(const struct view *view, uint32_t at, const char *text, uint32_t length);
#endif
