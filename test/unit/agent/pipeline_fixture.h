#pragma once
/* A pipeline from an input that the test plays to outputs that acknowledge what it tells them to.
 */
#include "agent/pipeline.h"

#include "agent/generation.h"
#include "agent/redact.h"
#include "agent/state.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    TAKEN_MAX = 4096,
    MEMORY_BYTES = 2 * 1024 * 1024,
};

/* ---- an output that acknowledges what the test tells it to ---- */

struct far_side {
    int event;
    pthread_mutex_t mutex;
    struct taken {
        struct batch *batch;
        size_t first;
        size_t count;
        uint64_t sequence;
        bool is_released;
        bool is_done;
    } taken[TAKEN_MAX];
    size_t taken_count;
    size_t records; /* that it was given */
    size_t room;    /* records that one write takes at most */
    bool releases_all;
    bool is_flushed;
    char last[512]; /* payload of the last record */
};

static struct far_side far_sides[2];
static int64_t limit_bytes; /* memory.limit, likewise */
static size_t room_of_each; /* for the next set_up; 0: no limit */

static int far_open(struct output *output, struct clean *ret_error)
{
    struct far_side *far = (struct far_side *)(uintptr_t)output->config;
    *(struct far_side **)output->state = far;
    return 0;
}

static struct far_side *far_of(struct output *output)
{
    return *(struct far_side **)output->state;
}

static size_t far_write(struct output *output, struct batch *batch, size_t first)
{
    struct far_side *far = far_of(output);
    size_t count = batch->record_count - first;
    if (far->room > 0 && count > far->room)
        count = far->room;
    pthread_mutex_lock(&far->mutex);
    assert_true(far->taken_count < TAKEN_MAX);
    far->taken[far->taken_count++] = (struct taken){
        .batch = batch,
        .first = first,
        .count = count,
        .sequence = batch->sequence,
    };
    far->records += count;
    struct clean payload = batch->records[first + count - 1].payload;
    snprintf(far->last, sizeof far->last, "%.*s", (int)payload.size, payload.data);
    pthread_mutex_unlock(&far->mutex);
    return count;
}

static int far_poll(struct output *output)
{
    struct far_side *far = far_of(output);
    eventfd_t ignored;
    eventfd_read(far->event, &ignored);
    pthread_mutex_lock(&far->mutex);
    for (size_t i = 0; i < far->taken_count; i++) {
        struct taken *taken = &far->taken[i];
        if (taken->is_done || !(taken->is_released || far->releases_all))
            continue;
        taken->is_done = true;
        output_delivered(output, taken->batch, taken->batch->records + taken->first, taken->count,
                         DELIVERY_OK, 1);
    }
    pthread_mutex_unlock(&far->mutex);
    return far->room > 0 ? 1 : -1;
}

static int far_descriptor(struct output *output)
{
    return far_of(output)->event;
}

static void far_flush(struct output *output)
{
    struct far_side *far = far_of(output);
    pthread_mutex_lock(&far->mutex);
    far->is_flushed = true;
    pthread_mutex_unlock(&far->mutex);
}

static void far_close(struct output *output)
{
}

static bool far_is_ready(struct output *output, char *ret_why, size_t why_size)
{
    return true;
}

static const struct output_type far_type = {
    .name = "far",
    .state_size = sizeof(struct far_side *),
    .open = far_open,
    .write = far_write,
    .poll = far_poll,
    .descriptor = far_descriptor,
    .flush = far_flush,
    .close = far_close,
    .is_ready = far_is_ready,
};

static inline void release(unsigned output, size_t taken)
{
    struct far_side *far = &far_sides[output];
    pthread_mutex_lock(&far->mutex);
    far->taken[taken].is_released = true;
    pthread_mutex_unlock(&far->mutex);
    eventfd_write(far->event, 1);
}

static inline void release_all(unsigned output)
{
    struct far_side *far = &far_sides[output];
    pthread_mutex_lock(&far->mutex);
    far->releases_all = true;
    pthread_mutex_unlock(&far->mutex);
    eventfd_write(far->event, 1);
}

static size_t records_of(unsigned output)
{
    struct far_side *far = &far_sides[output];
    pthread_mutex_lock(&far->mutex);
    size_t records = far->records;
    pthread_mutex_unlock(&far->mutex);
    return records;
}

static inline bool is_flushed(unsigned output)
{
    struct far_side *far = &far_sides[output];
    pthread_mutex_lock(&far->mutex);
    bool flushed = far->is_flushed;
    pthread_mutex_unlock(&far->mutex);
    return flushed;
}

/* ---- an input that the test plays ---- */

