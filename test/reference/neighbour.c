#include "test/reference/neighbour.h"

#include "test/reference/class.h"

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

static bool uuid_at(const struct view *view, ptrdiff_t place)
{
    static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    enum { LENGTH = sizeof shape - 1 };
    for (ptrdiff_t i = 0; i < LENGTH; i++) {
        uint32_t character = view_at(view, place + i);
        if (shape[i] == '-' ? character != '-' : !class_hex(character)) {
            return false;
        }
    }
    return !class_letter_or_digit(view_at(view, place - 1)) &&
           !class_letter_or_digit(view_at(view, place + LENGTH));
}

bool neighbour_uuid(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    enum { LENGTH = 36 };
    for (ptrdiff_t start = first - LENGTH + 1; start < end; start++) {
        if (!uuid_at(view, start)) {
            continue;
        }
        for (ptrdiff_t i = first; i < end; i++) {
            if (i >= start && i < start + LENGTH && class_digit(view_at(view, i))) {
                return true;
            }
        }
    }
    return false;
}

bool neighbour_letter(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    return class_letter(view_at(view, first - 1)) || class_letter(view_at(view, end));
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
