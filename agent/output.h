#pragma once
/* An output delivers encoded records. Each runs on a thread of its own, which the type's functions
 * are called on, except `open` and `close` (loop thread, while the output's thread does not run).
 *
 * A record is done when the far side says so (delivery report, fsync), never when it is queued. The
 * output calls output_delivered for every record it was given, once, in any order, from its thread.
 */
#include "agent/batch.h"
#include "agent/text.h"

#include <pthread.h>
#include <stdatomic.h>

struct health;
struct metrics;
struct option;
struct output;
struct queue;

struct output_type {
    const char *name;
    const char *summary;
    const struct option *options;
    size_t config_size;
    size_t state_size; /* bytes at output->state, zeroed before open */

    /* Gets ready without waiting for the far side; an unreachable broker is no error here. On
     * failure the text in `ret_error` (in output->state, clean) says what is wrong. 0 or
     * negative errno. */
    int (*open)(struct output *output, struct clean *ret_error);
    /* Begins to deliver the records from `first` on; returns how many it took. Fewer than all:
     * it has no room, and is called again for the rest after `poll` returned. Never waits. */
    size_t (*write)(struct output *output, struct batch *batch, size_t first);
    /* Serves the far side: delivery reports, fsync, rotation. Returns how many milliseconds later
     * it wants to be called again at the latest, or -1 for only when its descriptor is readable. */
    int (*poll)(struct output *output);
    /* A descriptor that is readable when poll has something to do; -1: none. */
    int (*descriptor)(struct output *output);
    /* Asks the far side to take what it has now (drain). Never waits. */
    void (*flush)(struct output *output);
    /* Opens its file again, wherever the old one is now. Any thread. NULL: it has no file. */
    void (*reopen)(struct output *output);
    void (*close)(struct output *output);
    /* Whether it is connected and delivering; when not, a clean sentence why (for /readyz). Any
     * thread. */
    bool (*is_ready)(struct output *output, char *ret_why, size_t why_size);
};

struct output {
    const struct output_type *type;
    const char *id; /* from the configuration; a metric label */
    const void *config;
    void *state;
    unsigned index;      /* into batch->progress and source->checkpoint */
    bool is_quarantine;  /* takes what rules send there, and nothing else */
    bool required;       /* false: may lag and lose, counted; holds back no checkpoint of others */
    size_t buffer_bytes; /* buffer.memory: what the far side's client may hold */
    struct pipeline *pipeline;
    struct metrics *metrics; /* NULL: nothing is counted */
    struct health *health;   /* NULL: nobody asks whether the thread moves */
    unsigned health_slot;

    /* between the threads */
    struct queue *queue; /* batches to write */
    struct queue *done;  /* batches that the far side has: back to the loop */
    int control;         /* eventfd: `stopping` or `flushing` changed */
    atomic_bool stopping;
    atomic_bool flushing;
    atomic_bool is_gone; /* the far side wants no more (a closed pipe): set by the output, which
                            sends the process SIGTERM; a drain does not wait for it, and what it
                            still held is no failure */
    atomic_size_t held_bytes; /* of clean memory, given and not yet acknowledged */
    pthread_t thread;
    bool is_running;
    bool is_open;

    /* the output's thread */
    struct batch *current;  /* partly written, the far side had no room */
    size_t written;         /* records of it */
    struct batch *observed; /* deliveries of one batch at one time, observed together */
    size_t observed_count;
    int64_t observed_clock_ns;
};

enum delivery {
    DELIVERY_OK,      /* acknowledged */
    DELIVERY_REFUSED, /* never will be: a stub took its place, or it is lost and counted */
};

/* The records of a batch that are for this output: [first, end). */
static inline size_t output_first(const struct output *output, const struct batch *batch)
{
    return output->is_quarantine ? batch->record_count - batch->quarantined_count : 0;
}
static inline size_t output_end(const struct output *output, const struct batch *batch)
{
    return batch->record_count - (output->is_quarantine ? 0 : batch->quarantined_count);
}

/* Allocates the state and the queues and calls the type's open. `type`, `id`, `config`, `index`,
 * `is_quarantine`, `required`, `buffer_bytes`, `pipeline`, `metrics` and `health` are set; the rest
 * is zero. 0, -ENOMEM, or the type's error with its text in `ret_error`. Loop thread, as are the
 * functions up to output_finish. */
int output_init(struct output *output, struct clean *ret_error);
/* Starts the thread. 0 or negative errno. */
int output_start(struct output *output);
/* Asks the far side to take what it is given without waiting for more, from now on (drain). */
void output_flush(struct output *output);
/* Ends the thread, delivered or not. */
void output_stop(struct output *output);
/* Closes the type and frees what output_init made. Takes a half-made output. */
void output_finish(struct output *output);

/* Hands an encoded batch over; it comes back through `done`. Records before `first` are not this
 * output's to deliver. A worker's thread. */
void output_give(struct output *output, struct batch *batch, size_t first, int64_t clock_ns);

/* Says that `count` records of the batch are done at this output. The last one moves the batch on:
 * do not touch the batch afterwards. `clock_ns` is CLOCK_MONOTONIC, read once for many calls. */
void output_delivered(struct output *output, struct batch *batch, const struct record *record,
                      size_t count, enum delivery delivery, int64_t clock_ns);
