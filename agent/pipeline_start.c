#include "agent/pipeline_parts.h"

#include <errno.h>
#include <stdlib.h>

enum {
    TICK_MS = 1000,
};

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

static int start_workers(struct pipeline *pipeline)
{
    unsigned count = pipeline->options.workers;
    if (count == 0)
        count = worker_processors();
    if (count > PIPELINE_WORKERS_MAX)
        count = PIPELINE_WORKERS_MAX;
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
        r = uv_poll_start(&watch->poll, UV_READABLE, pipeline_done_take);
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
    pipeline_room_watch(pipeline);
    int r = open_outputs(pipeline, outputs, output_count, ret_id, ret_error);
    if (r >= 0)
        r = start_workers(pipeline);
    if (r >= 0)
        r = start_outputs(pipeline);
    if (r >= 0)
        r = uv_timer_start(&pipeline->tick, pipeline_clock_tick, TICK_MS, TICK_MS);
    if (r >= 0)
        r = open_inputs(pipeline, inputs, input_count, ret_id);
    return r;
}
