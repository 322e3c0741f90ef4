#include "agent/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int batch_new(struct arena_pool *raw, struct arena_pool *clean, size_t capacity,
              struct batch **ret_batch)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return -ENOMEM;
    arena_init(&batch->raw, raw);
    arena_init(&batch->clean, clean);
    batch->block = arena_alloc(&batch->raw, capacity);
    if (!batch->block) {
        batch_free(batch);
        return -ENOMEM;
    }
    batch->block_capacity = capacity;
    *ret_batch = batch;
    return 0;
}

struct batch *batch_free(struct batch *batch)
{
    if (!batch)
        return NULL;
    arena_reset(&batch->raw);
    arena_reset(&batch->clean);
    free(batch);
    return NULL;
}

int batch_grow(struct batch *batch, size_t capacity)
{
    if (capacity <= batch->block_capacity)
        return 0;
    struct arena larger;
    arena_init(&larger, batch->raw.pool);
    char *block = arena_alloc(&larger, capacity);
    if (!block)
        return -ENOMEM;
    memcpy(block, batch->block, batch->block_size);
    arena_reset(&batch->raw);
    batch->raw = larger;
    batch->block = block;
    batch->block_capacity = capacity;
    return 0;
}

void batch_drop_raw(struct batch *batch)
{
    arena_reset(&batch->raw);
    batch->block = NULL;
    batch->block_size = 0;
    batch->block_capacity = 0;
}
