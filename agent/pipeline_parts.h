#pragma once
/* What the files of the pipeline share; nobody else includes it. All of it is the loop thread's,
 * but what is atomic. */
#include "agent/arena.h"
#include "agent/generation.h"
#include "agent/pipeline.h"
#include "agent/queue.h"
#include "agent/redact.h"
#include "agent/state.h"
#include "agent/worker.h"

#include <stdatomic.h>

enum {
    PIPELINE_WORKERS_MAX = 64,
};

/* The descriptor of an output's `done` queue, watched by the loop. */
struct done_watch {
    uv_poll_t poll;
    struct pipeline *pipeline;
    unsigned output;
};

struct pipeline {
    struct pipeline_options options;
    struct generation *generation;
    struct redactor *redactor; /* of this generation, for the paths of sources */
    struct arena_pool *raw;
    struct arena_pool *clean;

    struct input *inputs;
    unsigned input_count;
    unsigned inputs_open;
    struct output *outputs;
    unsigned output_count;
    struct worker_shared shared;
    struct worker *workers[PIPELINE_WORKERS_MAX];
    unsigned worker_count;
    unsigned next_worker;

    struct source *sources;
    size_t batch_count;       /* submitted, and not yet out of the window */
    size_t waiting_count;     /* made, and not yet acknowledged by every required output */
    unsigned required;        /* one bit for each required output; all where none is */
    bool is_over_limit;       /* the process holds more than memory.limit lets it */
    uint64_t watch_after_ms;  /* not before, it is looked for that */
    struct state_status told; /* of the state, what the metrics have counted */
    bool is_draining;
    bool is_finished;

    struct done_watch done[BATCH_OUTPUTS_MAX];
    unsigned done_count;
    uv_async_t wake; /* a worker encoded or failed */
    uv_timer_t tick;
    bool has_handles;
    atomic_bool is_paused; /* an input waits for room */
    atomic_int failure;
};

/* ---- pipeline_room.c: buffer.memory ---- */
/* Whether a block of `capacity` bytes fits. */
bool pipeline_room_is_there(struct pipeline *pipeline, size_t capacity);
/* What the batch is expected to need besides its block; 0 block bytes: nothing any more. */
void pipeline_room_reserve(struct pipeline *pipeline, struct batch *batch, size_t block_bytes);
/* Looks, now and then, whether the process is near memory.limit, which takes the room away. */
void pipeline_room_watch(struct pipeline *pipeline);
void pipeline_room_pause(struct pipeline *pipeline, struct input *input);
/* Lets paused inputs read on when there is room for a good block, one after the other. */
void pipeline_room_resume(struct pipeline *pipeline);

/* ---- pipeline_batch.c ---- */
void pipeline_batch_free(struct batch *batch);

/* ---- pipeline_source.c ---- */
void pipeline_source_free(struct pipeline *pipeline, struct source *source);
/* Tells its input how far it is acknowledged. */
void pipeline_source_tell(struct pipeline *pipeline, struct source *source);

/* ---- pipeline_finish.c: when it is over ---- */
void pipeline_finish(struct pipeline *pipeline, int error);
/* Whether all inputs have submitted their last batch. */
bool pipeline_finish_inputs_are_done(const struct pipeline *pipeline);
void pipeline_finish_when_empty(struct pipeline *pipeline);

/* ---- pipeline_done.c: acknowledgements ---- */
/* Takes the batches that an output is done with; `poll->data` is its struct done_watch. */
void pipeline_done_take(uv_poll_t *poll, int status, int events);

/* ---- pipeline_clock.c ---- */
/* Once a second: gauges, memory that was not needed. */
void pipeline_clock_tick(uv_timer_t *timer);
