#include "agent/pipeline_parts.h"

struct batch *pipeline_batch_new(struct pipeline *pipeline, struct source *source, size_t capacity)
{
    struct batch *batch;
    pipeline_room_watch(pipeline);
    if (!pipeline_room_is_there(pipeline, capacity) ||
        batch_new(pipeline->raw, pipeline->clean, capacity, &batch) < 0) {
        pipeline_room_pause(pipeline, source->input);
        return NULL;
    }
    batch->source = source;
    batch->generation = generation_ref(pipeline->generation);
    pipeline->waiting_count++;
    pipeline_room_reserve(pipeline, batch, capacity);
    return batch;
}

int pipeline_batch_grow(struct pipeline *pipeline, struct batch *batch, size_t capacity)
{
    int r = batch_grow(batch, capacity);
    if (r < 0)
        return r;
    pipeline_room_reserve(pipeline, batch, capacity);
    return 0;
}

void pipeline_batch_free(struct batch *batch)
{
    generation_unref(batch->generation);
    batch_free(batch);
}

void pipeline_batch_drop(struct pipeline *pipeline, struct batch *batch)
{
    pipeline_room_reserve(pipeline, batch, 0);
    pipeline->waiting_count--;
    pipeline_batch_free(batch);
}
