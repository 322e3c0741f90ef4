#include "agent/command/span.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int span_add(struct span_list *list, const struct span *span)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        struct span *larger = realloc(list->spans, capacity * sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        list->spans = larger;
        list->capacity = capacity;
    }
    list->spans[list->count++] = *span;
    return 0;
}

int span_add_findings(struct span_list *list, const struct blot_finding *findings, size_t count)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < count; i++) {
        struct span span = {.begin = findings[i].offset,
                            .end = findings[i].offset + findings[i].size,
                            .text = findings[i].replacement,
                            .text_size = findings[i].replacement_size};
        error = span_add(list, &span);
    }
    return error;
}

static bool is_before(const struct span *a, const struct span *b)
{
    return a->begin != b->begin ? a->begin < b->begin : a->end > b->end;
}

/* Stable, and quick for lists that are a few ordered ones in a row. */
static int sort(struct span_list *list)
{
    struct span *from = list->spans, *to = malloc((list->count + 1) * sizeof(*to)), *given = to;
    if (!to)
        return -ENOMEM;
    for (size_t width = 1; width < list->count; width *= 2) {
        for (size_t low = 0; low < list->count; low += 2 * width) {
            size_t middle = low + width < list->count ? low + width : list->count;
            size_t high = middle + width < list->count ? middle + width : list->count;
            size_t left = low, right = middle;
            for (size_t at = low; at < high; at++) {
                bool takes_right =
                    left == middle || (right < high && is_before(&from[right], &from[left]));
                to[at] = takes_right ? from[right++] : from[left++];
            }
        }
        struct span *swap = from;
        from = to;
        to = swap;
    }
    if (from == given && list->count > 0)
        memcpy(list->spans, given, list->count * sizeof(*given));
    free(given);
    return 0;
}

/* The text of a span that covers all that it overlaps stands for it; else an ellipsis. */
static void join(struct span_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct span *span = &list->spans[i], *last = kept ? &list->spans[kept - 1] : NULL;
        if (!last || span->begin >= last->end) {
            list->spans[kept++] = *span;
        } else if (span->end > last->end) {
            last->end = span->end;
            last->text = "…";
            last->text_size = sizeof("…") - 1;
        }
    }
    list->count = kept;
}

int span_write(struct span_list *list, const char *text, size_t size, char **ret_text,
               size_t *ret_size)
{
    int error = sort(list);
    if (error < 0)
        return error;
    join(list);
    size_t bound = size, done = 0, at = 0;
    for (size_t i = 0; i < list->count; i++)
        bound += list->spans[i].text_size;
    char *output = malloc(bound + 1);
    if (!output)
        return -ENOMEM;
    for (size_t i = 0; i < list->count; i++) {
        struct span *span = &list->spans[i];
        memcpy(output + at, text + done, span->begin - done);
        at += span->begin - done;
        span->shown_begin = at;
        memcpy(output + at, span->text, span->text_size);
        at += span->text_size;
        span->shown_end = at;
        done = span->end;
    }
    memcpy(output + at, text + done, size - done);
    at += size - done;
    for (size_t i = 0; i < at; i++) {
        if ((unsigned char)output[i] < ' ' || output[i] == 0x7f)
            output[i] = output[i] == '\t' ? ' ' : '?';
    }
    *ret_text = output;
    *ret_size = at;
    return 0;
}

void span_place(const struct span_list *list, size_t offset, size_t size, size_t *ret_begin,
                size_t *ret_end)
{
    size_t from = 0, to = 0;
    for (size_t i = 0; i < list->count && list->spans[i].begin <= offset; i++) {
        const struct span *span = &list->spans[i];
        if (offset < span->end) {
            *ret_begin = span->shown_begin;
            *ret_end = span->shown_end;
            return;
        }
        from = span->end;
        to = span->shown_end;
    }
    *ret_begin = offset - from + to;
    *ret_end = *ret_begin + size;
}

void span_free(struct span_list *list)
{
    free(list->spans);
    *list = (struct span_list){0};
}
