#include "agent/pipeline_parts.h"

void pipeline_finish(struct pipeline *pipeline, int error)
{
    if (pipeline->is_finished)
        return;
    pipeline->is_finished = true;
    pipeline->options.finished(pipeline->options.user, error);
}

bool pipeline_finish_inputs_are_done(const struct pipeline *pipeline)
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

void pipeline_finish_when_empty(struct pipeline *pipeline)
{
    unsigned all = (1U << pipeline->output_count) - 1;
    if (pipeline->is_draining && gone_outputs(pipeline) == all) {
        pipeline_finish(pipeline, 0); /* nobody is left to read for */
        return;
    }
    if (pipeline->inputs_open == pipeline->input_count &&
        pipeline_finish_inputs_are_done(pipeline) && is_empty(pipeline))
        pipeline_finish(pipeline, 0);
}
