#ifndef RULES_EDIT_H
#define RULES_EDIT_H
/* Replacements in a text: lists of them, applied, and one list after another made into one. */
#include "rules/buffer.h"

struct edit {
    size_t begin, end; /* bytes of the text that are replaced */
    size_t text;       /* place of the replacement in the pool */
    uint32_t text_size;
    uint16_t rule;
    uint16_t reason;
    uint32_t effects; /* enum blot_effect */
};

struct edit_list {
    struct buffer edits;
    size_t count;
};

/* Bytes of replacements; places in it stay when it grows. */
struct edit_pool {
    struct buffer bytes;
    size_t size;
};

static inline struct edit *edit_at(const struct edit_list *list, size_t index)
{
    return (struct edit *)list->edits.data + index;
}

/* -ENOMEM. */
int edit_add(const struct blot_memory *memory, struct edit_list *list, const struct edit *edit);

/* Adds `size` bytes to the pool. -ENOMEM. */
int edit_text(const struct blot_memory *memory, struct edit_pool *pool, const void *bytes,
              size_t size);

/* Bytes of a text of `size` bytes after `list`. */
size_t edit_applied_size(const struct edit_list *list, size_t size);
/* Writes bytes [begin, end) of `text` with the edits that lie in them to `output`. */
void edit_apply(const struct edit_list *list, const struct edit_pool *pool, const uint8_t *text,
                size_t size, uint8_t *output);

/* Makes into `ret_list` one list over the first text from `first`, which led to `middle`, and
 * `second` over that. -ENOMEM. */
int edit_compose(const struct blot_memory *memory, struct edit_pool *pool,
                 const struct edit_list *first, const uint8_t *middle,
                 const struct edit_list *second, struct edit_list *ret_list);
#endif
