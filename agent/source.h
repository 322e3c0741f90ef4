#pragma once
/* A source: one file generation or one stream. Order is promised within it, checkpoints belong to
 * it.
 *
 * Made, held and freed by the loop thread. `framing` alone belongs to the worker that the source
 * keeps to. In flight are the batches that were submitted and not yet acknowledged by every output;
 * they are kept in order, and for each output the checkpoint moves over the leading run that it has
 * acknowledged, never past a hole. */
#include "agent/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SOURCE_ID_SIZE = 16,
};

struct batch;
struct input;
struct framer;

struct source {
    uint8_t id[SOURCE_ID_SIZE];           /* random; never from path or content */
    char id_text[2 * SOURCE_ID_SIZE + 1]; /* lower-case hex: `blotter.source` */
    struct input *input;
    void *input_data;      /* the input's own state of this source */
    struct clean path;     /* redacted at open; empty for a stream. Owned by the source */
    unsigned worker;       /* index of the worker it keeps to */
    struct framer *framer; /* worker thread only; NULL until its first batch */

    uint64_t next_sequence;
    struct batch *oldest; /* in flight, oldest first, linked by the pipeline */
    size_t in_flight_bytes;
    /* per output: everything before this offset is acknowledged. Reading resumes at the lowest */
    uint64_t checkpoint[8];
    bool ended; /* no further batch will come; freed when nothing is in flight */
};
