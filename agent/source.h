#pragma once
/* A source: one file generation or one stream. Order is promised within it, checkpoints belong to
 * it.
 *
 * Made, held and freed by the loop thread. What is under `worker` below belongs to the worker that
 * the source keeps to. In flight are the batches that were submitted and not yet acknowledged by
 * every output; they are kept in order (the window), and for each output the checkpoint moves over
 * the leading run that it has acknowledged, never past a hole. */
#include "agent/batch.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SOURCE_ID_SIZE = 16,
};

struct encode_source;
struct framer;
struct generation;
struct input;

struct source {
    uint8_t id[SOURCE_ID_SIZE];           /* random; never from path or content */
    char id_text[2 * SOURCE_ID_SIZE + 1]; /* lower-case hex: `blotter.source` */
    struct input *input;
    void *input_data;  /* the input's own state of this source */
    struct clean path; /* redacted at open; empty for a stream. Owned by the source */
    unsigned worker;   /* index of the worker it keeps to */
    /* per output: what it had acknowledged when the source was opened, and skips. Constant */
    uint64_t resume[BATCH_OUTPUTS_MAX];

    /* worker: NULL, or 0, until its first batch */
    uint32_t redact_state[RECORD_STREAMS]; /* blot_state_after of what was redacted, by stream */
    uint64_t restart;                      /* the checkpoint of its newest batch */
    struct framer *framer;
    struct encode_source *constant;
    struct generation *constant_generation; /* referenced: `constant` is made from it */

    /* loop */
    struct source *next; /* link of the pipeline's list */
    uint64_t next_sequence;
    uint64_t end_offset;  /* of its newest batch */
    struct batch *oldest; /* the window, linked by next_in_source */
    struct batch *newest;
    struct batch
        *first_pending[BATCH_OUTPUTS_MAX]; /* oldest without that output's acknowledgement */
    size_t in_flight_bytes;                /* block bytes of the window */
    /* per output: everything before this offset is acknowledged. Reading resumes at the lowest */
    uint64_t checkpoint[BATCH_OUTPUTS_MAX];
    bool ended; /* no further batch will come; freed when nothing is in flight */
};

/* A source with `id`, or a new random one where it is NULL, and `checkpoints` (one for each of
 * `output_count` outputs; NULL: all 0). Takes over `path`, which is from malloc or empty.
 * 0, -ENOMEM, or what getrandom gives. */
int source_new(const uint8_t *id, struct clean path, const uint64_t *checkpoints,
               size_t output_count, struct source **ret_source);
/* The window is empty, and framer and constant are released. */
struct source *source_free(struct source *source);

/* Puts a batch that was submitted at the end of the window and gives it its sequence. */
void source_window_push(struct source *source, struct batch *batch);
/* The output has the whole batch. Returns whether its checkpoint moved. */
bool source_window_acknowledge(struct source *source, struct batch *batch, unsigned output);
/* Removes the oldest batch from the window when all `output_count` outputs have it; else NULL. */
struct batch *source_window_pop(struct source *source, unsigned output_count);
