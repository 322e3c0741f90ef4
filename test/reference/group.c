#include "test/reference/group.h"

#include "test/reference/class.h"
#include "test/reference/memory.h"

#include <stdlib.h>
#include <string.h>

/* How many mask units stand directly before `place`. */
static ptrdiff_t masks_before(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t count = 0;
    while (class_mask(view_at(view, place - 1 - count))) {
        count++;
    }
    return count;
}

static ptrdiff_t masks_from(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t count = 0;
    while (class_mask(view_at(view, place + count))) {
        count++;
    }
    return count;
}

/* The first six or eight of a number that was truncated. */
static bool shown_in_front(const struct view *view, const struct group *group)
{
    ptrdiff_t length = group->end - group->first;
    ptrdiff_t stars = 0;
    while (view_at(view, group->end + stars) == '*') {
        stars++;
    }
    return (length == 6 || length == 8) && stars >= 4 && stars <= 7 &&
           class_digit(view_at(view, group->end + stars));
}

static enum group_kind kind_of(const struct view *view, const struct group *group)
{
    if (group->end - group->first <= 4 && masks_before(view, group->first) >= 4) {
        return GROUP_INERT;
    }
    if (view_holds(view, group->first - 8, "********")) {
        return GROUP_TAIL;
    }
    if (view_holds(view, group->end, "********") || shown_in_front(view, group)) {
        return GROUP_HEAD;
    }
    return GROUP_ORDINARY;
}

static enum group_link link_of(const struct view *view, const struct group *left,
                               const struct group *right)
{
    ptrdiff_t between = right->first - left->end;
    bool dot = false;

    if (left->kind != GROUP_ORDINARY || right->kind != GROUP_ORDINARY || between > 3) {
        return LINK_NONE;
    }
    for (ptrdiff_t i = left->end; i < right->first; i++) {
        if (!class_separator(view_at(view, i))) {
            return LINK_NONE;
        }
        dot = dot || view_at(view, i) == '.';
    }
    if (!dot) {
        return LINK_OTHER;
    }
    return between == 1 ? LINK_DOT : LINK_NONE;
}

void groups_find(const struct view *view, struct groups *ret_groups)
{
    struct groups groups = {.view = view};
    size_t capacity = 0;

    for (ptrdiff_t i = 0; i < view->count; i++) {
        if (!class_digit(view_at(view, i))) {
            continue;
        }
        struct group group = {.first = i};
        while (class_digit(view_at(view, i))) {
            i++;
        }
        group.end = i;
        group.kind = kind_of(view, &group);
        groups.items =
            memory_grow(groups.items, (size_t)groups.count, &capacity, sizeof(struct group));
        groups.items[groups.count++] = group;
    }
    for (ptrdiff_t i = 0; i + 1 < groups.count; i++) {
        groups.items[i].link = link_of(view, &groups.items[i], &groups.items[i + 1]);
    }
    *ret_groups = groups;
}

void groups_free(struct groups *groups)
{
    free(groups->items);
    groups->items = NULL;
    groups->count = 0;
}

/* Whether, going left from `place` over 0-3 separators, one comes to a digit or a mask run. */
static bool open_left(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < 3 && class_separator(view_at(view, place - 1)); i++) {
        place--;
    }
    return class_digit(view_at(view, place - 1)) || masks_before(view, place) >= 4;
}

static bool open_right(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < 3 && class_separator(view_at(view, place)); i++) {
        place++;
    }
    return class_digit(view_at(view, place)) || masks_from(view, place) >= 4;
}

static bool whole(const struct groups *groups, ptrdiff_t first, ptrdiff_t last)
{
    return (first == 0 || groups->items[first - 1].link == LINK_NONE) &&
           groups->items[last].link == LINK_NONE &&
           !open_left(groups->view, groups->items[first].first) &&
           !open_right(groups->view, groups->items[last].end);
}

bool groups_window(const struct groups *groups, ptrdiff_t first, ptrdiff_t last,
                   struct window *ret_window)
{
    struct window window = {
        .view = groups->view,
        .first = groups->items[first].first,
        .end = groups->items[last].end,
        .dots = last > first && groups->items[first].link == LINK_DOT,
    };
    for (ptrdiff_t i = first; i <= last; i++) {
        const struct group *group = &groups->items[i];
        if (group->kind != GROUP_ORDINARY) {
            return false;
        }
        if (i < last && group->link != groups->items[first].link) {
            return false;
        }
        if (i < last && group->link == LINK_NONE) {
            return false;
        }
        ptrdiff_t length = group->end - group->first;
        if (length + window.digit_count > WINDOW_MOST) {
            return false;
        }
        window.lengths[window.group_count++] = (int)length;
        for (ptrdiff_t j = group->first; j < group->end; j++) {
            window.digits[window.digit_count++] = (char)view_at(groups->view, j);
        }
    }
    if (window.digit_count < WINDOW_LEAST) {
        return false;
    }
    window.whole = whole(groups, first, last);
    *ret_window = window;
    return true;
}
