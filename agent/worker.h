#pragma once
/* Workers turn the raw bytes of a batch into encoded records: frame, redact, parse, encode. A
 * source keeps to one worker, so its batches stay in order.
 *
 * A worker owns its thread, its redactor and the framers of its sources; the loop talks to it
 * through its queue only. */
#include "agent/generation.h"
#include "agent/input.h"
#include "agent/output.h"

#include <stdatomic.h>

struct health;
struct metrics;
struct redactor;

/* What all workers share. Constant while they run, but for the counts. */
struct worker_shared {
    struct output *outputs;
    unsigned output_count;
    struct metrics *metrics; /* NULL: nothing is counted */
    struct health *health;   /* NULL: nobody asks whether the threads move */
    /* Bytes of buffer.memory that batches on the way to their encoding are expected to need. */
    atomic_size_t reserved_bytes;
    /* Clean bytes for a block byte, in 1/16: what encoding made of the blocks before. */
    atomic_size_t expansion_16;
    /* A batch was encoded: its raw memory is free again. Called on the worker's thread. */
    void (*encoded)(void *user);
    /* A batch could not be encoded: nothing of it was passed on. The worker takes no more. */
    void (*failed)(void *user, int error);
    void *user;
};

struct worker;

/* Starts the thread. 0 or negative errno. */
int worker_new(struct worker_shared *shared, struct worker **ret_worker);
/* Ends the thread after the batch that it works on. */
struct worker *worker_free(struct worker *worker);
/* Hands a batch over. Loop thread. */
void worker_give(struct worker *worker, struct batch *batch);
/* Releases what the worker keeps in a source that has no batch in flight. Loop thread. */
void worker_forget_source(struct source *source);

/* Processors that this process may use: the cgroup's CPU quota (rounded up) or the affinity mask,
 * whichever is less. At least 1. */
unsigned worker_processors(void);
