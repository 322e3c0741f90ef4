#pragma once
/* Stands in for agent/pipeline.c in the tests of inputs, and for nothing else: batches come from
 * malloc, what is submitted is checked against the contract of agent/input.h and kept as text by
 * source, and acknowledgements are given when the test says so. The state is the real one.
 *
 * Included by one test program each, which it gives the functions of agent/pipeline.h. */
#include "test/unit/harness.h"

#include "agent/pipeline.h"
#include "agent/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came of one source, in the order in which it was submitted. */
struct double_source {
    struct source source; /* first: the input sees only this */
    struct double_source *next;
    char *path;
    char *text;
    size_t text_size;
    uint64_t begin; /* offset of the first byte of text */
    uint64_t end;
    unsigned batches;
    unsigned cut_ends;
    size_t in_flight_bytes;
    bool is_final;
    bool has_ended; /* pipeline_source_end was called */
};

struct double_pending {
    struct double_pending *next;
    struct double_source *source;
    uint64_t checkpoint;
};

struct pipeline {
    struct state *state;
    struct double_source *sources;
    struct double_pending *pending;
    struct double_pending **pending_end;
    uint64_t counts[METRIC_COUNT];
    int64_t gauges[GAUGE_COUNT];
    int64_t room;      /* bytes that batches may hold together; negative: no bound */
    size_t held_bytes; /* in batches that the input holds or that wait for acknowledgement */
    bool is_refusing;  /* pipeline_batch_new returned NULL: resume is due */
    bool is_done;
    unsigned batches_out; /* made, and neither submitted nor dropped */
    unsigned new_sources;
    size_t largest_block;
};

struct batch *pipeline_batch_new(struct pipeline *pipeline, struct source *source, size_t capacity)
{
    if (pipeline->room >= 0 && pipeline->held_bytes > 0 &&
        pipeline->held_bytes + capacity > (size_t)pipeline->room) {
        pipeline->is_refusing = true;
        return NULL;
    }
    struct batch *batch = calloc(1, sizeof(*batch));
    batch->source = source;
    batch->block = malloc(capacity);
    batch->block_capacity = capacity;
    pipeline->held_bytes += capacity;
    pipeline->batches_out++;
    if (capacity > pipeline->largest_block)
        pipeline->largest_block = capacity;
    return batch;
}

int pipeline_batch_grow(struct pipeline *pipeline, struct batch *batch, size_t capacity)
{
    batch->block = realloc(batch->block, capacity);
    pipeline->held_bytes += capacity - batch->block_capacity;
    batch->block_capacity = capacity;
    return 0;
}

static void double_free_batch(struct pipeline *pipeline, struct batch *batch)
{
    pipeline->batches_out--;
    free(batch->block);
    free(batch);
}

void pipeline_batch_drop(struct pipeline *pipeline, struct batch *batch)
{
    pipeline->held_bytes -= batch->block_capacity;
    double_free_batch(pipeline, batch);
}

static void double_check(const struct batch *batch, const struct double_source *source)
{
    assert_true(batch->block_size <= batch->block_capacity);
    assert_false(source->is_final);
    assert_false(source->has_ended);
    if (source->batches > 0)
        assert_true(batch->offset >= source->end);
    assert_true(batch->end_offset >= batch->offset + batch->block_size);
    if (batch->end_offset > batch->offset + batch->block_size)
        assert_true(batch->flags & (BATCH_CUT_END | BATCH_FINAL));
    if (!(batch->flags & BATCH_FINAL)) {
        assert_true(batch->block_size > 0);
        if (!(batch->flags & BATCH_CUT_END))
            assert_int_equal(batch->block[batch->block_size - 1], '\n');
    }
}

void pipeline_submit(struct pipeline *pipeline, struct batch *batch)
{
    struct double_source *source = (struct double_source *)batch->source;

    double_check(batch, source);
    source->text = realloc(source->text, source->text_size + batch->block_size + 1);
    memcpy(source->text + source->text_size, batch->block, batch->block_size);
    source->text_size += batch->block_size;
    source->text[source->text_size] = '\0';
    source->end = batch->end_offset;
    source->batches++;
    source->cut_ends += (batch->flags & BATCH_CUT_END) != 0;
    source->is_final = (batch->flags & BATCH_FINAL) != 0;
    source->source.next_sequence++;
    source->in_flight_bytes += batch->block_capacity;

    struct double_pending *pending = calloc(1, sizeof(*pending));
    pending->source = source;
    pending->checkpoint = batch->end_offset;
    *pipeline->pending_end = pending;
    pipeline->pending_end = &pending->next;
    double_free_batch(pipeline, batch);
}

