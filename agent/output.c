#include "agent/output.h"

#include "agent/health.h"
#include "agent/metrics.h"
#include "agent/queue.h"
#include "agent/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int output_init(struct output *output, struct clean *ret_error)
{
    output->control = -1;
    output->state = calloc(1, output->type->state_size > 0 ? output->type->state_size : 1);
    if (!output->state)
        return -ENOMEM;
    int r = output->health ? health_add(output->health, output->id, &output->health_slot) : 0;
    if (r < 0)
        return r;
    r = queue_new(output->buffer_bytes, output->index, &output->queue);
    if (r < 0)
        return r;
    r = queue_new(SIZE_MAX, output->index, &output->done);
    if (r < 0)
        return r;
    output->control = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (output->control < 0)
        return -errno;
    r = output->type->open(output, ret_error);
    output->is_open = r >= 0;
    return r;
}

static void count(struct output *output, enum metric metric, uint64_t count)
{
    if (output->metrics && count > 0)
        metrics_add(output->metrics, metric, output->index, count);
}

/* The latency of the deliveries that were gathered: most reports of one poll are of one batch and
 * carry one time, so a histogram is touched once for all of them. */
static void observe(struct output *output)
{
    const struct batch *batch = output->observed;
    if (output->metrics && output->observed_count > 0) {
        int64_t now_ns = output->observed_clock_ns;
        metrics_observe(output->metrics, STAGE_DELIVER,
                        now_ns - batch->progress[output->index].given_clock_ns,
                        output->observed_count);
        metrics_observe(output->metrics, STAGE_TOTAL, now_ns - batch->read_clock_ns,
                        output->observed_count);
    }
    output->observed = NULL;
    output->observed_count = 0;
}

/* The far side has all of the batch, or will never have it. */
static void hand_back(struct output *output, struct batch *batch)
{
    const struct batch_progress *progress = &batch->progress[output->index];
    size_t delivered = progress->given - progress->refused;
    count(output, METRIC_DELIVERED_RECORDS, delivered);
    count(output, METRIC_DELIVERED_BYTES, progress->bytes);
    count(output, METRIC_REFUSED_RECORDS, progress->refused);
    if (progress->given > 0)
        atomic_fetch_sub(&output->held_bytes, batch->clean_bytes);
    queue_push(output->done, batch, 0);
}

static size_t payload_bytes(const struct record *records, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += records[i].payload.size;
    return bytes;
}

void output_delivered(struct output *output, struct batch *batch, const struct record *record,
                      size_t count, enum delivery delivery, int64_t clock_ns)
{
    struct batch_progress *progress = &batch->progress[output->index];
    if (delivery == DELIVERY_REFUSED) {
        progress->refused += count;
        progress->bytes -= payload_bytes(record, count);
    }
    if (batch != output->observed || clock_ns != output->observed_clock_ns) {
        observe(output);
        output->observed = batch;
        output->observed_clock_ns = clock_ns;
    }
    output->observed_count += count;
    progress->pending -= count;
    if (progress->pending > 0)
        return;
    observe(output);
    hand_back(output, batch);
}

/* An output that is not required may hold a quarter of the memory: beyond that it would hold up
 * the others, so what comes then is lost to it. */
static bool is_beyond_its_share(struct output *output, size_t clean_bytes)
{
    size_t held_bytes = atomic_load_explicit(&output->held_bytes, memory_order_relaxed);
    return !output->required && held_bytes > 0 &&
           held_bytes + clean_bytes > output->buffer_bytes / 4;
}

void output_give(struct output *output, struct batch *batch, size_t first, int64_t clock_ns)
{
    struct batch_progress *progress = &batch->progress[output->index];
    *progress = (struct batch_progress){.first = first, .given_clock_ns = clock_ns};
    size_t records = output_end(output, batch) - first;
    if (records > 0 && is_beyond_its_share(output, batch->clean_bytes)) {
        count(output, METRIC_REFUSED_RECORDS, records);
        records = 0;
    }
    if (records == 0) {
        queue_push(output->done, batch, 0);
        return;
    }
    progress->given = records;
    progress->pending = records;
    progress->bytes = records < batch->record_count ? payload_bytes(batch->records + first, records)
                                                    : batch->payload_bytes;
    atomic_fetch_add(&output->held_bytes, batch->clean_bytes);
    queue_push(output->queue, batch, batch->payload_bytes);
}

/* Writes until the queue is empty or the far side has no room. */
static void write_all(struct output *output)
{
    for (;;) {
        if (!output->current) {
            output->current = queue_pop(output->queue);
            if (!output->current)
                return;
            output->written = output->current->progress[output->index].first;
        }
        /* The last record may be delivered within the call, and the batch be gone after it. */
        size_t records = output_end(output, output->current);
        output->written += output->type->write(output, output->current, output->written);
        if (output->written < records)
            return;
        output->current = NULL;
    }
}

/* Waits for a batch, for the far side, or for `timeout_ms`. While a batch is partly written the
 * queue is left alone: it would be readable all the time. */
static void wait_for_work(struct output *output, int timeout_ms)
{
    struct pollfd descriptors[] = {
        {.fd = output->control, .events = POLLIN},
        {.fd = output->type->descriptor ? output->type->descriptor(output) : -1, .events = POLLIN},
        {.fd = output->current ? -1 : queue_descriptor(output->queue), .events = POLLIN},
    };
    if (output->health)
        health_idle(output->health, output->health_slot);
    int ready = poll(descriptors, 3, timeout_ms);
    if (output->health)
        health_busy(output->health, output->health_slot);
    if (ready > 0 && descriptors[0].revents) {
        eventfd_t ignored;
        eventfd_read(output->control, &ignored);
    }
}

static void *run(void *argument)
{
    struct output *output = argument;
    while (!atomic_load(&output->stopping)) {
        write_all(output);
        if (output->type->flush && atomic_load(&output->flushing))
            output->type->flush(output);
        wait_for_work(output, output->type->poll(output));
    }
    return NULL;
}

int output_start(struct output *output)
{
    int r = thread_start(&output->thread, "output", run, output);
    output->is_running = r >= 0;
    return r;
}

void output_flush(struct output *output)
{
    atomic_store(&output->flushing, true);
    eventfd_write(output->control, 1);
}

void output_stop(struct output *output)
{
    if (!output->is_running)
        return;
    atomic_store(&output->stopping, true);
    eventfd_write(output->control, 1);
    pthread_join(output->thread, NULL);
    output->is_running = false;
}

void output_finish(struct output *output)
{
    if (output->is_open)
        output->type->close(output);
    output->is_open = false;
    output->queue = queue_free(output->queue);
    output->done = queue_free(output->done);
    if (output->control >= 0)
        close(output->control);
    output->control = -1;
    free(output->state);
    output->state = NULL;
}
