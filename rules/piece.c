#include "rules/piece.h"

#include "rules/match/detector.h"

enum {
    MASK_MIN = 4,  /* `*` that make digits beside them a masked number */
    MASK_HEAD = 8, /* digits that a mask may show before it */
    MASK_TAIL = 4, /* and after it */
};

/* Where the masked number that a `*` at `at` is part of ends, and where it begins; `at` when it is
 * none. */
static uint32_t masked_end(const struct view *view, uint32_t at, uint32_t *ret_begin)
{
    uint32_t begin = at, end = at;
    while (end < view->size && view->symbols[end] == '*')
        end++;
    while (begin > 0 && view->symbols[begin - 1] == '*')
        begin--;
    if (end - begin < MASK_MIN)
        return at;
    for (unsigned n = 0; n < MASK_TAIL && symbol_is(detector_unit(view, end), CLASS_DIGIT); n++)
        end++;
    for (unsigned n = 0; n < MASK_HEAD && symbol_is(detector_before(view, begin), CLASS_DIGIT); n++)
        begin--;
    *ret_begin = begin;
    return end;
}

static bool says_something(const struct view *view, uint32_t begin, uint32_t end)
{
    for (; begin < end; begin++) {
        if (symbol_is(view->symbols[begin], CLASS_WORD) || view->symbols[begin] >= 0x80)
            return true;
    }
    return false;
}

int piece_add(struct line *line, const struct view *view, uint32_t begin, uint32_t end,
              struct match match)
{
    uint32_t at = begin;
    while (at <= end && begin < end) {
        uint32_t stop = at, next = at;
        if (at < end && view->symbols[at] == SYMBOL_INERT)
            next = at + 1;
        else if (at < end && view->symbols[at] == '*')
            next = masked_end(view, at, &stop);
        if (next == at && at < end) {
            at++;
            continue;
        }
        stop = stop > begin ? stop : begin;
        if (stop > begin && says_something(view, begin, stop)) {
            match.begin = view_place(view, begin);
            match.end = view_place(view, stop);
            match.view = (uint8_t)view->round;
            int r = match_add(&line->matches, &match);
            if (r < 0)
                return r;
        }
        if (at == end)
            break;
        begin = at = next;
    }
    return 0;
}
