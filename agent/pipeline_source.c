#include "agent/pipeline_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

void pipeline_source_free(struct pipeline *pipeline, struct source *source)
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

void pipeline_source_tell(struct pipeline *pipeline, struct source *source)
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
        pipeline_source_tell(pipeline, source);
        pipeline_source_free(pipeline, source);
    }
}
