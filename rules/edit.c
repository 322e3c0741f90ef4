#include "rules/edit.h"

#include <string.h>

int edit_add(const struct blot_memory *memory, struct edit_list *list, const struct edit *edit)
{
    int r = buffer_reserve(memory, &list->edits, (list->count + 1) * sizeof(*edit),
                           list->count * sizeof(*edit));
    if (r < 0)
        return r;
    *edit_at(list, list->count++) = *edit;
    return 0;
}

int edit_text(const struct blot_memory *memory, struct edit_pool *pool, const void *bytes,
              size_t size)
{
    int r = buffer_reserve(memory, &pool->bytes, pool->size + size, pool->size);
    if (r < 0)
        return r;
    if (size)
        memcpy((uint8_t *)pool->bytes.data + pool->size, bytes, size);
    pool->size += size;
    return 0;
}

size_t edit_applied_size(const struct edit_list *list, size_t size)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct edit *edit = edit_at(list, i);
        size = size - (edit->end - edit->begin) + edit->text_size;
    }
    return size;
}

void edit_apply(const struct edit_list *list, const struct edit_pool *pool, const uint8_t *text,
                size_t size, uint8_t *output)
{
    size_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct edit *edit = edit_at(list, i);
        memcpy(output, text + at, edit->begin - at);
        output += edit->begin - at;
        memcpy(output, (const uint8_t *)pool->bytes.data + edit->text, edit->text_size);
        output += edit->text_size;
        at = edit->end;
    }
    memcpy(output, text + at, size - at);
}

/* Walks both lists by places in the middle text. */
struct composer {
    const struct blot_memory *memory;
    struct edit_pool *pool;
    const struct edit_list *first, *second;
    const uint8_t *middle;
    size_t i, j;     /* next of first, of second */
    ptrdiff_t shift; /* middle place − first place, before edit i */
};

/* Adds to the pool what bytes [begin, end) of the middle text become by edits [from, to) of the
 * second list. */
static int add_middle(struct composer *composer, size_t begin, size_t end, size_t from, size_t to)
{
    int r = 0;
    for (size_t j = from; r == 0 && j < to; j++) {
        const struct edit *edit = edit_at(composer->second, j);
        r = edit_text(composer->memory, composer->pool, composer->middle + begin,
                      edit->begin - begin);
        begin = edit->end;
        if (r < 0)
            return r;
        r = buffer_reserve(composer->memory, &composer->pool->bytes,
                           composer->pool->size + edit->text_size, composer->pool->size);
        if (r < 0)
            return r;
        r = edit_text(composer->memory, composer->pool,
                      (const uint8_t *)composer->pool->bytes.data + edit->text, edit->text_size);
    }
    if (r == 0)
        r = edit_text(composer->memory, composer->pool, composer->middle + begin, end - begin);
    return r;
}

/* Takes the edits of both lists that overlap one another, beginning with the next. */
static int take_overlapping(struct composer *composer, struct edit_list *ret_list)
{
    const struct edit_list *first = composer->first, *second = composer->second;
    size_t from = composer->j, begin = SIZE_MAX, end = 0;
    ptrdiff_t shift_begin = composer->shift;
    const struct edit *decides = NULL;
    uint32_t effects = 0;
    for (;;) {
        size_t first_begin = SIZE_MAX, second_begin = SIZE_MAX;
        if (composer->i < first->count)
            first_begin = (size_t)((ptrdiff_t)edit_at(first, composer->i)->begin + composer->shift);
        if (composer->j < second->count)
            second_begin = edit_at(second, composer->j)->begin;
        size_t next = first_begin < second_begin ? first_begin : second_begin;
        if (next == SIZE_MAX || (begin != SIZE_MAX && next >= end))
            break;
        begin = begin == SIZE_MAX ? next : begin;
        size_t next_end;
        if (second_begin <= first_begin) {
            decides = edit_at(second, composer->j++);
            effects |= decides->effects;
            next_end = decides->end;
        } else {
            const struct edit *edit = edit_at(first, composer->i++);
            decides = composer->j > from ? decides : edit;
            effects |= edit->effects;
            next_end = first_begin + edit->text_size;
            composer->shift += (ptrdiff_t)edit->text_size - (ptrdiff_t)(edit->end - edit->begin);
        }
        end = next_end > end ? next_end : end;
    }
    struct edit edit = *decides;
    edit.begin = (size_t)((ptrdiff_t)begin - shift_begin);
    edit.end = (size_t)((ptrdiff_t)end - composer->shift);
    edit.text = composer->pool->size;
    edit.effects = effects;
    int r = add_middle(composer, begin, end, from, composer->j);
    if (r < 0)
        return r;
    edit.text_size = (uint32_t)(composer->pool->size - edit.text);
    return edit_add(composer->memory, ret_list, &edit);
}

int edit_compose(const struct blot_memory *memory, struct edit_pool *pool,
                 const struct edit_list *first, const uint8_t *middle,
                 const struct edit_list *second, struct edit_list *ret_list)
{
    struct composer composer = {
        .memory = memory, .pool = pool, .first = first, .second = second, .middle = middle};
    int r = 0;
    ret_list->count = 0;
    while (r == 0 && (composer.i < first->count || composer.j < second->count))
        r = take_overlapping(&composer, ret_list);
    return r;
}
