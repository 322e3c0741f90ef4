#include "test/reference/cut.h"

#include "test/reference/class.h"

enum {
    SEPARATORS_MOST = 3,
    DIGITS_LEAST = 4,
};

/* The chain that begins at `place`, going by `step` (1 or -1): where its last digit is, and how
 * many digits it holds. Inert groups are groups like all others here. */
static ptrdiff_t chain_from(const struct view *view, ptrdiff_t place, ptrdiff_t step,
                            int *ret_digits)
{
    *ret_digits = 0;
    for (;;) {
        while (class_digit(view_at(view, place))) {
            ++*ret_digits;
            place += step;
        }
        int separators = 0;
        bool dot = false;
        ptrdiff_t next = place;
        while (class_separator(view_at(view, next))) {
            dot = dot || view_at(view, next) == '.';
            separators++;
            next += step;
        }
        if (separators == 0 || separators > SEPARATORS_MOST || (dot && separators > 1) ||
            !class_digit(view_at(view, next))) {
            return place - step;
        }
        place = next;
    }
}

bool cut_first(const struct view *view, ptrdiff_t *ret_first, ptrdiff_t *ret_end)
{
    int digits;
    ptrdiff_t first = 0;
    while (first < SEPARATORS_MOST && class_separator(view_at(view, first))) {
        first++;
    }
    if (!class_digit(view_at(view, first))) {
        return false;
    }
    ptrdiff_t last = chain_from(view, first, 1, &digits);
    if (digits < DIGITS_LEAST) {
        return false;
    }
    *ret_first = first;
    *ret_end = last + 1;
    return true;
}

bool cut_last(const struct view *view, ptrdiff_t *ret_first, ptrdiff_t *ret_end)
{
    int digits;
    ptrdiff_t last = view->count - 1;
    while (last > view->count - 1 - SEPARATORS_MOST && class_separator(view_at(view, last))) {
        last--;
    }
    if (!class_digit(view_at(view, last))) {
        return false;
    }
    ptrdiff_t first = chain_from(view, last, -1, &digits);
    if (digits < DIGITS_LEAST) {
        return false;
    }
    *ret_first = first;
    *ret_end = last + 1;
    return true;
}
