#include "test/reference/run.h"

#include "test/reference/class.h"
#include "test/reference/field.h"
#include "test/reference/issuer.h"
#include "test/reference/label.h"
#include "test/reference/neighbour.h"

static int digit_at(const struct view *view, ptrdiff_t place)
{
    return (int)(view_at(view, place) - '0');
}

static int pair_at(const struct view *view, ptrdiff_t place)
{
    return 10 * digit_at(view, place) + digit_at(view, place + 1);
}

static bool candidate_passes(const struct view *view, ptrdiff_t first, ptrdiff_t count)
{
    char digits[WINDOW_MOST + 1] = "";
    for (ptrdiff_t i = 0; i < count; i++) {
        digits[i] = (char)view_at(view, first + i);
    }
    /* "no UATP": as in groups */
    struct issuer_verdict issuer = issuer_judge(digits, (int)count, false);
    return issuer.ordinary && issuer_luhn(digits, (int)count) &&
           !issuer_one_digit(digits, (int)count);
}

static void add(struct run_result *result, const struct view *view, ptrdiff_t first,
                ptrdiff_t count)
{
    if (!candidate_passes(view, first, count)) {
        return;
    }
    if (!result->found) {
        *result = (struct run_result){true, true, first, first + count};
        return;
    }
    if (result->first != first || result->end != first + count) {
        result->shows = false;
    }
    if (first < result->first) {
        result->first = first;
    }
    if (first + count > result->end) {
        result->end = first + count;
    }
}

static void length_first(const struct view *view, const struct group *group,
                         struct run_result *result)
{
    for (ptrdiff_t offset = 0; offset <= 40; offset++) {
        ptrdiff_t place = group->first + offset;
        if (place + 2 > group->end) {
            return;
        }
        int count = pair_at(view, place);
        if (count >= 14 && count <= 19 && place + 2 + count <= group->end) {
            add(result, view, place + 2, count);
        }
    }
}

/* The value of a field that has its length in front. */
static void length_of_field(const struct view *view, const struct group *group,
                            struct run_result *result)
{
    ptrdiff_t count = group->end - group->first - 2;
    if (count >= 12 && count <= 19 && pair_at(view, group->first) == count &&
        field_value_at(view, group->first, FIELD_PAN, FIELD_PAN_EXTENDED)) {
        add(result, view, group->first + 2, count);
    }
}

static void zeros_first(const struct view *view, const struct group *group,
                        struct run_result *result)
{
    ptrdiff_t first = group->first;
    while (first < group->end && view_at(view, first) == '0') {
        first++;
    }
    ptrdiff_t count = group->end - first;
    if (first > group->first && count >= 13 && count <= 19) {
        add(result, view, first, count);
    }
}

bool run_expiry_at(const struct view *view, ptrdiff_t place)
{
    int left = pair_at(view, place);
    int right = pair_at(view, place + 2);
    bool month_year = left >= 1 && left <= 12 && right >= 20 && right <= 49;
    bool year_month = left >= 20 && left <= 49 && right >= 1 && right <= 12;
    return month_year || year_month;
}

static void expiry_behind(const struct view *view, const struct group *group,
                          struct run_result *result)
{
    for (ptrdiff_t count = 14; count <= 19; count++) {
        ptrdiff_t rest = group->end - group->first - count;
        if (rest >= 4 && rest <= 24 && run_expiry_at(view, group->first + count)) {
            add(result, view, group->first, count);
        }
    }
}

struct run_result run_search(const struct view *view, const struct group *group)
{
    static const struct run_result nothing = {false, false, 0, 0};
    struct run_result result = nothing;
    ptrdiff_t count = group->end - group->first;

    if (count < 14 || group->kind == GROUP_INERT || group->kind == GROUP_TAIL) {
        return nothing;
    }
    if (count > 19) {
        length_first(view, group, &result);
    }
    length_of_field(view, group, &result);
    if (group->kind == GROUP_ORDINARY) {
        zeros_first(view, group, &result);
        if (count > 19) {
            expiry_behind(view, group, &result);
        }
    }
    if (!result.found) {
        return nothing;
    }
    if (label_own(view, group->first) == LABEL_ID || neighbour_fraction(view, group->first) ||
        neighbour_exponent(view, group->first, group->end) ||
        neighbour_uuid(view, group->first, group->end) ||
        neighbour_trace(view, group->first, group->end) ||
        (neighbour_letter(view, group->first, group->end) &&
         neighbour_hex_token(view, group->first, group->end))) {
        return nothing;
    }
    return result;
}
