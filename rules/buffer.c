#include "rules/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALLEST_BYTES = 256,
};

static void *plain_allocate(void *user, size_t size)
{
    return malloc(size);
}

static void plain_release(void *user, void *memory, size_t size)
{
    free(memory);
}

struct blot_memory buffer_memory(const struct blot_memory *given)
{
    if (given)
        return *given;
    return (struct blot_memory){.allocate = plain_allocate, .release = plain_release};
}

int buffer_grow(const struct blot_memory *memory, struct buffer *buffer, size_t bytes, size_t keep)
{
    size_t capacity = bytes > SIZE_MAX / 2 ? bytes : bytes + bytes / 2;
    if (capacity < SMALLEST_BYTES)
        capacity = SMALLEST_BYTES;
    void *data = memory->allocate(memory->user, capacity);
    if (!data)
        return -ENOMEM;
    if (keep)
        memcpy(data, buffer->data, keep);
    buffer_free(memory, buffer);
    *buffer = (struct buffer){.data = data, .capacity = capacity};
    return 0;
}

void buffer_free(const struct blot_memory *memory, struct buffer *buffer)
{
    if (buffer->data) {
        explicit_bzero(buffer->data, buffer->capacity);
        memory->release(memory->user, buffer->data, buffer->capacity);
    }
    *buffer = (struct buffer){0};
}
