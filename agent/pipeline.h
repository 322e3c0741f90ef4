#pragma once
/* The pipeline ties the families together: inputs → workers → outputs, and the way back of the
 * acknowledgements to the checkpoints. It alone knows all families.
 *
 * Threads: the loop (inputs, signals, acknowledgements, this object), N workers, one for each
 * output, one for the state. Crossings are queues bounded in bytes. All functions here are for the
 * loop thread. */
#include "agent/input.h"
#include "agent/metrics.h"
#include "agent/output.h"

struct generation;
struct health;
struct metrics;
struct state;

struct pipeline;

/* ---- what an input calls ---- */

/* A batch with a block of at least `capacity` bytes for the source, or NULL when buffer.memory is
 * used up: the input stops reading until its `resume` is called. Ask for what is there to be read:
 * a block is charged whole. Powers of two less 1 KiB fit the arenas best; PIPELINE_BLOCK_BYTES is
 * the size from which more gains nothing. */
enum {
    PIPELINE_BLOCK_BYTES = 255 * 1024,
};
struct batch *pipeline_batch_new(struct pipeline *pipeline, struct source *source, size_t capacity);
/* Makes the block larger, keeping its bytes, for a line that did not fit. 0 or -ENOMEM. */
int pipeline_batch_grow(struct pipeline *pipeline, struct batch *batch, size_t capacity);
/* Hands the filled batch to its worker: block_size, offset, end_offset and flags are set. */
void pipeline_submit(struct pipeline *pipeline, struct batch *batch);
/* Gives an unused batch back. */
void pipeline_batch_drop(struct pipeline *pipeline, struct batch *batch);

/* What the state knows of the source `id`: for each output the offset that it has acknowledged, and
 * at least `start`. Outputs that there are not stay 0. */
void pipeline_checkpoints(struct pipeline *pipeline, const uint8_t id[SOURCE_ID_SIZE],
                          uint64_t start, uint64_t ret_checkpoints[BATCH_OUTPUTS_MAX]);
/* A source for the input: with `id` NULL a new one with a random id, else the one that the state
 * knows. `checkpoints` (one per output) is where each output goes on; NULL: at 0. Reading begins at
 * pipeline_source_checkpoint.
 * `path` is redacted here, once; NULL for a stream. 0 or -ENOMEM. */
int pipeline_source_new(struct pipeline *pipeline, struct input *input, const char *path,
                        const uint8_t *id, const uint64_t *checkpoints, struct source **ret_source);
/* No further batch comes; the source is freed when nothing of it is in flight, at once where that
 * is so already. `acknowledged` is called with its last offset before. */
void pipeline_source_end(struct pipeline *pipeline, struct source *source);
/* The offset below which every output that holds reading back has acknowledged. */
uint64_t pipeline_source_checkpoint(const struct pipeline *pipeline, const struct source *source);
/* metrics_add and metrics_set for the input. */
void pipeline_input_count(struct pipeline *pipeline, struct input *input, enum metric metric,
                          uint64_t count);
void pipeline_input_gauge(struct pipeline *pipeline, struct input *input, enum metric_gauge gauge,
                          int64_t value);
/* The input has submitted its last batch (drain, --until-eof). */
void pipeline_input_done(struct pipeline *pipeline, struct input *input);
struct state *pipeline_state(struct pipeline *pipeline);
/* NULL where nothing is counted. */
struct metrics *pipeline_metrics(struct pipeline *pipeline);

/* ---- what a command calls ---- */

struct pipeline_options {
    uv_loop_t *loop;
    size_t memory_bytes; /* buffer.memory */
    int64_t limit_bytes; /* memory.limit, of the process; 0: none */
    unsigned workers;    /* 0: as many as there are processors */
    struct state *state;
    struct metrics *metrics; /* NULL: nothing is counted */
    struct health *health;   /* NULL: nobody asks whether the threads move */
    /* It is over: everything that was read is delivered (error 0), or a worker could not go on
     * (negative errno). The loop may be stopped here, the pipeline not yet freed. */
    void (*finished)(void *user, int error);
    void *user;
};

/* An input or output, before its state exists. What it points to outlives the pipeline. */
struct pipeline_input {
    const struct input_type *type;
    const char *id;
    const void *config;
    const char *frame;
    const struct parse_type *parser;
    struct parse_options parse;
    size_t max_line_bytes;
    bool until_eof;
};

struct pipeline_output {
    const struct output_type *type;
    const char *id;
    const void *config;
    bool required;
    bool is_quarantine;
};

/* A pipeline without inputs and outputs; takes over the reference to `generation`, also on failure.
 * 0 or negative errno. */
int pipeline_new(const struct pipeline_options *options, struct generation *generation,
                 struct pipeline **ret_pipeline);
/* Stops what still runs, delivered or not, and frees it. Runs the loop until its handles are
 * closed. */
struct pipeline *pipeline_free(struct pipeline *pipeline);

/* Opens outputs, then starts the threads, then opens inputs. On failure *ret_id names the component
 * (NULL: none of them) and *ret_error says what is wrong where it said so; pipeline_free is still
 * due. 0 or negative errno. */
int pipeline_start(struct pipeline *pipeline, const struct pipeline_input *inputs,
                   size_t input_count, const struct pipeline_output *outputs, size_t output_count,
                   const char **ret_id, struct clean *ret_error);
/* Batches that are made from now on belong to this generation. Takes the reference over. */
void pipeline_use_generation(struct pipeline *pipeline, struct generation *generation);
const struct generation *pipeline_generation(const struct pipeline *pipeline);
/* Inputs read what is there, outputs deliver it; then `finished` is called. What only outputs hold
 * whose far side is gone is not waited for. */
void pipeline_drain(struct pipeline *pipeline);
/* Outputs open their files again: logrotate's signal. */
void pipeline_reopen(struct pipeline *pipeline);

/* What an output has not acknowledged of a source: reading again begins at `from`. */
struct pipeline_left {
    const char *source_id;
    const char *output_id;
    uint64_t from;
    uint64_t to;
};
/* Calls `each` for every source and output with something left; returns how many there are. */
size_t pipeline_left(const struct pipeline *pipeline,
                     void (*each)(void *user, const struct pipeline_left *left), void *user);

/* What the arenas hold. Any thread. */
struct pipeline_usage {
    struct arena_usage raw;
    struct arena_usage clean;
};
struct pipeline_usage pipeline_usage(const struct pipeline *pipeline);
/* The outputs, for readiness. They stay the same once pipeline_start has returned. */
struct output *pipeline_outputs(struct pipeline *pipeline, unsigned *ret_count);
