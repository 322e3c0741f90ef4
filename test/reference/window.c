#include "test/reference/window.h"

#include "test/reference/issuer.h"
#include "test/reference/label.h"
#include "test/reference/neighbour.h"

#include <stdlib.h>
#include <string.h>

/* Whether the window's groups are "4-6-5" and the like. */
static bool shape_is(const struct window *window, const char *shape)
{
    char own[8 * WINDOW_MOST] = "";
    size_t size = 0;
    for (int i = 0; i < window->group_count; i++) {
        own[size++] = (char)('0' + window->lengths[i] / 10);
        own[size++] = (char)('0' + window->lengths[i] % 10);
    }
    for (size_t i = 0; *shape != '\0'; i++, shape += *shape == '-') {
        char *end;
        long length = strtol(shape, &end, 10);
        if (2 * i >= size || own[2 * i] != '0' + length / 10 ||
            own[2 * i + 1] != '0' + length % 10) {
            return false;
        }
        shape = end;
        if (*shape == '\0') {
            return 2 * (i + 1) == size;
        }
    }
    return false;
}

static bool shape_listed(const struct window *window, const char *const *shapes)
{
    for (; *shapes != NULL; shapes++) {
        if (shape_is(window, *shapes)) {
            return true;
        }
    }
    return false;
}

/* Groups of `length` with a last one of 1 to `length`, at least `least` groups. */
static bool groups_of(const struct window *window, int length, int least)
{
    for (int i = 0; i + 1 < window->group_count; i++) {
        if (window->lengths[i] != length) {
            return false;
        }
    }
    return window->group_count >= least && window->lengths[window->group_count - 1] <= length;
}

static bool properly_grouped(const struct window *window, bool ordinary, bool card)
{
    static const char *const dotted[] = {"4-4-4-4", "4-4-4-4-3", "4-6-5", NULL};
    static const char *const shapes[] = {
        "4-6-5", "4-6-4", "4-6-3", "4-4-6", "4-4-5", "4-5-6",
        "8-8",   "4-12",  "6-13",  "6-7",   "6-6-4", NULL,
    };
    if (window->digit_count == 12 && !card) {
        return false;
    }
    if (window->dots) {
        return shape_listed(window, dotted);
    }
    return groups_of(window, 4, 3) || shape_listed(window, shapes) ||
           (window->group_count == 2 && window->lengths[0] >= 6 && window->lengths[1] >= 6 &&
            ordinary) ||
           (card && (groups_of(window, 3, 4) || groups_of(window, 2, 6)));
}

/* The number that digits [first, first + count) say. */
static int number(const struct window *window, int first, int count)
{
    int value = 0;
    for (int i = first; i < first + count; i++) {
        value = value * 10 + (window->digits[i] - '0');
    }
    return value;
}

static bool calendar_time(const struct window *window)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = number(window, 0, 4);
    int month = number(window, 4, 2);
    int day = number(window, 6, 2);
    if (year < 1900 || year > 2099 || month < 1 || month > 12) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    int last_day = lengths[month - 1] + (month == 2 && leap);
    return day >= 1 && day <= last_day && number(window, 8, 2) <= 23 &&
           number(window, 10, 2) <= 59 && number(window, 12, 2) <= 59;
}

/* Or an address. */
static bool time_stamp(const struct window *window)
{
    if (window->digit_count == 14) {
        return calendar_time(window);
    }
    if (window->digit_count == 15) { /* an address */
        char digits[16] = "";
        memcpy(digits, window->digits, 15);
        long long address = strtoll(digits, NULL, 10);
        return address >= 0x7F0000000000 && address <= 0x7FFFFFFFFFFF;
    }
    if (window->digit_count != 13 && window->digit_count != 16 && window->digit_count != 19) {
        return false; /* 10 digits, seconds, are no window */
    }
    /* The first ten digits are the seconds: 2001-01-01 is 978307200 and 2070-01-01 is 3155760000.
     */
    char seconds[11] = "";
    memcpy(seconds, window->digits, 10);
    long long value = strtoll(seconds, NULL, 10);
    return value >= 978307200 && value < 3155760000;
}

bool window_passes(const struct window *window)
{
    const struct view *view = window->view;
    ptrdiff_t first = window->first;
    ptrdiff_t end = window->end;
    bool bare = window->group_count == 1;

    /* 2.6, first of all, since most fail here. */
    if (!issuer_luhn(window->digits, window->digit_count)) {
        return false;
    }
    /* 2.4 */
    if (neighbour_fraction(view, first) || neighbour_exponent(view, first, end) ||
        issuer_one_digit(window->digits, window->digit_count) || neighbour_uuid(view, first, end) ||
        neighbour_trace(view, first, end)) {
        return false;
    }
    bool letter = neighbour_letter(view, first, end);
    if (bare && letter && neighbour_hex_token(view, first, end)) {
        return false;
    }
    /* 2.6 */
    struct issuer_verdict issuer = issuer_judge(window->digits, window->digit_count, bare);
    bool card = label_card(view, first);
    bool id = label_own(view, first) == LABEL_ID;
    bool proper = !bare && properly_grouped(window, issuer.ordinary, card);
    if (!bare && !proper) {
        return false;
    }
    if (!bare && !window->whole && !issuer.ordinary) {
        return false;
    }
    if (bare && window->digit_count == 12 && !window->whole) {
        return false;
    }
    if (issuer.known && (issuer.ordinary || proper)) { /* strong */
        return !(bare && window->digit_count >= 17 && id);
    }
    if (letter) {
        return false;
    }
    bool bare_or_whole = bare || window->whole;
    if (issuer.known) { /* weak */
        return bare_or_whole && !id && !label_arn(view, first) && !time_stamp(window) &&
               !neighbour_goes_on(view, end) && !neighbour_telephone(view, first);
    }
    bool taken = card || (view->options->any_issuer && !id && !neighbour_goes_on(view, end) &&
                          !neighbour_telephone(view, first));
    return window->digit_count >= 13 && bare_or_whole && !time_stamp(window) && taken &&
           !label_arn(view, first);
}
