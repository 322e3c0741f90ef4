#include "test/reference/neighbour.h"

#include "test/reference/class.h"
#include "test/reference/sad.h"

#include <string.h>

bool neighbour_fraction(const struct view *view, ptrdiff_t first)
{
    return view_at(view, first - 1) == '.' && class_digit(view_at(view, first - 2));
}

bool neighbour_goes_on(const struct view *view, ptrdiff_t end)
{
    return view_at(view, end) == '.' && class_letter_or_digit(view_at(view, end + 1));
}

bool neighbour_telephone(const struct view *view, ptrdiff_t first)
{
    return view_at(view, first - 1) == '+' && !class_letter_or_digit(view_at(view, first - 2));
}

bool neighbour_exponent(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    ptrdiff_t before = first - 1;
    if (class_one_of(view_at(view, before), "+-")) {
        before--;
    }
    if (class_one_of(view_at(view, before), "eE") && class_digit(view_at(view, before - 1))) {
        return true;
    }
    if (!class_one_of(view_at(view, end), "eE")) {
        return false;
    }
    ptrdiff_t after = end + 1;
    if (class_one_of(view_at(view, after), "+-")) {
        after++;
    }
    return class_digit(view_at(view, after));
}

/* Whether hex digits (`h`) and dashes stand at a place, and no letter or digit beside them. */
static bool shape_at(const struct view *view, ptrdiff_t place, const char *shape)
{
    ptrdiff_t length = (ptrdiff_t)strlen(shape);
    for (ptrdiff_t i = 0; i < length; i++) {
        uint32_t character = view_at(view, place + i);
        if (shape[i] == '-' ? character != '-' : !class_hex(character)) {
            return false;
        }
    }
    return !class_letter_or_digit(view_at(view, place - 1)) &&
           !class_letter_or_digit(view_at(view, place + length));
}

static bool digit_in_shape(const struct view *view, ptrdiff_t first, ptrdiff_t end,
                           const char *shape)
{
    ptrdiff_t length = (ptrdiff_t)strlen(shape);
    for (ptrdiff_t start = first - length + 1; start < end; start++) {
        if (!shape_at(view, start, shape)) {
            continue;
        }
        for (ptrdiff_t i = first; i < end; i++) {
            if (i >= start && i < start + length && class_digit(view_at(view, i))) {
                return true;
            }
        }
    }
    return false;
}

bool neighbour_uuid(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    return digit_in_shape(view, first, end, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
}

bool neighbour_trace(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    return digit_in_shape(view, first, end, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh");
}

bool neighbour_letter(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    return (class_letter(view_at(view, first - 1)) && !sad_colour_before(view, first)) ||
           class_letter(view_at(view, end));
}

bool neighbour_hex_token(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    int letters = 0;

    while (class_letter_or_digit(view_at(view, first - 1))) {
        first--;
    }
    while (class_letter_or_digit(view_at(view, end))) {
        end++;
    }
    for (ptrdiff_t i = first; i < end; i++) {
        if (!class_hex(view_at(view, i))) {
            return false;
        }
        letters += class_letter(view_at(view, i));
    }
    ptrdiff_t length = end - first;
    return letters >= 2 && (length == 16 || length == 32 || length == 40 || length == 64);
}
