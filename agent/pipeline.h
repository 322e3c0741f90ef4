#pragma once
/* The pipeline ties the families together: inputs → workers → outputs, and the way back of the
 * acknowledgements to the checkpoints. It alone knows all families.
 *
 * Threads: the loop (inputs, signals, acknowledgements, this object), N workers, one for each
 * output, one for the state. Crossings are queues bounded in bytes. */
#include "agent/input.h"
#include "agent/metrics.h"
#include "agent/output.h"

struct config;
struct metrics;
struct state;

struct pipeline;

/* A batch with a block of at least `capacity` bytes for the source, or NULL when buffer.memory is
 * used up: the input stops reading until its `resume` is called. Loop thread. */
struct batch *pipeline_batch_new(struct pipeline *pipeline, struct source *source, size_t capacity);
/* Makes the block larger, keeping its bytes, for a line that did not fit. 0 or -ENOMEM. */
int pipeline_batch_grow(struct pipeline *pipeline, struct batch *batch, size_t capacity);
/* Hands the filled batch to its worker. */
void pipeline_submit(struct pipeline *pipeline, struct batch *batch);
/* Gives an unused batch back. */
void pipeline_batch_drop(struct pipeline *pipeline, struct batch *batch);

/* What the state knows of the source `id`: for each output the offset that it has acknowledged, and
 * at least `start`. Outputs that there are not stay 0. Loop thread. */
void pipeline_checkpoints(struct pipeline *pipeline, const uint8_t id[SOURCE_ID_SIZE],
                          uint64_t start, uint64_t ret_checkpoints[BATCH_OUTPUTS_MAX]);
/* A source for the input: with `id` NULL a new one with a random id, else the one that the state
 * knows. `checkpoints` (one per output) is where each output goes on; NULL: at 0.
 * `path` is redacted here, once; NULL for a stream. 0 or -ENOMEM. */
int pipeline_source_new(struct pipeline *pipeline, struct input *input, const char *path,
                        const uint8_t *id, const uint64_t *checkpoints, struct source **ret_source);
/* No further batch comes; the source is freed when nothing of it is in flight. */
void pipeline_source_end(struct pipeline *pipeline, struct source *source);
/* The offset below which every output that holds reading back has acknowledged. */
uint64_t pipeline_source_checkpoint(const struct pipeline *pipeline, const struct source *source);
/* metrics_add and metrics_set for the input. Loop thread. */
void pipeline_input_count(struct pipeline *pipeline, struct input *input, enum metric metric,
                          uint64_t count);
void pipeline_input_gauge(struct pipeline *pipeline, struct input *input, enum metric_gauge gauge,
                          int64_t value);
/* The input has submitted its last batch (drain, --until-eof). */
void pipeline_input_done(struct pipeline *pipeline, struct input *input);
struct state *pipeline_state(struct pipeline *pipeline);
struct metrics *pipeline_metrics(struct pipeline *pipeline);
