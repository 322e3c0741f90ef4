#include "agent/log.h"
#include "agent/memory.h"
#include "agent/pipeline_parts.h"

#include <malloc.h>

enum {
    WATCH_MS = 20, /* in which a buffer of some MiB does not fill */
};

/* Clean bytes that `block_bytes` raw ones will need, by what was seen so far. */
static size_t expected_bytes(struct pipeline *pipeline, size_t block_bytes)
{
    size_t expansion_16 =
        atomic_load_explicit(&pipeline->shared.expansion_16, memory_order_relaxed);
    return block_bytes / 16 * expansion_16 + ARENA_CHUNK_MIN_BYTES;
}

static size_t used_bytes(struct pipeline *pipeline)
{
    return arena_pool_usage(pipeline->raw).used_bytes +
           arena_pool_usage(pipeline->clean).used_bytes +
           atomic_load_explicit(&pipeline->shared.reserved_bytes, memory_order_relaxed);
}

/* What is used, what is on its way to being used, and this block fit in buffer.memory, and the
 * process in memory.limit. Where no required output waits for anything, every block fits: a line
 * that is longer than the memory must get through alone, and an output that is not required must
 * not hold up the others. */
bool pipeline_room_is_there(struct pipeline *pipeline, size_t capacity)
{
    if (pipeline->waiting_count == 0)
        return true;
    return !pipeline->is_over_limit &&
           used_bytes(pipeline) + capacity + expected_bytes(pipeline, capacity) <=
               pipeline->options.memory_bytes;
}

void pipeline_room_watch(struct pipeline *pipeline)
{
    int64_t limit_bytes = pipeline->options.limit_bytes;
    uint64_t now_ms = uv_now(pipeline->options.loop);
    if (limit_bytes == 0 || now_ms < pipeline->watch_after_ms)
        return;
    pipeline->watch_after_ms = now_ms + WATCH_MS;
    bool was_over = pipeline->is_over_limit;
    /* Before the limit, since the kernel ends who is at it; and away from it, lest it goes to and
     * fro. */
    int64_t bound_bytes = was_over ? limit_bytes / 8 * 7 : limit_bytes / 16 * 15;
    int64_t held_bytes = memory_anonymous_bytes();
    if (held_bytes > bound_bytes) {
        malloc_trim(0);
        held_bytes = memory_anonymous_bytes();
    }
    pipeline->is_over_limit = held_bytes > bound_bytes;
    if (pipeline->options.metrics)
        metrics_set(pipeline->options.metrics, GAUGE_OVER_MEMORY_LIMIT, 0, pipeline->is_over_limit);
    if (pipeline->is_over_limit && !was_over)
        log_warn("memory.limit is near: inputs wait for what is in flight",
                 log_integer("held_bytes", held_bytes), log_integer("limit_bytes", limit_bytes));
    else if (was_over && !pipeline->is_over_limit)
        log_info("memory.limit is far again", log_integer("held_bytes", held_bytes));
}

void pipeline_room_reserve(struct pipeline *pipeline, struct batch *batch, size_t block_bytes)
{
    size_t before = batch->reserved_bytes;
    batch->reserved_bytes = block_bytes > 0 ? expected_bytes(pipeline, block_bytes) : 0;
    atomic_fetch_add(&pipeline->shared.reserved_bytes, batch->reserved_bytes - before);
}

void pipeline_room_pause(struct pipeline *pipeline, struct input *input)
{
    if (!input->is_paused)
        pipeline_input_count(pipeline, input, METRIC_PAUSES, 1);
    input->is_paused = true;
    atomic_store(&pipeline->is_paused, true);
}

void pipeline_room_resume(struct pipeline *pipeline)
{
    if (!atomic_load_explicit(&pipeline->is_paused, memory_order_relaxed))
        return;
    bool any_paused = false;
    for (unsigned i = 0; i < pipeline->inputs_open; i++) {
        struct input *input = &pipeline->inputs[i];
        if (input->is_paused && pipeline_room_is_there(pipeline, PIPELINE_BLOCK_BYTES)) {
            input->is_paused = false;
            input->type->resume(input);
        }
        any_paused = any_paused || input->is_paused;
    }
    atomic_store(&pipeline->is_paused, any_paused);
}
