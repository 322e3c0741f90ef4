#pragma once
/* A batch: a block of bytes that one read brought from one source, and the records in it. It is the
 * unit of work and of acknowledgement.
 *
 * Life: the input (loop thread) makes it, fills the block and submits it; one worker frames,
 * redacts, parses and encodes it, after which its raw arena is zeroed and returned and its records
 * no longer change; each output then reads it until it has an acknowledgement for every record, and
 * hands it back to the loop thread, which moves the checkpoint and, when no output is left, frees
 * it. No member is written by two threads at a time: the queues between them order what each wrote.
 */
#include "agent/arena.h"
#include "agent/record.h"

struct batch;
struct generation;
struct source;

enum {
    BATCH_OUTPUTS_MAX = 8,
};

enum batch_flag {
    BATCH_CUT_END = 1 << 0, /* the last line was cut at max_line; its rest was skipped */
    BATCH_FINAL =
        1 << 1, /* the source ends here: a partial line counts as whole, joins are flushed */
    BATCH_SUSPENDED = 1 << 2, /* with BATCH_FINAL: a later source may go on here, so the checkpoint
                                 stays before what is open */
};

/* What happened to a rule within a record: for `blotter.redacted` and the counters. */
struct redaction {
    uint16_t rule;   /* index in the rule set */
    uint16_t reason; /* enum blot_reason: 0 redacted, else why it was withheld; or, of no record,
                        enum metric_rule_event */
    uint32_t count;
};

/* The place of a batch in a queue. */
struct batch_link {
    struct batch *next;
    size_t size_bytes;
};

/* How far an output is with a batch. Written by the output's thread alone, from the time its queue
 * has it until the loop gets it back. */
struct batch_progress {
    size_t first;           /* records before it are not this output's to deliver */
    size_t given;           /* records from there on that are */
    size_t pending;         /* of them: without an acknowledgement */
    size_t refused;         /* of them: the far side will never take them */
    size_t bytes;           /* payload bytes of those that are not refused */
    int64_t given_clock_ns; /* CLOCK_MONOTONIC when the worker handed them over */
};

struct batch {
    /* link i belongs to the queues towards and from output i; before that, link 0 to the worker's
     */
    struct batch_link links[BATCH_OUTPUTS_MAX];
    struct source *source;
    struct generation *generation; /* referenced */
    uint64_t sequence;             /* rises by one a batch within the source */

    struct arena raw;
    struct arena clean;

    /* input: `block` is in the raw arena; `offset` is the source's offset of its first byte */
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
    size_t quarantined_count; /* of them, the last: for the quarantine output alone */
    struct redaction *redactions;
    size_t redaction_count;
    uint64_t checkpoint; /* reading again from here loses nothing, and gives the same: end_offset,
                            or a place before a join or a private key that is open there */
    size_t payload_bytes;
    size_t clean_bytes;    /* of the clean arena, by chunk: what holding it costs */
    size_t reserved_bytes; /* of buffer.memory: what the clean arena was expected to need */

    /* outputs */
    struct batch_progress progress[BATCH_OUTPUTS_MAX];

    /* loop: the window of the source */
    struct batch *next_in_source;
    unsigned acknowledged; /* one bit for each output */
};

/* A batch with a block of `capacity` bytes and nothing in it. Returns 0 or -ENOMEM. */
int batch_new(struct arena_pool *raw, struct arena_pool *clean, size_t capacity,
              struct batch **ret_batch);
/* Gives both arenas back. The generation is the caller's to release. */
struct batch *batch_free(struct batch *batch);
/* Makes the block larger, keeping its first block_size bytes. Returns 0 or -ENOMEM. */
int batch_grow(struct batch *batch, size_t capacity);
/* Zeroes and returns what is raw: the records' block fields and unredacted text are gone. */
void batch_drop_raw(struct batch *batch);
