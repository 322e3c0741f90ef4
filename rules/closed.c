#include "rules/closed.h"

#include "rules/unite.h"
#include "rules/view/json.h"

/* Adds a span of the line that no later rule replaces. */
static int close_span(struct line *line, uint32_t begin, uint32_t end)
{
    struct match match = {.begin = begin, .end = end};
    return begin < end ? match_add(&line->closed, &match) : 0;
}

/* Puts the closed spans in order and makes those that touch one. */
static void merge_closed(struct line *line)
{
    struct match_list *closed = &line->closed;
    size_t kept = 0;
    unite_sort(closed->matches.data, closed->count);
    for (size_t i = 0; i < closed->count; i++) {
        struct match *match = match_list_at(closed, i);
        struct match *last = kept ? match_list_at(closed, kept - 1) : NULL;
        if (last && match->begin <= last->end)
            last->end = match->end > last->end ? match->end : last->end;
        else
            *match_list_at(closed, kept++) = *match;
    }
    closed->count = kept;
}

int closed_begin(struct line *line, size_t found)
{
    line->closed.memory = line->memory;
    line->closed.count = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < found; i++) {
        const struct match *match = match_list_at(&line->matches, i);
        /* What is encoded as a whole gives way to all others (contract 1.7). */
        if (match->kind != MATCH_BASE64)
            r = close_span(line, match->begin, match->end);
    }
    for (unsigned v = 0; r == 0 && v < line->view_count; v++) {
        const struct view *view = &line->views[v];
        size_t count = 0;
        r = json_find(line->memory, view, JSON_STRUCTURE, &line->tokens, &count);
        for (size_t i = 0; r == 0 && i < count; i++) {
            const struct json_token *token = (struct json_token *)line->tokens.data + i;
            r = close_span(line, view_place(view, token->begin), view_place(view, token->end));
        }
    }
    merge_closed(line);
    return r;
}

static bool has_word(const uint8_t *text, uint32_t begin, uint32_t end)
{
    for (; begin < end; begin++) {
        if (text[begin] >= 0x80 || symbol_is(text[begin], CLASS_WORD))
            return true;
    }
    return false;
}

int closed_cut(struct line *line, size_t first, bool closes)
{
    struct match_list *list = &line->matches;
    size_t count = list->count, c = 0, closed = line->closed.count;
    unite_sort(match_list_at(list, first), count - first);
    for (size_t i = first; i < count; i++) {
        struct match match = *match_list_at(list, i);
        uint32_t begin = match.begin, end = match.end;
        while (c > 0 && match_list_at(&line->closed, c - 1)->end > begin)
            c--;
        while (c < closed && match_list_at(&line->closed, c)->end <= begin)
            c++;
        for (; begin < end;) {
            const struct match *shut = c < closed ? match_list_at(&line->closed, c) : NULL;
            uint32_t stop = shut && shut->begin < end ? shut->begin : end;
            if (stop > begin && has_word(line->text_now, begin, stop)) {
                match.begin = begin;
                match.end = stop;
                int r = match_add(list, &match);
                if (r < 0)
                    return r;
            }
            begin = stop < end ? match_list_at(&line->closed, c++)->end : end;
        }
    }
    size_t kept = first;
    for (size_t i = count; i < list->count; i++)
        *match_list_at(list, kept++) = *match_list_at(list, i);
    list->count = kept;
    int r = 0;
    for (size_t i = first; r == 0 && closes && i < kept; i++)
        r = close_span(line, match_list_at(list, i)->begin, match_list_at(list, i)->end);
    merge_closed(line);
    return r;
}
