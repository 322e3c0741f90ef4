#include "agent/pipeline_parts.h"

#include <time.h>

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
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
        pipeline_batch_free(done);
        pipeline->batch_count--;
        any = true;
    }
    if (any) {
        pipeline_source_tell(pipeline, source);
        if (source->ended && !source->oldest)
            pipeline_source_free(pipeline, source);
    }
}

void pipeline_done_take(uv_poll_t *poll, int status, int events)
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
    pipeline_room_resume(pipeline);
    pipeline_finish_when_empty(pipeline);
}
