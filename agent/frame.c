#include "agent/frame.h"

#include "agent/component_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct frame_type *const frame_types[] = {COMPONENT_FRAME_ROWS NULL};

static int set_type(struct framer *framer, const struct frame_type *type)
{
    if (type->state_size > 0) {
        framer->state = calloc(1, type->state_size);
        if (!framer->state)
            return -ENOMEM;
    }
    framer->type = type;
    return 0;
}

int framer_new(const char *name, size_t max_line_bytes, struct framer **ret_framer)
{
    const struct frame_type *type = NULL;
    if (strcmp(name, "auto") != 0) {
        for (const struct frame_type *const *t = frame_types; *t && !type; t++) {
            if (strcmp((*t)->name, name) == 0)
                type = *t;
        }
        if (!type)
            return -ENOENT;
    }
    struct framer *framer = calloc(1, sizeof(*framer));
    if (!framer)
        return -ENOMEM;
    framer->max_line_bytes = max_line_bytes;
    if (type && set_type(framer, type) < 0) {
        free(framer);
        return -ENOMEM;
    }
    *ret_framer = framer;
    return 0;
}

struct framer *framer_free(struct framer *framer)
{
    if (!framer)
        return NULL;
    if (framer->type && framer->type->finish)
        framer->type->finish(framer);
    free(framer->state);
    free(framer);
    return NULL;
}

static const struct frame_type *recognize(const char *line, size_t size)
{
    const struct frame_type *const *t = frame_types;
    while (*t && (*t)->recognize && !(*t)->recognize(line, size))
        t++;
    return *t;
}

/* The type by the block's first line that is not empty; NULL when all are. */
static const struct frame_type *decide(const struct batch *batch)
{
    const char *line = batch->block;
    const char *end = line + batch->block_size;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t size = (size_t)((newline ? newline : end) - line);
        if (size > 0 && line[size - 1] == '\r')
            size--;
        if (size > 0)
            return recognize(line, size);
        line = newline + 1;
    }
    return NULL;
}

int framer_run(struct framer *framer, struct batch *batch)
{
    if (!framer->type) {
        const struct frame_type *type = decide(batch);
        /* Empty lines decide nothing and are the same in every framing that passes them. */
        if (!type)
            return recognize("", 0)->frame(framer, batch);
        int error = set_type(framer, type);
        if (error < 0)
            return error;
    }
    return framer->type->frame(framer, batch);
}
