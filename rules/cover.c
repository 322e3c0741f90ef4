#include "rules/cover.h"

#include "rules/view/json.h"

#include <string.h>

/* The escape that `place` lies inside of, not at its begin; NULL: none. */
static const struct json_token *escape_around(const struct view *view,
                                              const struct json_token *escapes, size_t count,
                                              uint32_t place)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view_place(view, escapes[middle].end) <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && view_place(view, escapes[low].begin) < place ? &escapes[low] : NULL;
}

/* Whether JSON may stand in the view. */
static bool has_bracket(const struct view *view)
{
    return view_next(view, view->marks.brackets, 0) < view->size;
}

int cover_escapes(struct line *line)
{
    for (unsigned i = 0; i < line->view_count; i++) {
        const struct view *view = &line->views[i];
        if (view_next(view, view->marks.escapes, 0) == view->size || !has_bracket(view))
            continue;
        size_t count;
        int r = json_find(line->memory, view, JSON_ESCAPES, &line->tokens, &count);
        if (r < 0)
            return r;
        for (size_t m = 0; m < line->matches.count; m++) {
            struct match *match = match_list_at(&line->matches, m);
            const struct json_token *escape =
                escape_around(view, line->tokens.data, count, match->begin);
            match->begin = escape ? view_place(view, escape->begin) : match->begin;
            escape = escape_around(view, line->tokens.data, count, match->end);
            match->end = escape ? view_place(view, escape->end) : match->end;
        }
    }
    return 0;
}

/* Lets a finding that lies in a number cover it. */
static void cover_number(const struct view *view, const struct json_token *number,
                         struct united *unit)
{
    uint32_t begin = view_place(view, number->begin), end = view_place(view, number->end);
    if (unit->quoted || unit->begin < begin || unit->end > end)
        return;
    unit->quoted = true;
    unit->begin = begin;
    unit->end = end;
    if (number->quote == UINT32_MAX)
        return;
    unit->quote_begin = view_place(view, number->quote);
    unit->quote_end = view_place(view, number->quote + 1);
}

/* Whether any unit may lie in a number of JSON (RFC 8259, 6), by the byte before it. */
static bool may_be_numbers(const struct line *line, const struct united *units, size_t count)
{
    if (line->view_count > 1)
        return true;
    for (size_t i = 0; i < count; i++) {
        uint8_t before = units[i].begin > 0 ? line->text_now[units[i].begin - 1] : (uint8_t)'=';
        if (symbol_is(before, CLASS_DIGIT | CLASS_BLANK) || memchr(":[,-+.eE\r\n", before, 10))
            return true;
    }
    return false;
}

int cover_numbers(struct line *line, struct united *units, size_t *count)
{
    if (!may_be_numbers(line, units, *count))
        return 0;
    for (unsigned v = 0; v < line->view_count; v++) {
        const struct view *view = &line->views[v];
        if (!has_bracket(view))
            continue;
        size_t number_count, unit = 0;
        int r = json_find(line->memory, view, JSON_NUMBERS, &line->tokens, &number_count);
        if (r < 0)
            return r;
        const struct json_token *numbers = line->tokens.data;
        for (size_t n = 0; n < number_count; n++) {
            while (unit < *count && units[unit].end <= view_place(view, numbers[n].begin))
                unit++;
            uint32_t end = view_place(view, numbers[n].end);
            for (size_t u = unit; u < *count && units[u].begin < end; u++)
                cover_number(view, &numbers[n], &units[u]);
        }
    }
    *count = unite_again(units, *count);
    return 0;
}
