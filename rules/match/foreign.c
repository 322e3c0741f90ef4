/* Numbers that somebody else has masked (contract 2.11, `masked: normalise`). */
#include "rules/match/group.h"
#include "rules/match/match.h"

#include <string.h>

enum {
    FRONT_MAX = 8, /* digits before the masks */
    MASKS_MIN = 4,
    UNITS_MIN = 12,
    UNITS_MAX = 19,
};

/* One of them as it is read: from the masks to the left, then to the right. */
struct masked {
    const struct view *view;
    uint32_t begins[FRONT_MAX + 1]; /* where it begins with so many digits in front */
    uint32_t front;
    uint32_t masks, end;
    uint8_t last[MATCH_LAST_DIGITS];
};

static bool is(const struct view *view, uint32_t at, unsigned classes)
{
    return at < view->size && symbol_is(view->symbols[at], classes);
}

/* The first unit from `at` on that is no separator, when at most so many stand there as a number
 * has between two digits. */
static uint32_t skip(const struct view *view, uint32_t at)
{
    uint32_t end = at;
    while (end - at < GROUP_GAP_UNITS && is(view, end, CLASS_BLANK | CLASS_DASH))
        end++;
    return end;
}

static uint32_t skip_back(const struct view *view, uint32_t at)
{
    uint32_t begin = at;
    while (at - begin < GROUP_GAP_UNITS && begin > 0 &&
           is(view, begin - 1, CLASS_BLANK | CLASS_DASH))
        begin--;
    return begin;
}

static void read_front(struct masked *masked, uint32_t at)
{
    masked->begins[0] = at;
    for (masked->front = 0; masked->front < FRONT_MAX;) {
        at = skip_back(masked->view, at);
        if (at == 0 || !is(masked->view, at - 1, CLASS_DIGIT))
            return;
        masked->begins[++masked->front] = --at;
    }
}

/* From the first mask on; whether masks and last digits are as they must be. */
static bool read_rest(struct masked *masked, uint32_t at)
{
    const struct view *view = masked->view;
    uint8_t mask = view->symbols[at];
    masked->masks = 0;
    masked->end = at;
    for (; at < view->size && view->symbols[at] == mask; at = skip(view, masked->end)) {
        masked->masks++;
        masked->end = at + 1;
    }
    if (masked->masks < MASKS_MIN)
        return false;
    for (uint32_t i = 0; i < MATCH_LAST_DIGITS; i++) {
        at = skip(view, masked->end);
        if (!is(view, at, CLASS_DIGIT))
            return false;
        masked->last[i] = view->symbols[at];
        masked->end = at + 1;
    }
    return !is(view, masked->end, CLASS_WORD);
}

/* How many of the digits in front count: the most with which it is a number. */
static bool choose_front(struct masked *masked)
{
    uint32_t others = masked->masks + MATCH_LAST_DIGITS;
    for (;; masked->front--) {
        uint32_t begin = masked->begins[masked->front], units = masked->front + others;
        if (units >= UNITS_MIN && units <= UNITS_MAX &&
            (begin == 0 || !is(masked->view, begin - 1, CLASS_WORD)))
            return true;
        if (masked->front == 0)
            return false;
    }
}

/* Whether it is written as it would be replaced, with `shown` digits in front. */
static bool is_ours(const struct masked *masked, uint32_t shown)
{
    uint32_t begin = masked->begins[masked->front], stars = begin + shown;
    uint32_t units = masked->front + masked->masks + MATCH_LAST_DIGITS;
    if (masked->front != shown || masked->end - begin != units ||
        view_place(masked->view, masked->end) - view_place(masked->view, begin) != units)
        return false;
    return masked->view->symbols[stars] == '*';
}

static int add(struct match_list *list, const struct masked *masked, const uint8_t *shown,
               size_t others)
{
    const struct view *view = masked->view;
    uint32_t digits = masked->front + masked->masks + MATCH_LAST_DIGITS, front = shown[digits];
    front = front <= masked->front ? front : 0;
    if (is_ours(masked, front))
        return 0;
    struct match match = {
        .begin = view_place(view, masked->begins[masked->front]),
        .end = view_place(view, masked->end),
        .digits = digits,
        .kind = MATCH_PAN,
        .view = (uint8_t)view->round,
        .is_foreign = true,
    };
    for (size_t i = 0; i < others; i++) {
        const struct match *other = match_list_at(list, i);
        if (other->begin < match.end && match.begin < other->end)
            return 0;
    }
    uint8_t number[FRONT_MAX + MATCH_LAST_DIGITS];
    for (uint32_t i = 0; i < front; i++)
        number[i] = view->symbols[masked->begins[masked->front - i]];
    memcpy(number + front, masked->last, sizeof(masked->last));
    match_set_number(&match, number, front + MATCH_LAST_DIGITS);
    return match_add(list, &match);
}

static bool is_mask(const struct view *view, uint32_t at)
{
    return is(view, at, CLASS_MASK) && view->symbols[at] != '_';
}

int foreign_find(struct match_list *list, const struct view *view, const uint8_t *shown,
                 size_t others)
{
    for (uint32_t at = 0; at < view->size;) {
        struct masked masked = {.view = view};
        if (!is_mask(view, at)) {
            at++;
            continue;
        }
        read_front(&masked, at);
        bool fits = read_rest(&masked, at) && choose_front(&masked);
        int r = fits ? add(list, &masked, shown, others) : 0;
        if (r < 0)
            return r;
        at = masked.end;
    }
    return 0;
}
