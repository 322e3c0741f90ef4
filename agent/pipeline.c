#include "agent/pipeline.h"

#include "agent/generation.h"
#include "agent/metrics.h"
#include "agent/queue.h"
#include "agent/redact.h"
#include "agent/state.h"
#include "agent/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    /* The largest chunk that is kept: a block of PIPELINE_BLOCK_BYTES with its head. */
    CHUNK_BYTES = 256 * 1024,
    WORKERS_MAX = 64,
    TICK_MS = 1000,
};

/* The descriptor of an output's `done` queue, watched by the loop. */
struct done_watch {
    uv_poll_t poll;
    struct pipeline *pipeline;
    unsigned output;
};

struct pipeline {
    struct pipeline_options options;
    struct generation *generation;
    struct redactor *redactor; /* of this generation, for the paths of sources */
    struct arena_pool *raw;
    struct arena_pool *clean;

    struct input *inputs;
    unsigned input_count;
    unsigned inputs_open;
    struct output *outputs;
    unsigned output_count;
    struct worker_shared shared;
    struct worker *workers[WORKERS_MAX];
    unsigned worker_count;
    unsigned next_worker;

    struct source *sources;
    size_t batch_count;   /* submitted, and not yet out of the window */
    size_t waiting_count; /* made, and not yet acknowledged by every required output */
    unsigned required;    /* one bit for each required output; all where none is */
    bool is_draining;
    bool is_finished;

