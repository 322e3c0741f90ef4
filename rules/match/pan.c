#include "rules/match/group.h"
#include "rules/match/grouping.h"
#include "rules/match/label.h"
#include "rules/match/match.h"
#include "rules/match/neighbour.h"
#include "rules/match/run.h"
#include "rules/validate/issuer.h"
#include "rules/validate/luhn.h"
#include "rules/validate/timestamp.h"

#include <string.h>

enum {
    DIGITS_MIN = 12,
    DIGITS_MAX = 19,
    UNKNOWN_DIGITS_MIN = 13,
    LONG_DIGITS_MIN = 17, /* where an id as label outweighs an issuer */
};

/* Some groups in a row that may be one number (contract 2.3). */
struct window {
    uint32_t first, end; /* units */
    unsigned groups, digits;
    bool dots;
    bool whole;
    bool any_issuer; /* one that no issuer has counts without a label too */
    uint8_t sizes[GROUPING_GROUPS_MAX];
    uint8_t text[DIGITS_MAX];
};

/* A chain, and what of it overlaps so far (contract 2.9). */
struct chain {
    struct match_list *list;
    const struct view *view;
    const struct group *groups;
    size_t count;
    int8_t open; /* -1: not asked yet */
};

static bool all_same(const uint8_t *digits, unsigned count)
{
    return digits[0] == digits[count - 1] && memcmp(digits, digits + 1, count - 1) == 0;
}

static bool chain_is_open(struct chain *chain)
{
    if (chain->open < 0)
        chain->open = group_open_left(chain->view, chain->groups[0].begin) ||
                      group_open_right(chain->view, chain->groups[chain->count - 1].end);
    return chain->open;
}

static bool is_time_or_address(const struct window *window)
{
    return timestamp_is(window->text, window->digits) ||
           timestamp_is_address(window->text, window->digits);
}

/* The table of contract 2.6, for a window whose Luhn holds. */
static void judge_strength(const struct view *view, const struct window *window,
                           struct verdict *verdict)
{
    bool bare = window->groups == 1;
    struct issuer_fit fit = issuer_find(window->text, window->digits, bare);
    enum grouping grouping =
        bare ? GROUPING_NONE
             : grouping_of(window->sizes, window->groups, fit.ordinary, window->dots);
    verdict->fit = fit;
    verdict->grouping = (uint8_t)grouping;
    if (!bare && (gate_fails(verdict, GATE_GROUPING, grouping == GROUPING_NONE) ||
                  gate_fails(verdict, GATE_PART, !window->whole && !fit.ordinary)))
        return;
    if (bare && window->digits == DIGITS_MIN && gate_fails(verdict, GATE_WHOLE, !window->whole))
        return;
    if (gate_fails(verdict, GATE_ISSUER, !fit.has_issuer && window->digits < UNKNOWN_DIGITS_MIN))
        return;
    bool strong = fit.has_issuer && (fit.ordinary || !bare);
    if (strong && bare && window->digits < LONG_DIGITS_MIN && !verdict->all)
        return; /* whatever its label */
    enum label own = label_own(view, window->first);
    verdict->own = (uint8_t)own;
    if ((grouping == GROUPING_UNDER_LABEL || (!bare && window->digits == DIGITS_MIN) ||
         (!fit.has_issuer && !window->any_issuer)) &&
        gate_fails(verdict, GATE_CARD_LABEL, !label_is_card(view, window->first, own)))
        return;
    if (strong) {
        if (bare && window->digits >= LONG_DIGITS_MIN)
            gate_fails(verdict, GATE_OWN_LABEL, own == LABEL_ID);
        return;
    }
    if (gate_fails(verdict, GATE_LETTER, neighbour_letter(view, window->first, window->end)) ||
        gate_fails(verdict, GATE_TIMESTAMP, is_time_or_address(window)) ||
        gate_fails(verdict, GATE_ARN, label_in_arn(view, window->first)))
        return;
    bool unlabelled =
        fit.has_issuer || (window->any_issuer && !label_is_card(view, window->first, own));
    if (unlabelled && !gate_fails(verdict, GATE_OWN_LABEL, own == LABEL_ID))
        gate_fails(verdict, GATE_NEIGHBOUR,
                   neighbour_clears_weak(view, window->first, window->end));
}

static void judge_window(const struct view *view, const struct window *window,
                         struct verdict *verdict)
{
    uint32_t first = window->first, end = window->end;
    if (gate_fails(verdict, GATE_LUHN, !luhn_holds(window->text, window->digits)) ||
        gate_fails(verdict, GATE_ONE_DIGIT, all_same(window->text, window->digits)) ||
        gate_fails(verdict, GATE_NUMBER, neighbour_is_number(view, first, end)))
        return;
    judge_strength(view, window, verdict);
    if (verdict->failed && !verdict->all)
        return;
    /* A bare number in a UUID has at most 12 digits. */
    bool uuid = (window->groups > 1 || window->digits <= DIGITS_MIN || verdict->all) &&
                neighbour_is_uuid(view, first, end);
    if (!gate_fails(verdict, GATE_UUID, uuid) &&
        !gate_fails(verdict, GATE_TRACE, neighbour_is_trace_context(view, first, end)) &&
        window->groups == 1)
        gate_fails(verdict, GATE_HEX, neighbour_is_hex(view, first, end));
}

