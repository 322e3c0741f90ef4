#include "agent/pipeline_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    /* The largest chunk that is kept: a block of PIPELINE_BLOCK_BYTES with its head. */
    CHUNK_BYTES = 256 * 1024,
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- what an input calls ---- */

void pipeline_submit(struct pipeline *pipeline, struct batch *batch)
{
    struct source *source = batch->source;
    /* The source's id is on disk before its first record leaves: after a crash the same bytes must
     * get the same id, or nobody could tell the copies. Files found together share one fsync. When
     * the disk is full the records go on all the same. */
    if (source->next_sequence == 0)
        state_flush(pipeline->options.state);
    pipeline_room_reserve(pipeline, batch, batch->block_size);
    batch->read_time_ns = clock_ns(CLOCK_REALTIME);
    batch->read_clock_ns = clock_ns(CLOCK_MONOTONIC);
    source_window_push(source, batch);
    source->end_offset = batch->end_offset;
    pipeline->batch_count++;
    worker_give(pipeline->workers[source->worker], batch);
}

void pipeline_checkpoints(struct pipeline *pipeline, const uint8_t id[SOURCE_ID_SIZE],
                          uint64_t start, uint64_t ret_checkpoints[BATCH_OUTPUTS_MAX])
{
    memset(ret_checkpoints, 0, BATCH_OUTPUTS_MAX * sizeof *ret_checkpoints);
    for (unsigned i = 0; i < pipeline->output_count; i++) {
        uint64_t offset = 0;
        state_checkpoint(pipeline->options.state, id, pipeline->outputs[i].id, &offset);
        ret_checkpoints[i] = offset > start ? offset : start;
    }
}

void pipeline_input_count(struct pipeline *pipeline, struct input *input, enum metric metric,
                          uint64_t count)
{
    if (pipeline->options.metrics)
        metrics_add(pipeline->options.metrics, metric, input->index, count);
}

void pipeline_input_gauge(struct pipeline *pipeline, struct input *input, enum metric_gauge gauge,
                          int64_t value)
{
    if (pipeline->options.metrics)
        metrics_set(pipeline->options.metrics, gauge, input->index, value);
}

void pipeline_input_done(struct pipeline *pipeline, struct input *input)
{
    input->is_done = true;
    if (!pipeline_finish_inputs_are_done(pipeline))
        return;
    for (unsigned i = 0; i < pipeline->output_count; i++)
        output_flush(&pipeline->outputs[i]);
    /* Not from within the input's call: `finished` may lead to its close. */
    uv_async_send(&pipeline->wake);
}

/* ---- life ---- */

static void on_wake(uv_async_t *async)
{
    struct pipeline *pipeline = async->data;
    int failure = atomic_load(&pipeline->failure);
    if (failure < 0) {
        pipeline_finish(pipeline, failure);
        return;
    }
    pipeline_room_resume(pipeline);
    pipeline_finish_when_empty(pipeline);
}

int pipeline_new(const struct pipeline_options *options, struct generation *generation,
                 struct pipeline **ret_pipeline)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline) {
        generation_unref(generation);
        return -ENOMEM;
    }
    pipeline->options = *options;
    pipeline->generation = generation;
    int r = arena_pool_new(ARENA_RAW, CHUNK_BYTES, options->memory_bytes, &pipeline->raw);
    if (r >= 0)
        r = arena_pool_new(ARENA_CLEAN, CHUNK_BYTES, options->memory_bytes, &pipeline->clean);
    if (r >= 0)
        r = uv_async_init(options->loop, &pipeline->wake, on_wake);
    if (r < 0) {
        pipeline_free(pipeline);
        return r;
    }
    uv_timer_init(options->loop, &pipeline->tick);
    pipeline->wake.data = pipeline;
    pipeline->tick.data = pipeline;
    pipeline->has_handles = true;
    *ret_pipeline = pipeline;
    return 0;
}

void pipeline_use_generation(struct pipeline *pipeline, struct generation *generation)
{
    pipeline->redactor = redactor_free(pipeline->redactor);
    generation_unref(pipeline->generation);
    pipeline->generation = generation;
}

