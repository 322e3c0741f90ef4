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

const struct frame_type *frame_find(const char *name)
{
    const struct frame_type *const *type = frame_types;
    while (*type && strcmp((*type)->name, name) != 0)
        type++;
    return *type;
}

int framer_new(const char *name, size_t max_line_bytes, struct framer **ret_framer)
{
    const struct frame_type *type = NULL;
    if (strcmp(name, "auto") != 0) {
        type = frame_find(name);
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

const struct frame_type *frame_recognize(const char *block, size_t size)
{
    const char *end = block + size;
    for (const char *line = block; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_size = (size_t)((newline ? newline : end) - line);
        if (line_size > 0 && line[line_size - 1] == '\r')
            line_size--;
        if (line_size > 0)
            return recognize(line, line_size);
        line = newline ? newline + 1 : end;
    }
    return NULL;
}

int framer_run(struct framer *framer, struct batch *batch)
{
    if (!framer->type) {
        const struct frame_type *type = frame_recognize(batch->block, batch->block_size);
        /* Empty lines decide nothing and are the same in every framing that passes them. */
        if (!type)
            return recognize("", 0)->frame(framer, batch);
        int error = set_type(framer, type);
        if (error < 0)
            return error;
    }
    return framer->type->frame(framer, batch);
}
