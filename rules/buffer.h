#ifndef RULES_BUFFER_H
#define RULES_BUFFER_H
/* Growable memory for raw text, from the caller's callbacks, zeroed before it is given back.
 *
 * A `struct buffer` starts all zero, belongs to one scratch, and so to one thread. */
#include "rules/blotter.h"

#include <stdint.h>

struct buffer {
    void *data;
    size_t capacity; /* bytes */
};

/* The callbacks of `given`, or malloc and free when it is NULL. */
struct blot_memory buffer_memory(const struct blot_memory *given);

int buffer_grow(const struct blot_memory *memory, struct buffer *buffer, size_t bytes, size_t keep);

/* Makes room for `bytes` in all, keeping the first `keep`. 0 or -ENOMEM (nothing changed). */
static inline int buffer_reserve(const struct blot_memory *memory, struct buffer *buffer,
                                 size_t bytes, size_t keep)
{
    return bytes <= buffer->capacity ? 0 : buffer_grow(memory, buffer, bytes, keep);
}

void buffer_free(const struct blot_memory *memory, struct buffer *buffer);
#endif
