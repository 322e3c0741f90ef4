#pragma once
/* A batch: a block of bytes that one read brought from one source, and the records in it. It is the
 * unit of work and of acknowledgement.
 *
 * Life: the input (loop thread) makes it, fills the block and submits it; one worker frames,
 * redacts, parses and encodes it, after which its raw arena is zeroed and returned; each output
 * holds one reference until it has an acknowledgement for every record; the last acknowledgement
 * hands it back to the loop thread, which moves the checkpoint and frees it.
 * Only `pending` is touched by two threads at a time. */
#include "agent/arena.h"
#include "agent/record.h"

#include <stdatomic.h>

struct generation;
struct source;

enum {
    BATCH_OUTPUTS_MAX = 8,
};

enum batch_flag {
    BATCH_CUT_END = 1 << 0, /* the last line was cut at max_line; its rest was skipped */
    BATCH_FINAL =
        1 << 1, /* the source ends here: a partial line counts as whole, joins are flushed */
};

/* What happened to a rule within a record: for `blotter.redacted` and the counters. */
struct redaction {
    uint16_t rule;   /* index in the rule set */
    uint16_t reason; /* enum blot_reason: 0 redacted, else why it was withheld */
    uint32_t count;
};

struct batch {
    struct batch *next; /* link of the queue that holds it */
    struct source *source;
    struct generation *generation; /* referenced */
    uint64_t sequence;             /* rises by one a batch within the source */

    struct arena raw;
    struct arena clean;

    /* input: `block` is in the raw arena; block_offset is the source's offset of its first byte */
    char *block;
    size_t block_size;
    size_t block_capacity;
    uint64_t offset;
    uint64_t end_offset; /* where reading goes on, past all that this batch covers */
    unsigned flags;
    int64_t read_time_ns;  /* CLOCK_REALTIME, for event.ingested */
    int64_t read_clock_ns; /* CLOCK_MONOTONIC, for latency */

    /* worker */
    struct record *records;
    size_t record_count;
    struct redaction *redactions;
    size_t redaction_count;
    uint64_t checkpoint; /* reading again from here loses nothing: end_offset, or the start of an
                            unfinished join */
    size_t payload_bytes;

    /* outputs: for each, the records that have no acknowledgement yet */
    unsigned output_count;
    atomic_uint references;
    atomic_size_t pending[BATCH_OUTPUTS_MAX];
    atomic_uint
        failed[BATCH_OUTPUTS_MAX]; /* records that an output that is not required has lost */
};
