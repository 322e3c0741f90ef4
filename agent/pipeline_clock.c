#include "agent/pipeline_parts.h"

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

/* The state counts by itself, since it knows no metrics. */
static void set_state_gauges(struct pipeline *pipeline, struct metrics *metrics)
{
    struct state_status status = state_status(pipeline->options.state);
    metrics_add(metrics, METRIC_STATE_WRITE_FAILURES, 0, status.failures - pipeline->told.failures);
    metrics_add(metrics, METRIC_STATE_REFUSED_FILES, 0, status.refused - pipeline->told.refused);
    metrics_set(metrics, GAUGE_STATE_UNWRITTEN_FILES, 0, (int64_t)status.unwritten);
    pipeline->told = status;
}

void pipeline_clock_tick(uv_timer_t *timer)
{
    struct pipeline *pipeline = timer->data;
    arena_pool_trim(pipeline->raw);
    arena_pool_trim(pipeline->clean);
    pipeline_room_watch(pipeline);
    if (pipeline->options.metrics) {
        set_input_gauges(pipeline, pipeline->options.metrics);
        set_output_gauges(pipeline, pipeline->options.metrics);
        set_state_gauges(pipeline, pipeline->options.metrics);
    }
    /* The system may have been without memory when an input asked. */
    pipeline_room_resume(pipeline);
}