/* Adds the window, merged with the match before it where they overlap in this view. */
static int add_window(struct chain *chain, const struct window *window, size_t first_match)
{
    struct match_list *list = chain->list;
    const struct view *view = chain->view;
    uint32_t begin = view_place(view, window->first), end = view_place(view, window->end);
    if (list->count > first_match && match_list_at(list, list->count - 1)->end > begin) {
        struct match *last = match_list_at(list, list->count - 1);
        if (end <= last->end) {
            last->several = true;
            return 0;
        }
        uint32_t unit = window->end;
        while (unit > window->first && view_place(view, unit) > last->end)
            last->digits += symbol_is(view->symbols[--unit], CLASS_DIGIT) != 0;
        last->end = end;
        last->after = window->end;
        last->several |= match_set_number(last, window->text, window->digits);
        return 0;
    }
    struct match match = {
        .begin = begin,
        .end = end,
        .digits = window->digits,
        .kind = MATCH_PAN,
        .view = (uint8_t)view->round,
        .as_written = view->round == 0,
        .first = window->first,
        .after = window->end,
    };
    match_set_number(&match, window->text, window->digits);
    return match_add(list, &match);
}

/* All windows that begin with one group. */
static int judge_from(struct chain *chain, size_t group, size_t first_match)
{
    const struct group *groups = chain->groups;
    struct window window = {.first = groups[group].begin, .any_issuer = chain->list->any_issuer};
    for (size_t i = group; i < chain->count && window.groups < GROUPING_GROUPS_MAX; i++) {
        if (i > group + 1 && groups[i].link != groups[group + 1].link)
            break;
        uint32_t size = groups[i].end - groups[i].begin;
        if (size > DIGITS_MAX - window.digits)
            break;
        memcpy(window.text + window.digits, chain->view->symbols + groups[i].begin, size);
        window.sizes[window.groups++] = (uint8_t)size;
        window.digits += size;
        window.end = groups[i].end;
        window.dots = i > group && groups[i].link == LINK_DOT;
        if (window.digits < DIGITS_MIN)
            continue;
        window.whole = window.groups == chain->count && !chain_is_open(chain);
        struct verdict verdict = {.all = chain->list->trace != NULL,
                                  .groups = (uint8_t)window.groups};
        judge_window(chain->view, &window, &verdict);
        if (verdict.all)
            match_trace(chain->list, chain->view, window.first, window.end, MATCH_PAN, &verdict);
        if (!verdict.failed) {
            int r = add_window(chain, &window, first_match);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* `digits`: in all groups together. */
static int judge_chain(struct match_list *list, const struct view *view, const struct group *groups,
                       size_t count, uint64_t digits)
{
    struct chain chain = {list, view, groups, count, -1};
    if (digits < DIGITS_MIN)
        return 0;
    size_t first_match = list->count;
    for (size_t i = 0; i < count; i++) {
        int r = judge_from(&chain, i, first_match);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Adds what one group gives away by itself: tracks and cards inside of longer runs. */
static int judge_group(struct match_list *list, const struct view *view, const struct group *group,
                       bool head, bool part)
{
    int r = track_find_after(list, view, group->end);
    return r < 0 || part ? r : run_find(list, view, group, head);
}

/* The groups that are linked so far. */
struct pan_chain {
    struct buffer *groups;
    size_t count;
    uint64_t digits;
};

static int judge_ended(struct match_list *list, const struct view *view, struct pan_chain *chain)
{
    int r = judge_chain(list, view, chain->groups->data, chain->count, chain->digits);
    chain->count = 0;
    chain->digits = 0;
    return r;
}

static int add_group(struct match_list *list, struct pan_chain *chain, const struct group *group)
{
    int r = buffer_reserve(list->memory, chain->groups, (chain->count + 1) * sizeof(*group),
                           chain->count * sizeof(*group));
    if (r < 0)
        return r;
    ((struct group *)chain->groups->data)[chain->count++] = *group;
    chain->digits += group->end - group->begin;
    return 0;
}

int pan_find(struct match_list *list, const struct view *view, uint32_t at, uint32_t end,
             struct buffer *storage)
{
    const uint8_t *s = view->symbols;
    struct pan_chain chain = {.groups = storage};
    int r = 0;
    for (; r == 0 && (at = view_next(view, view->marks.digits, at)) < end;) {
        struct group group = {.begin = at, .end = view_digits_end(view, at)};
        bool head = group.end < view->size && s[group.end] == '*' && group_is_head(view, &group);
        bool part = at > 0 && symbol_is(s[at - 1], CLASS_MASK) && group_follows_mask(view, &group);
        at = group.end;
        if (chain.count > 0) {
            uint32_t last = ((struct group *)storage->data)[chain.count - 1].end;
            if (!head && !part && group.begin - last <= GROUP_GAP_UNITS)
                group.link = (uint8_t)group_link(view, last, group.begin);
            if (group.link == LINK_NONE)
                r = judge_ended(list, view, &chain);
        }
        if (r == 0 && group.end - group.begin >= DIGITS_MIN)
            r = judge_group(list, view, &group, head, part);
        else if (r == 0 && group.end < view->size && s[group.end] == '^')
            r = track_find_after(list, view, group.end);
        if (r == 0 && !head && !part)
            r = add_group(list, &chain, &group);
    }
    return r < 0 ? r : judge_ended(list, view, &chain);
}
