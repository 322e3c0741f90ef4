#include "rules/unite.h"

#include <string.h>

static bool is_before(const struct match *left, const struct match *right)
{
    if (left->begin != right->begin)
        return left->begin < right->begin;
    if (left->end != right->end)
        return left->end > right->end;
    if (left->kind != right->kind)
        return left->kind < right->kind;
    return left->view < right->view;
}

static void sift_down(struct match *matches, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && is_before(&matches[child], &matches[child + 1]))
            child++;
        if (!is_before(&matches[root], &matches[child]))
            return;
        struct match swap = matches[root];
        matches[root] = matches[child];
        matches[child] = swap;
    }
}

/* Heap sort: in place, because qsort may leave copies in memory that is not ours. */
void unite_sort(struct match *matches, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        sift_down(matches, i - 1, count);
    for (size_t i = count; i > 1; i--) {
        struct match swap = matches[0];
        matches[0] = matches[i - 1];
        matches[i - 1] = swap;
        sift_down(matches, 0, i - 1);
    }
}

/* Takes a later window of the same view into `into`. */
static void merge_window(const struct view *view, struct match *into, const struct match *other)
{
    for (uint32_t i = into->after; i < other->after; i++)
        into->digits += symbol_is(view->symbols[i], CLASS_DIGIT) != 0;
    into->shows_none |= other->shows_none;
    into->several |= other->several || into->number_digits != other->number_digits ||
                     memcmp(into->number, other->number, into->number_digits) != 0;
    if (other->after <= into->after)
        return;
    match_set_number(into, other->number, other->number_digits);
    into->after = other->after;
    into->end = other->end;
}

void unite_windows(struct match_list *list, const struct view *view, size_t first)
{
    struct match *matches = match_list_at(list, first), *last = NULL;
    size_t kept = 0;
    unite_sort(matches, list->count - first);
    for (size_t i = 0; i < list->count - first; i++) {
        struct match match = matches[i];
        if (match.kind == MATCH_PAN && last && match.first < last->after) {
            merge_window(view, last, &match);
            continue;
        }
        matches[kept] = match;
        last = match.kind == MATCH_PAN ? &matches[kept] : last;
        kept++;
    }
    list->count = first + kept;
}

static bool is_sad(const struct match *match)
{
    return match->kind >= MATCH_TRACK1 && match->kind <= MATCH_PIN;
}

/* The one of two PANs: their union. */
static void unite_pans(struct match *into, const struct match *other)
{
    bool is_other = into->number_digits != other->number_digits ||
                    memcmp(into->number, other->number, into->number_digits) != 0;
    if (other->end > into->end || (other->end == into->end && other->view < into->view)) {
        match_set_number(into, other->number, other->number_digits);
        into->view = other->view;
    }
    into->end = other->end > into->end ? other->end : into->end;
    into->begin = other->begin < into->begin ? other->begin : into->begin;
    into->digits = other->digits > into->digits ? other->digits : into->digits;
    into->reason = other->reason > into->reason ? other->reason : into->reason;
    into->shows_none |= other->shows_none;
    into->several |= other->several || is_other;
    into->is_foreign |= other->is_foreign;
    into->as_written |= other->as_written;
}

/* The one of two findings of sensitive authentication data that gives its name. */
static void unite_sad(struct match *into, const struct match *other)
{
    uint8_t reason = into->reason > other->reason ? into->reason : other->reason;
    if (is_before(other, into))
        *into = *other;
    into->reason = reason;
}

/* Whether a withheld finding goes before another (contract 4.1). */
static bool goes_before(const struct match *withheld, const struct match *other)
{
    if (other->kind != MATCH_WITHHELD)
        return true;
    return withheld->begin == other->begin && withheld->end == other->end &&
           withheld->reason > other->reason;
}

/* Whether a finding goes before another because of its rule: SAD, PANs, patterns. */
static bool is_above(const struct match *match, const struct match *other)
{
    bool is_pattern = other->kind == MATCH_PATTERN;
    return is_sad(match) ? is_pattern || other->kind == MATCH_PAN
                         : is_pattern && match->kind == MATCH_PAN;
}

/* Puts into `into` the one of the two that decides about both. */
static void decide(struct match *into, const struct match *other)
{
    if (into->kind == MATCH_PAN && other->kind == MATCH_PAN)
        unite_pans(into, other);
    else if (into->kind == MATCH_BASE64 && other->kind != MATCH_BASE64)
        *into = *other;
    else if (other->kind == MATCH_WITHHELD ? goes_before(other, into) : is_above(other, into))
        *into = *other;
    else if (is_sad(other) && is_sad(into))
        unite_sad(into, other);
}

size_t unite_again(struct united *units, size_t count)
{
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        struct united *last = written ? &units[written - 1] : NULL;
        if (!last || units[i].begin >= last->end) {
            if (written != i)
                units[written] = units[i];
            written++;
            continue;
        }
        decide(&last->match, &units[i].match);
        last->end = units[i].end > last->end ? units[i].end : last->end;
        last->quoted |= units[i].quoted;
        last->is_dropped |= units[i].is_dropped;
    }
    return written;
}

size_t unite_matches(const struct match *matches, size_t count, struct united *units)
{
    for (size_t i = 0; i < count; i++)
        units[i] =
            (struct united){.begin = matches[i].begin, .end = matches[i].end, .match = matches[i]};
    return unite_again(units, count);
}