    struct done_watch done[BATCH_OUTPUTS_MAX];
    unsigned done_count;
    uv_async_t wake; /* a worker encoded or failed */
    uv_timer_t tick;
    bool has_handles;
    atomic_bool is_paused; /* an input waits for room */
    atomic_int failure;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- memory ---- */

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

/* What is used, what is on its way to being used, and this block fit in buffer.memory. Where no
 * required output waits for anything, every block fits: a line that is longer than the memory must
 * get through alone, and an output that is not required must not hold up the others. */
static bool has_room(struct pipeline *pipeline, size_t capacity)
{
    return pipeline->waiting_count == 0 ||
           used_bytes(pipeline) + capacity + expected_bytes(pipeline, capacity) <=
               pipeline->options.memory_bytes;
}

static void reserve(struct pipeline *pipeline, struct batch *batch, size_t block_bytes)
{
    size_t before = batch->reserved_bytes;
    batch->reserved_bytes = block_bytes > 0 ? expected_bytes(pipeline, block_bytes) : 0;
    atomic_fetch_add(&pipeline->shared.reserved_bytes, batch->reserved_bytes - before);
}

static void pause_input(struct pipeline *pipeline, struct input *input)
{
    if (!input->is_paused)
        pipeline_input_count(pipeline, input, METRIC_PAUSES, 1);
    input->is_paused = true;
    atomic_store(&pipeline->is_paused, true);
}

/* Lets paused inputs read on when there is room for a good block, one after the other. */
static void resume_inputs(struct pipeline *pipeline)
{
    if (!atomic_load_explicit(&pipeline->is_paused, memory_order_relaxed))
        return;
    bool any_paused = false;
    for (unsigned i = 0; i < pipeline->inputs_open; i++) {
        struct input *input = &pipeline->inputs[i];
        if (input->is_paused && has_room(pipeline, PIPELINE_BLOCK_BYTES)) {
            input->is_paused = false;
            input->type->resume(input);
        }
        any_paused = any_paused || input->is_paused;
    }
    atomic_store(&pipeline->is_paused, any_paused);
}

/* ---- batches ---- */

struct batch *pipeline_batch_new(struct pipeline *pipeline, struct source *source, size_t capacity)
{
    struct batch *batch;
    if (!has_room(pipeline, capacity) ||
        batch_new(pipeline->raw, pipeline->clean, capacity, &batch) < 0) {
        pause_input(pipeline, source->input);
        return NULL;
    }
    batch->source = source;
    batch->generation = generation_ref(pipeline->generation);
    pipeline->waiting_count++;
    reserve(pipeline, batch, capacity);
    return batch;
}

int pipeline_batch_grow(struct pipeline *pipeline, struct batch *batch, size_t capacity)
{
    int r = batch_grow(batch, capacity);
    if (r < 0)
        return r;
    reserve(pipeline, batch, capacity);
    return 0;
}

static void free_batch(struct batch *batch)
{
    generation_unref(batch->generation);
    batch_free(batch);
}

void pipeline_batch_drop(struct pipeline *pipeline, struct batch *batch)
{
    reserve(pipeline, batch, 0);
    pipeline->waiting_count--;
    free_batch(batch);
}

void pipeline_submit(struct pipeline *pipeline, struct batch *batch)
{
    struct source *source = batch->source;
    /* The source's id is on disk before its first record leaves: after a crash the same bytes must
     * get the same id, or nobody could tell the copies. Files found together share one fsync. When
     * the disk is full the records go on all the same. */
    if (source->next_sequence == 0)
        state_flush(pipeline->options.state);
    reserve(pipeline, batch, batch->block_size);
    batch->read_time_ns = clock_ns(CLOCK_REALTIME);
    batch->read_clock_ns = clock_ns(CLOCK_MONOTONIC);
    source_window_push(source, batch);
    source->end_offset = batch->end_offset;
    pipeline->batch_count++;
    worker_give(pipeline->workers[source->worker], batch);
}

/* ---- sources ---- */

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

/* The redactor of the newest generation, for what is shown of inputs. NULL without memory. */
static struct redactor *path_redactor(struct pipeline *pipeline)
{
    if (!pipeline->redactor)
        redactor_new(pipeline->generation->rules, &pipeline->redactor);
    return pipeline->redactor;
}

int pipeline_source_new(struct pipeline *pipeline, struct input *input, const char *path,
                        const uint8_t *id, const uint64_t *checkpoints, struct source **ret_source)
{
    struct clean shown = {0};
    if (path) {
        struct redactor *redactor = path_redactor(pipeline);
        if (!redactor)
            return -ENOMEM;
        int error = redact_copy(redactor, (struct raw){path, strlen(path)}, &shown);
        if (error < 0)
            return error;
    }
    struct source *source;
    int r = source_new(id, shown, checkpoints, pipeline->output_count, &source);
    if (r < 0) {
        free((char *)shown.data);
        return r;
    }
    source->input = input;
    source->worker = pipeline->next_worker++ % pipeline->worker_count;
    source->next = pipeline->sources;
    pipeline->sources = source;
    *ret_source = source;
    return 0;
}

static void free_source(struct pipeline *pipeline, struct source *source)
{
    struct source **link = &pipeline->sources;
    while (*link != source)
        link = &(*link)->next;
    *link = source->next;
    worker_forget_source(source);
    source_free(source);
}

uint64_t pipeline_source_checkpoint(const struct pipeline *pipeline, const struct source *source)
{
    uint64_t required = UINT64_MAX;
    uint64_t any = UINT64_MAX;
    for (unsigned i = 0; i < pipeline->output_count; i++) {
        uint64_t checkpoint = source->checkpoint[i];
        if (checkpoint < any)
            any = checkpoint;
        if (pipeline->outputs[i].required && checkpoint < required)
            required = checkpoint;
    }
    return required < UINT64_MAX ? required : any;
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

static void tell_input(struct pipeline *pipeline, struct source *source)
{
    const struct input_type *type = source->input->type;
    if (!type->acknowledged)
        return;
    /* With nothing in flight all is acknowledged, also what is to be read again after a restart. */
    uint64_t offset = pipeline_source_checkpoint(pipeline, source);
    if (!source->oldest && offset < source->end_offset)
        offset = source->end_offset;
    type->acknowledged(source->input, source, offset);
}

void pipeline_source_end(struct pipeline *pipeline, struct source *source)
{
    source->ended = true;
    if (!source->oldest) {
        tell_input(pipeline, source);
        free_source(pipeline, source);
    }
}

/* ---- the way back ---- */

static void finish(struct pipeline *pipeline, int error)
{
    if (pipeline->is_finished)
        return;
    pipeline->is_finished = true;
    pipeline->options.finished(pipeline->options.user, error);
}

static bool all_inputs_done(const struct pipeline *pipeline)
{
    for (unsigned i = 0; i < pipeline->input_count; i++) {
        if (!pipeline->inputs[i].is_done)
            return false;
    }
    return true;
}

/* Bits of the outputs whose far side wants no more. */
static unsigned gone_outputs(const struct pipeline *pipeline)
{
    unsigned gone = 0;
    for (unsigned i = 0; i < pipeline->output_count; i++)
        gone |= (unsigned)atomic_load(&pipeline->outputs[i].is_gone) << i;
    return gone;
}

/* Whether nothing is in flight but what only outputs that are gone still hold. */
static bool is_empty(const struct pipeline *pipeline)
{
    unsigned all = (1U << pipeline->output_count) - 1;
    unsigned gone = gone_outputs(pipeline);
    if (pipeline->batch_count == 0 || gone == 0)
        return pipeline->batch_count == 0;
    for (const struct source *source = pipeline->sources; source; source = source->next) {
        for (const struct batch *batch = source->oldest; batch; batch = batch->next_in_source) {
            if ((batch->acknowledged | gone) != all)
                return false;
        }
    }
    return true;
}

static void finish_when_empty(struct pipeline *pipeline)
{
    unsigned all = (1U << pipeline->output_count) - 1;
    if (pipeline->is_draining && gone_outputs(pipeline) == all) {
        finish(pipeline, 0); /* nobody is left to read for */
        return;
    }
    if (pipeline->inputs_open == pipeline->input_count && all_inputs_done(pipeline) &&
        is_empty(pipeline))
        finish(pipeline, 0);
}

void pipeline_input_done(struct pipeline *pipeline, struct input *input)
{
    input->is_done = true;
    if (!all_inputs_done(pipeline))
        return;
    for (unsigned i = 0; i < pipeline->output_count; i++)
        output_flush(&pipeline->outputs[i]);
    /* Not from within the input's call: `finished` may lead to its close. */
    uv_async_send(&pipeline->wake);
}

static bool is_waiting(const struct pipeline *pipeline, const struct batch *batch)
{
    return (batch->acknowledged & pipeline->required) != pipeline->required;
}

static void acknowledge(struct pipeline *pipeline, struct batch *batch, unsigned output)
{
    struct source *source = batch->source;
    bool was_waiting = is_waiting(pipeline, batch);
    if (source_window_acknowledge(source, batch, output))
        state_put_checkpoint(pipeline->options.state, source->id, pipeline->outputs[output].id,
                             source->checkpoint[output]);
    if (was_waiting && !is_waiting(pipeline, batch))
        pipeline->waiting_count--;
    if (batch->acknowledged == (1u << pipeline->output_count) - 1)
        arena_reset(&batch->clean); /* its place in the window may have to wait, its memory not */
    bool any = false;
    for (struct batch *done; (done = source_window_pop(source, pipeline->output_count));) {
        free_batch(done);
        pipeline->batch_count--;
        any = true;
    }
    if (any) {
        tell_input(pipeline, source);
        if (source->ended && !source->oldest)
            free_source(pipeline, source);
    }
}

static void on_done(uv_poll_t *poll, int status, int events)
{
    struct done_watch *watch = poll->data;
    struct pipeline *pipeline = watch->pipeline;
    struct output *output = &pipeline->outputs[watch->output];
    bool any = false;
    for (struct batch *batch; (batch = queue_pop(output->done));) {
        acknowledge(pipeline, batch, watch->output);
        any = true;
    }
    if (!any)
        return;
    if (pipeline->options.metrics)
        metrics_set(pipeline->options.metrics, GAUGE_LAST_ACKNOWLEDGEMENT_NS, watch->output,
                    clock_ns(CLOCK_REALTIME));
    resume_inputs(pipeline);
    finish_when_empty(pipeline);
}

static void on_wake(uv_async_t *async)
{
    struct pipeline *pipeline = async->data;
    int failure = atomic_load(&pipeline->failure);
    if (failure < 0) {
        finish(pipeline, failure);
        return;
    }
    resume_inputs(pipeline);
    finish_when_empty(pipeline);
}

/* On a worker's thread. */
static void on_encoded(void *user)
{
    struct pipeline *pipeline = user;
    if (atomic_load_explicit(&pipeline->is_paused, memory_order_relaxed))
        uv_async_send(&pipeline->wake);
}

/* On a worker's thread. */
static void on_failed(void *user, int error)
{
    struct pipeline *pipeline = user;
    atomic_store(&pipeline->failure, error);
    uv_async_send(&pipeline->wake);
}

/* ---- the clock ---- */

static void set_input_gauges(struct pipeline *pipeline, struct metrics *metrics)
{
    for (unsigned i = 0; i < pipeline->inputs_open; i++) {
        struct input *input = &pipeline->inputs[i];
        int64_t oldest_ns = 0;
        for (const struct source *source = pipeline->sources; source; source = source->next) {
            if (source->input == input && source->oldest &&
                (oldest_ns == 0 || source->oldest->read_clock_ns < oldest_ns))
                oldest_ns = source->oldest->read_clock_ns;
        }
        metrics_set(metrics, GAUGE_OLDEST_UNACKNOWLEDGED_NS, i, oldest_ns);
        if (input->type->lag_bytes)
            metrics_set(metrics, GAUGE_LAG_BYTES, i, (int64_t)input->type->lag_bytes(input));
    }
}

static void set_output_gauges(struct pipeline *pipeline, struct metrics *metrics)
{
    for (unsigned i = 0; i < pipeline->output_count; i++) {
        struct output *output = &pipeline->outputs[i];
        struct queue_usage usage = queue_usage(output->queue);
        char why[256];
        metrics_set(metrics, GAUGE_QUEUE_BYTES, i, (int64_t)usage.bytes);
        metrics_set(metrics, GAUGE_QUEUE_BATCHES, i, (int64_t)usage.batches);
        metrics_set(metrics, GAUGE_READY, i, output->type->is_ready(output, why, sizeof why));
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct pipeline *pipeline = timer->data;
    arena_pool_trim(pipeline->raw);
    arena_pool_trim(pipeline->clean);
    if (pipeline->options.metrics) {
        set_input_gauges(pipeline, pipeline->options.metrics);
        set_output_gauges(pipeline, pipeline->options.metrics);
    }
    /* The system may have been without memory when an input asked. */
    resume_inputs(pipeline);
}

/* ---- start ---- */

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

static int start_workers(struct pipeline *pipeline)
{
    unsigned count = pipeline->options.workers;
    if (count == 0)
        count = worker_processors();
    if (count > WORKERS_MAX)
        count = WORKERS_MAX;
    pipeline->shared.outputs = pipeline->outputs;
    pipeline->shared.output_count = pipeline->output_count;
    pipeline->shared.metrics = pipeline->options.metrics;
    pipeline->shared.health = pipeline->options.health;
    pipeline->shared.encoded = on_encoded;
    pipeline->shared.failed = on_failed;
    pipeline->shared.user = pipeline;
    /* Until something was encoded, the worst that is usual: ECS of lines of thirty bytes. */
    atomic_store(&pipeline->shared.expansion_16, 16 * 16);
    while (pipeline->worker_count < count) {
        int r = worker_new(&pipeline->shared, &pipeline->workers[pipeline->worker_count]);
        if (r < 0)
            return r;
        pipeline->worker_count++;
    }
    return 0;
}

static int open_outputs(struct pipeline *pipeline, const struct pipeline_output *outputs,
                        size_t count, const char **ret_id, struct clean *ret_error)
{
    pipeline->outputs = calloc(count, sizeof *pipeline->outputs);
    if (!pipeline->outputs)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct output *output = &pipeline->outputs[pipeline->output_count++];
        output->type = outputs[i].type;
        output->id = outputs[i].id;
        output->config = outputs[i].config;
        output->required = outputs[i].required;
        output->is_quarantine = outputs[i].is_quarantine;
        output->index = (unsigned)i;
        output->buffer_bytes = pipeline->options.memory_bytes;
        output->pipeline = pipeline;
        output->metrics = pipeline->options.metrics;
        output->health = pipeline->options.health;
        int r = output_init(output, ret_error);
        if (r < 0) {
            *ret_id = output->id;
            return r;
        }
        if (output->required)
            pipeline->required |= 1u << i;
    }
    if (pipeline->required == 0)
        pipeline->required = (1u << count) - 1;
    return 0;
}

static int start_outputs(struct pipeline *pipeline)
{
    for (unsigned i = 0; i < pipeline->output_count; i++) {
        struct output *output = &pipeline->outputs[i];
        struct done_watch *watch = &pipeline->done[i];
        watch->pipeline = pipeline;
        watch->output = i;
        int r = uv_poll_init(pipeline->options.loop, &watch->poll, queue_descriptor(output->done));
        if (r < 0)
            return r;
        pipeline->done_count++;
        watch->poll.data = watch;
        r = uv_poll_start(&watch->poll, UV_READABLE, on_done);
        if (r < 0)
            return r;
        r = output_start(output);
        if (r < 0)
            return r;
    }
    return 0;
}

static int open_inputs(struct pipeline *pipeline, const struct pipeline_input *inputs, size_t count,
                       const char **ret_id)
{
    pipeline->inputs = calloc(count, sizeof *pipeline->inputs);
    if (!pipeline->inputs)
        return -ENOMEM;
    pipeline->input_count = (unsigned)count;
    for (size_t i = 0; i < count; i++) {
        const struct input_type *type = inputs[i].type;
        struct input *input = &pipeline->inputs[i];
        *input = (struct input){
            .type = type,
            .id = inputs[i].id,
            .config = inputs[i].config,
            .loop = pipeline->options.loop,
            .pipeline = pipeline,
            .index = (unsigned)i,
            .frame = inputs[i].frame,
            .parser = inputs[i].parser,
            .parse = inputs[i].parse,
            .max_line_bytes = inputs[i].max_line_bytes,
            .until_eof = inputs[i].until_eof,
        };
        *ret_id = input->id;
        input->state = calloc(1, type->state_size > 0 ? type->state_size : 1);
        if (!input->state)
            return -ENOMEM;
        int r = type->open(input);
        if (r < 0) {
            free(input->state);
            return r;
        }
        pipeline->inputs_open++;
    }
    *ret_id = NULL;
    return 0;
}

int pipeline_start(struct pipeline *pipeline, const struct pipeline_input *inputs,
                   size_t input_count, const struct pipeline_output *outputs, size_t output_count,
                   const char **ret_id, struct clean *ret_error)
{
    *ret_id = NULL;
    if (input_count == 0 || output_count == 0 || output_count > BATCH_OUTPUTS_MAX)
        return -EINVAL;
    int r = open_outputs(pipeline, outputs, output_count, ret_id, ret_error);
    if (r >= 0)
        r = start_workers(pipeline);
    if (r >= 0)
        r = start_outputs(pipeline);
    if (r >= 0)
        r = uv_timer_start(&pipeline->tick, on_tick, TICK_MS, TICK_MS);
    if (r >= 0)
        r = open_inputs(pipeline, inputs, input_count, ret_id);
    return r;
}

void pipeline_use_generation(struct pipeline *pipeline, struct generation *generation)
{
    pipeline->redactor = redactor_free(pipeline->redactor);
    generation_unref(pipeline->generation);
    pipeline->generation = generation;
}

/* ---- end ---- */

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
            free_batch(batch);
        }
        free_source(pipeline, source);
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
