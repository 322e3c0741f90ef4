#pragma once
/* An input brings bytes in. All of its functions run on the loop thread, none may block: reading is
 * driven by the loop's descriptors and timers (libuv: uv_poll, uv_timer; uv_fs_* is not used).
 *
 * An input makes a source for each file or stream, asks the pipeline for a batch, reads straight
 * into its block, and submits it. A block ends with a newline unless BATCH_CUT_END or BATCH_FINAL
 * is set: the rest of an unfinished line is the input's to keep and to put first into the next
 * block. The last batch of a source has BATCH_FINAL set, and may be empty. */
#include "agent/batch.h"
#include "agent/parse.h"
#include "agent/source.h"

#include <uv.h>

struct option;
struct pipeline;
struct input;

struct input_type {
    const char *name;
    const char *summary;
    const struct option *options; /* parsed into the config struct below */
    size_t config_size;
    size_t state_size; /* bytes at input->state, zeroed before open */

    /* Starts reading. `input->config`, `->id`, `->loop`, `->pipeline` are set. 0 or negative errno.
     */
    int (*open)(struct input *input);
    /* There is room again after pipeline_batch_new returned NULL. */
    void (*resume)(struct input *input);
    /* All outputs have acknowledged the source up to `offset`. NULL: the input does not care. */
    void (*acknowledged)(struct input *input, struct source *source, uint64_t offset);
    /* Reads what is there, submits the partial last lines, then no more (drain). Calls
     * pipeline_input_done when the last batch is submitted. */
    void (*drain)(struct input *input);
    /* Closes everything; the input's handles are closed with uv_close; sources are the pipeline's.
     */
    void (*close)(struct input *input);
    /* Bytes that are there to read and not yet read, for the lag metric. NULL: unknown. */
    uint64_t (*lag_bytes)(struct input *input);
};

struct input {
    const struct input_type *type;
    const char *id;     /* from the configuration; a metric label */
    const void *config; /* config_size bytes, filled from the options */
    uv_loop_t *loop;
    struct pipeline *pipeline;
    void *state;
    unsigned index;    /* metrics: which input */
    const char *frame; /* name of its framing */
    const struct parse_type *parser;
    struct parse_options parse;
    size_t max_line_bytes;
    bool is_paused; /* the pipeline's: resume is due when there is room */
    bool is_done;   /* the pipeline's: it has submitted its last batch */
    bool until_eof; /* run --until-eof: call pipeline_input_done at the end of what is there */
};