void pipeline_drain(struct pipeline *pipeline)
{
    if (pipeline->is_draining)
        return;
    pipeline->is_draining = true;
    for (unsigned i = 0; i < pipeline->inputs_open; i++) {
        struct input *input = &pipeline->inputs[i];
        if (!input->is_done)
            input->type->drain(input);
    }
    uv_async_send(&pipeline->wake);
}

void pipeline_reopen(struct pipeline *pipeline)
{
    for (unsigned i = 0; i < pipeline->output_count; i++) {
        struct output *output = &pipeline->outputs[i];
        if (output->type->reopen)
            output->type->reopen(output);
    }
}

size_t pipeline_left(const struct pipeline *pipeline,
                     void (*each)(void *user, const struct pipeline_left *left), void *user)
{
    size_t count = 0;
    for (const struct source *source = pipeline->sources; source; source = source->next) {
        for (unsigned i = 0; source->newest && i < pipeline->output_count; i++) {
            struct pipeline_left left = {
                .source_id = source->id_text,
                .output_id = pipeline->outputs[i].id,
                .from = source->checkpoint[i],
                .to = source->newest->end_offset,
            };
            if (left.from >= left.to)
                continue;
            each(user, &left);
            count++;
        }
    }
    return count;
}

static void free_sources(struct pipeline *pipeline)
{
    while (pipeline->sources) {
        struct source *source = pipeline->sources;
        while (source->oldest) {
            struct batch *batch = source->oldest;
            source->oldest = batch->next_in_source;
            pipeline_batch_free(batch);
        }
        pipeline_source_free(pipeline, source);
    }
}

/* Handles close on a turn of the loop; what else the loop holds by then is not ours to wait for. */
static void close_handles(struct pipeline *pipeline)
{
    for (unsigned i = 0; i < pipeline->done_count; i++)
        uv_close((uv_handle_t *)&pipeline->done[i].poll, NULL);
    if (pipeline->has_handles) {
        uv_close((uv_handle_t *)&pipeline->wake, NULL);
        uv_close((uv_handle_t *)&pipeline->tick, NULL);
    }
    uv_run(pipeline->options.loop, UV_RUN_NOWAIT);
}

struct pipeline *pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline)
        return NULL;
    pipeline->is_finished = true;
    for (unsigned i = 0; i < pipeline->inputs_open; i++)
        pipeline->inputs[i].type->close(&pipeline->inputs[i]);
    for (unsigned i = 0; i < pipeline->worker_count; i++)
        worker_free(pipeline->workers[i]);
    for (unsigned i = 0; i < pipeline->output_count; i++)
        output_stop(&pipeline->outputs[i]);
    close_handles(pipeline);
    for (unsigned i = 0; i < pipeline->output_count; i++)
        output_finish(&pipeline->outputs[i]);
    free_sources(pipeline);
    for (unsigned i = 0; i < pipeline->inputs_open; i++)
        free(pipeline->inputs[i].state);
    redactor_free(pipeline->redactor);
    generation_unref(pipeline->generation);
    arena_pool_free(pipeline->raw);
    arena_pool_free(pipeline->clean);
    free(pipeline->inputs);
    free(pipeline->outputs);
    free(pipeline);
    return NULL;
}

/* ---- what others ask ---- */

struct state *pipeline_state(struct pipeline *pipeline)
{
    return pipeline->options.state;
}

struct metrics *pipeline_metrics(struct pipeline *pipeline)
{
    return pipeline->options.metrics;
}

const struct generation *pipeline_generation(const struct pipeline *pipeline)
{
    return pipeline->generation;
}

struct pipeline_usage pipeline_usage(const struct pipeline *pipeline)
{
    return (struct pipeline_usage){
        .raw = arena_pool_usage(pipeline->raw),
        .clean = arena_pool_usage(pipeline->clean),
    };
}

struct output *pipeline_outputs(struct pipeline *pipeline, unsigned *ret_count)
{
    *ret_count = pipeline->output_count;
    return pipeline->outputs;
}
