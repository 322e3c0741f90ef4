/* Numbers that a cut went through (contract 6). */
#include "rules/match/group.h"
#include "rules/match/match.h"
#include "rules/view/base64.h"

enum {
    DIGITS_MIN = 4,
    BASE64_UNITS_MIN = 24,
    PADDING_MAX = 2,
};

static int add(struct match_list *list, const struct view *view, uint32_t begin, uint32_t end,
               uint32_t digits)
{
    if (digits < DIGITS_MIN)
        return 0;
    struct match match = {
        .begin = view_place(view, begin),
        .end = view_place(view, end),
        .digits = digits,
        .kind = MATCH_PAN,
        .view = (uint8_t)view->round,
        .reason = BLOT_WITHHELD_LENGTH,
        .shows_none = true,
        .as_written = true,
    };
    return match_add(list, &match);
}

static bool is(const struct view *view, uint32_t at, unsigned classes)
{
    return at < view->size && symbol_is(view->symbols[at], classes);
}

/* The second part of base64, which cannot be decoded. */
static int add_base64(struct match_list *list, const struct view *view)
{
    uint32_t begin, end, at;
    if (!base64_stretch(view, 0, &begin, &end) || begin > 0 || end < BASE64_UNITS_MIN)
        return 0;
    for (at = 0; at < end && !is(view, at, CLASS_UPPER);)
        at++;
    if (at == end)
        return 0;
    for (unsigned n = 0; n < PADDING_MAX && end < view->size && view->symbols[end] == '='; n++)
        end++;
    return match_add_units(list, view, 0, end, MATCH_WITHHELD, BLOT_WITHHELD_LENGTH, false);
}

int cut_find_start(struct match_list *list, const struct view *view)
{
    uint32_t at = 0, digits = 0;
    while (at < GROUP_GAP_UNITS && is(view, at, CLASS_SEPARATOR))
        at++;
    uint32_t begin = at, end = at;
    do {
        for (; is(view, at, CLASS_DIGIT); at++)
            digits++;
        end = at;
        while (at - end <= GROUP_GAP_UNITS && is(view, at, CLASS_SEPARATOR))
            at++;
    } while (digits && is(view, at, CLASS_DIGIT) && group_link(view, end, at) != LINK_NONE);
    int r = add_base64(list, view);
    return r < 0 ? r : add(list, view, begin, end, digits);
}

int cut_find_end(struct match_list *list, const struct view *view)
{
    uint32_t at = view->size, digits = 0;
    while (view->size - at < GROUP_GAP_UNITS && at > 0 && is(view, at - 1, CLASS_SEPARATOR))
        at--;
    uint32_t end = at, begin = at;
    do {
        for (; at > 0 && is(view, at - 1, CLASS_DIGIT); at--)
            digits++;
        begin = at;
        while (begin - at <= GROUP_GAP_UNITS && at > 0 && is(view, at - 1, CLASS_SEPARATOR))
            at--;
    } while (digits && at > 0 && is(view, at - 1, CLASS_DIGIT) &&
             group_link(view, at, begin) != LINK_NONE);
    return add(list, view, begin, end, digits);
}