static void double_tell(struct double_source *source)
{
    struct input *input = source->source.input;
    if (input->type->acknowledged)
        input->type->acknowledged(input, &source->source, source->source.checkpoint[0]);
}

static bool double_is_pending(const struct pipeline *pipeline, const struct double_source *source)
{
    for (const struct double_pending *at = pipeline->pending; at; at = at->next)
        if (at->source == source)
            return true;
    return false;
}

/* Acknowledges everything that was submitted so far. */
static void double_acknowledge(struct pipeline *pipeline, struct input *input)
{
    while (pipeline->pending) {
        struct double_pending *pending = pipeline->pending;
        struct double_source *source = pending->source;
        pipeline->pending = pending->next;
        if (!pipeline->pending)
            pipeline->pending_end = &pipeline->pending;
        source->source.checkpoint[0] = pending->checkpoint;
        state_put_checkpoint(pipeline->state, source->source.id, "out", pending->checkpoint);
        free(pending);
        if (!double_is_pending(pipeline, source)) {
            pipeline->held_bytes -= source->in_flight_bytes;
            source->in_flight_bytes = 0;
        }
        double_tell(source);
    }
    if (pipeline->is_refusing) {
        pipeline->is_refusing = false;
        input->type->resume(input);
    }
}

void pipeline_checkpoints(struct pipeline *pipeline, const uint8_t id[SOURCE_ID_SIZE],
                          uint64_t start, uint64_t ret_checkpoints[BATCH_OUTPUTS_MAX])
{
    uint64_t offset = 0;
    memset(ret_checkpoints, 0, BATCH_OUTPUTS_MAX * sizeof(*ret_checkpoints));
    state_checkpoint(pipeline->state, id, "out", &offset);
    ret_checkpoints[0] = offset > start ? offset : start;
}

int pipeline_source_new(struct pipeline *pipeline, struct input *input, const char *path,
                        const uint8_t *id, const uint64_t *checkpoints, struct source **ret_source)
{
    struct double_source *source = calloc(1, sizeof(*source));
    source->source.input = input;
    source->path = path ? strdup(path) : NULL;
    if (checkpoints)
        source->source.checkpoint[0] = checkpoints[0];
    source->begin = source->source.checkpoint[0];
    source->end = source->begin;
    if (id)
        memcpy(source->source.id, id, SOURCE_ID_SIZE);
    else
        for (int i = 0; i < SOURCE_ID_SIZE; i++)
            source->source.id[i] = (uint8_t)random();
    pipeline->new_sources += !id;
    source->next = pipeline->sources;
    pipeline->sources = source;
    *ret_source = &source->source;
    return 0;
}

void pipeline_source_end(struct pipeline *pipeline, struct source *source)
{
    struct double_source *ended = (struct double_source *)source;
    assert_false(ended->has_ended);
    ended->has_ended = true;
    if (!double_is_pending(pipeline, ended))
        double_tell(ended);
}

uint64_t pipeline_source_checkpoint(const struct pipeline *pipeline, const struct source *source)
{
    (void)pipeline;
    return source->checkpoint[0];
}

void pipeline_input_count(struct pipeline *pipeline, struct input *input, enum metric metric,
                          uint64_t count)
{
    (void)input;
    pipeline->counts[metric] += count;
}

void pipeline_input_gauge(struct pipeline *pipeline, struct input *input, enum metric_gauge gauge,
                          int64_t value)
{
    (void)input;
    pipeline->gauges[gauge] = value;
}

void pipeline_input_done(struct pipeline *pipeline, struct input *input)
{
    (void)input;
    assert_false(pipeline->is_done);
    pipeline->is_done = true;
}

struct state *pipeline_state(struct pipeline *pipeline)
{
    return pipeline->state;
}

struct metrics *pipeline_metrics(struct pipeline *pipeline)
{
    (void)pipeline;
    return NULL;
}

static void double_init(struct pipeline *pipeline, struct state *state)
{
    *pipeline = (struct pipeline){.state = state, .room = -1};
    pipeline->pending_end = &pipeline->pending;
}

/* What was submitted and not acknowledged is forgotten, as by a crash. */
static void double_free(struct pipeline *pipeline)
{
    assert_int_equal(pipeline->batches_out, 0);
    for (struct double_pending *next; pipeline->pending; pipeline->pending = next) {
        next = pipeline->pending->next;
        free(pipeline->pending);
    }
    for (struct double_source *next; pipeline->sources; pipeline->sources = next) {
        next = pipeline->sources->next;
        free(pipeline->sources->path);
        free(pipeline->sources->text);
        free(pipeline->sources);
    }
}