static struct input *near_input;
static unsigned resumed;
static uint64_t acknowledged_offset;

static int near_open(struct input *input)
{
    near_input = input;
    return 0;
}

static void near_resume(struct input *input)
{
    resumed++;
}

static void near_acknowledged(struct input *input, struct source *source, uint64_t offset)
{
    acknowledged_offset = offset;
}

static void near_drain(struct input *input)
{
    pipeline_input_done(input->pipeline, input);
}

static void near_close(struct input *input)
{
}

static const struct input_type near_type = {
    .name = "near",
    .open = near_open,
    .resume = near_resume,
    .acknowledged = near_acknowledged,
    .drain = near_drain,
    .close = near_close,
};

/* ---- a pipeline from the one to the other ---- */

struct fixture {
    uv_loop_t loop;
    uv_timer_t alarm;
    struct state *state;
    struct pipeline *pipeline;
    bool is_finished;
    int error;
};

static void on_finished(void *user, int error)
{
    struct fixture *fixture = user;
    fixture->is_finished = true;
    fixture->error = error;
}

static struct generation *new_generation(void)
{
    struct blot_ruleset *rules;
    struct blot_options options = {0};
    assert_int_equal(blot_ruleset_new(&options, &rules), 0);
    struct generation *generation;
    assert_int_equal(generation_new(rules, encode_find("raw"), &generation), 0);
    return generation;
}

static void set_up(struct fixture *fixture, unsigned output_count, bool second_is_required)
{
    static char ids[2][8] = {"first", "second"};
    *fixture = (struct fixture){0};
    near_input = NULL;
    resumed = 0;
    acknowledged_offset = 0;
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    bool recovered;
    assert_int_equal(state_open(NULL, &fixture->state, &recovered), 0);
    struct pipeline_output outputs[2];
    for (unsigned i = 0; i < output_count; i++) {
        far_sides[i] = (struct far_side){
            .event = eventfd(0, EFD_NONBLOCK),
            .room = room_of_each,
        };
        pthread_mutex_init(&far_sides[i].mutex, NULL);
        outputs[i] = (struct pipeline_output){
            .type = &far_type,
            .id = ids[i],
            .config = &far_sides[i],
            .required = i == 0 || second_is_required,
        };
    }
    struct pipeline_input input = {
        .type = &near_type,
        .id = "near",
        .frame = "line",
        .parser = parse_find("text"),
        .max_line_bytes = 1024 * 1024,
    };
    struct pipeline_options options = {
        .loop = &fixture->loop,
        .memory_bytes = MEMORY_BYTES,
        .limit_bytes = limit_bytes,
        .workers = 2,
        .state = fixture->state,
        .finished = on_finished,
        .user = fixture,
    };
    assert_int_equal(pipeline_new(&options, new_generation(), &fixture->pipeline), 0);
    const char *id;
    struct clean error;
    assert_int_equal(
        pipeline_start(fixture->pipeline, &input, 1, outputs, output_count, &id, &error), 0);
}

static void tear_down(struct fixture *fixture, unsigned output_count)
{
    pipeline_free(fixture->pipeline);
    state_close(fixture->state);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    for (unsigned i = 0; i < output_count; i++) {
        close(far_sides[i].event);
        pthread_mutex_destroy(&far_sides[i].mutex);
    }
}

/* Turns the loop until the condition holds; a condition that never does is ended by the time limit
 * of the test. */
#define turn_until(fixture, condition)                                                             \
    do {                                                                                           \
        while (!(condition))                                                                       \
            uv_run(&(fixture)->loop, UV_RUN_ONCE);                                                 \
    } while (0)

/* The other threads get time; what must not happen would have. */
static inline void settle(struct fixture *fixture)
{
    for (int i = 0; i < 20; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        poll(NULL, 0, 2);
    }
}

static struct source *new_source(struct fixture *fixture, const uint64_t *checkpoints)
{
    struct source *source;
    assert_int_equal(pipeline_source_new(fixture->pipeline, near_input, "/var/log/app.log", NULL,
                                         checkpoints, &source),
                     0);
    return source;
}

/* One batch of `count` lines; false when there is no room. */
static bool submit(struct fixture *fixture, struct source *source, uint64_t offset,
                   const char *line, size_t count)
{
    size_t size = strlen(line);
    struct batch *batch = pipeline_batch_new(fixture->pipeline, source, count * size);
    if (!batch)
        return false;
    for (size_t i = 0; i < count; i++)
        memcpy(batch->block + i * size, line, size);
    batch->block_size = count * size;
    batch->offset = offset;
    batch->end_offset = offset + batch->block_size;
    pipeline_submit(fixture->pipeline, batch);
    return true;
}
