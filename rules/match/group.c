#include "rules/match/group.h"

enum {
    INERT_DIGITS = 4, /* the most that a masked number shows */
    INERT_MASKS = 4,
    PART_MASKS = 8,      /* stars beside what is left of a longer run */
    HEAD_DIGITS_SIX = 6, /* that a truncated number shows in front */
    HEAD_DIGITS_EIGHT = 8,
};

enum group_link group_link(const struct view *view, uint32_t end, uint32_t begin)
{
    const uint8_t *s = view->symbols;
    if (begin - end > GROUP_GAP_UNITS)
        return LINK_NONE;
    if (begin - end == 1 && s[end] == '.')
        return LINK_DOT;
    for (uint32_t i = end; i < begin; i++) {
        if (!symbol_is(s[i], CLASS_BLANK | CLASS_DASH))
            return LINK_NONE;
    }
    return LINK_SEPARATORS;
}

/* Whether at least `count` units of the mask class (or, with `star`, all `*`) end before `end`. */
static bool masks_before(const struct view *view, uint32_t end, uint32_t count, bool star)
{
    if (end < count)
        return false;
    for (uint32_t i = end - count; i < end; i++) {
        if (star ? view->symbols[i] != '*' : !symbol_is(view->symbols[i], CLASS_MASK))
            return false;
    }
    return true;
}

static bool masks_from(const struct view *view, uint32_t begin, uint32_t count, bool star)
{
    return begin <= view->size && view->size - begin >= count &&
           masks_before(view, begin + count, count, star);
}

bool group_follows_mask(const struct view *view, const struct group *group)
{
    if (group->begin == 0 || !symbol_is(view->symbols[group->begin - 1], CLASS_MASK))
        return false;
    if (group->end - group->begin <= INERT_DIGITS)
        return masks_before(view, group->begin, INERT_MASKS, false);
    return masks_before(view, group->begin, PART_MASKS, true);
}

bool group_is_head(const struct view *view, const struct group *group)
{
    uint32_t digits = group->end - group->begin, at = group->end;
    while (at < view->size && at - group->end < PART_MASKS && view->symbols[at] == '*')
        at++;
    uint32_t stars = at - group->end;
    return stars == PART_MASKS ||
           ((digits == HEAD_DIGITS_SIX || digits == HEAD_DIGITS_EIGHT) && stars >= INERT_MASKS &&
            at < view->size && symbol_is(view->symbols[at], CLASS_DIGIT));
}

bool group_open_left(const struct view *view, uint32_t first)
{
    for (uint32_t n = 0; n < GROUP_GAP_UNITS && first > 0; n++, first--) {
        if (!symbol_is(view->symbols[first - 1], CLASS_SEPARATOR))
            break;
    }
    return first > 0 && (symbol_is(view->symbols[first - 1], CLASS_DIGIT) ||
                         masks_before(view, first, INERT_MASKS, false));
}

bool group_open_right(const struct view *view, uint32_t end)
{
    for (uint32_t n = 0; n < GROUP_GAP_UNITS && end < view->size; n++, end++) {
        if (!symbol_is(view->symbols[end], CLASS_SEPARATOR))
            break;
    }
    return end < view->size && (symbol_is(view->symbols[end], CLASS_DIGIT) ||
                                masks_from(view, end, INERT_MASKS, false));
}
