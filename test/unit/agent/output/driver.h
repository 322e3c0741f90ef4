#pragma once
/* Drives an output as its thread does, on the test's thread: batches are made here, every record
 * must be reported exactly once, and a batch's memory is freed with its last report, so that the
 * address sanitizer sees a payload that is used too long. */
#include "agent/batch.h"
#include "agent/input.h"
#include "agent/output.h"
#include "agent/source.h"
#include "test/unit/harness.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct driver {
    struct output output;
    size_t delivered;
    size_t refused;
    size_t written;
    struct driver_batch *waiting; /* not wholly written */
};

struct driver_batch {
    struct batch batch;
    struct driver_batch *next;
    size_t first; /* not yet written */
    size_t left;  /* not yet reported */
    char *memory;
    bool *reported;
};

static struct driver *driver_of_test;

static struct input driver_input = {.id = "app"};

static inline struct source *driver_source(unsigned number)
{
    static struct source sources[16];
    struct source *source = &sources[number];
    source->input = &driver_input;
    snprintf(source->id_text, sizeof(source->id_text), "%032x", number + 1);
    return source;
}

/* `count` records {"log.offset":FIRST+i,…} that are padded to `size` bytes. */
static inline struct driver_batch *driver_batch_new(struct source *source, size_t count,
                                                    size_t first, size_t size)
{
    struct driver_batch *batch = calloc(1, sizeof(*batch));
    batch->memory = malloc(count * (size + 128));
    batch->batch.source = source;
    batch->batch.records = calloc(count, sizeof(struct record));
    batch->batch.record_count = count;
    batch->reported = calloc(count, sizeof(bool));
    batch->left = count;
    char *next = batch->memory;
    for (size_t i = 0; i < count; i++) {
        int written = sprintf(
            next, "{\"log.offset\":%zu,\"blotter.source\":\"%s\",\"level\":\"l%zu\",\"message\":\"",
            first + i, source->id_text, i % 3);
        while ((size_t)written + 2 < size)
            next[written++] = 'x';
        next[written++] = '"';
        next[written++] = '}';
        batch->batch.records[i].payload = (struct clean){next, (size_t)written};
        batch->batch.records[i].offset = first + i;
        batch->batch.records[i].time_ns = INT64_C(1700000000000000000);
        batch->batch.payload_bytes += (size_t)written;
        next += written;
    }
    return batch;
}

static void driver_batch_free(struct driver_batch *batch)
{
    free(batch->memory);
    free(batch->reported);
    free(batch->batch.records);
    free(batch);
}

void output_delivered(struct output *output, struct batch *batch, const struct record *record,
                      size_t count, enum delivery delivery, int64_t clock_ns)
{
    struct driver_batch *mine = (struct driver_batch *)batch;
    size_t first = (size_t)(record - batch->records);
    assert_ptr_equal(output, &driver_of_test->output);
    assert_true(clock_ns > 0);
    assert_true(count > 0 && first + count <= batch->record_count);
    for (size_t i = first; i < first + count; i++) {
        assert_false(mine->reported[i]);
        mine->reported[i] = true;
    }
    driver_of_test->delivered += delivery == DELIVERY_OK ? count : 0;
    driver_of_test->refused += delivery == DELIVERY_REFUSED ? count : 0;
    mine->left -= count;
    if (mine->left == 0)
        driver_batch_free(mine);
}

static inline void driver_open(struct driver *driver, const struct output_type *type,
                               const void *config)
{
    struct clean error = {0};
    *driver = (struct driver){
        .output = {.type = type, .id = "out", .config = config, .buffer_bytes = 8 << 20}};
    driver->output.state = calloc(1, type->state_size);
    driver_of_test = driver;
    int r = type->open(&driver->output, &error);
    if (r < 0)
        fail_msg("open: %d %.*s", r, (int)error.size, error.data);
}

static inline void driver_close(struct driver *driver)
{
    driver->output.type->close(&driver->output);
    free(driver->output.state);
    driver->output.state = NULL;
}

/* Writes as much of the waiting batches as the output takes. */
static void driver_write(struct driver *driver)
{
    while (driver->waiting) {
        struct driver_batch *batch = driver->waiting;
        struct driver_batch *next = batch->next;
        size_t wanted = batch->batch.record_count - batch->first;
        batch->first += wanted; /* the batch may be gone after the call */
        size_t taken =
            driver->output.type->write(&driver->output, &batch->batch, batch->first - wanted);
        driver->written += taken;
        if (taken < wanted) {
            batch->first -= wanted - taken;
            return;
        }
        driver->waiting = next;
    }
}

static inline void driver_give(struct driver *driver, struct driver_batch *batch)
{
    struct driver_batch **end = &driver->waiting;
    while (*end)
        end = &(*end)->next;
    *end = batch;
    driver_write(driver);
}

/* One turn of the thread's loop, waiting `wait_ms` at most. */
static inline void driver_turn(struct driver *driver, int wait_ms)
{
    const struct output_type *type = driver->output.type;
    int timeout_ms = type->poll(&driver->output);
    struct pollfd descriptor = {.fd = type->descriptor ? type->descriptor(&driver->output) : -1,
                                .events = POLLIN};
    poll(&descriptor, 1, timeout_ms < 0 || timeout_ms > wait_ms ? wait_ms : timeout_ms);
    driver_write(driver);
}

/* Until `count` records are reported. */
static inline void driver_run(struct driver *driver, size_t count)
{
    for (int i = 0; driver->delivered + driver->refused < count; i++) {
        if (i == 3000) {
            char why[256] = "";
            driver->output.type->is_ready(&driver->output, why, sizeof(why));
            fail_msg("%zu of %zu records were reported: %s", driver->delivered + driver->refused,
                     count, why);
        }
        driver_turn(driver, 20);
    }
    assert_int_equal(driver->delivered + driver->refused, count);
}
