#include "rules/match/match.h"

#include <string.h>

bool match_set_number(struct match *match, const void *digits, uint32_t count)
{
    bool other = match->number_digits &&
                 (match->number_digits != count || memcmp(match->number, digits, count) != 0);
    match->number_digits = (uint8_t)count;
    memcpy(match->number, digits, count);
    return other;
}

int match_add(struct match_list *list, const struct match *match)
{
    int r = buffer_reserve(list->memory, &list->matches, (list->count + 1) * sizeof(*match),
                           list->count * sizeof(*match));
    if (r < 0)
        return r;
    *match_list_at(list, list->count++) = *match;
    return 0;
}

int match_add_units(struct match_list *list, const struct view *view, uint32_t begin, uint32_t end,
                    enum match_kind kind, enum blot_reason reason, bool needs_record)
{
    struct match match = {
        .begin = view_place(view, begin),
        .end = view_place(view, end),
        .kind = (uint8_t)kind,
        .view = (uint8_t)view->round,
        .reason = (uint8_t)reason,
        .needs_record = needs_record,
    };
    return match_add(list, &match);
}

void match_trace(const struct match_list *list, const struct view *view, uint32_t begin,
                 uint32_t end, enum match_kind kind, const struct verdict *verdict)
{
    if (!list->trace)
        return;
    struct trace_candidate candidate = {
        .view = view, .begin = begin, .end = end, .kind = (uint8_t)kind, .verdict = *verdict};
    list->trace->add(list->trace->user, &candidate);
}
