#include "agent/worker.h"

#include "agent/frame.h"
#include "agent/health.h"
#include "agent/metrics.h"
#include "agent/parse.h"
#include "agent/queue.h"
#include "agent/redact.h"
#include "agent/route.h"
#include "agent/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

struct worker {
    struct worker_shared *shared;
    struct queue *queue;
    unsigned health_slot;
    atomic_bool stopping;
    pthread_t thread;
    struct generation *generation; /* referenced: the redactor is made from its rules */
    struct redactor *redactor;
    struct event event; /* here, because it is too large for a small stack */
};

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Turns to the batch's generation: a redactor from its rules. */
static int use_generation(struct worker *worker, struct generation *generation)
{
    if (worker->generation == generation)
        return 0;
    struct redactor *redactor;
    int r = redactor_new(generation->rules, &redactor);
    if (r < 0)
        return r;
    redactor_free(worker->redactor);
    generation_unref(worker->generation);
    worker->redactor = redactor;
    worker->generation = generation_ref(generation);
    return 0;
}

/* The source's framer, and the constant part of its records under this generation. */
static int prepare_source(struct source *source, struct generation *generation)
{
    const struct input *input = source->input;
    if (!source->framer) {
        int r = framer_new(input->frame, input->max_line_bytes, &source->framer);
        if (r < 0)
            return r;
    }
    if (source->constant_generation == generation)
        return 0;
    struct encode_source *constant;
    int r = encode_source_new(&generation->encode, source->path, source->id_text, &constant);
    if (r < 0)
        return r;
    encode_source_free(source->constant);
    generation_unref(source->constant_generation);
    source->constant = constant;
    source->constant_generation = generation_ref(generation);
    return 0;
}

static int encode_records(struct worker *worker, struct batch *batch, struct encode_counts *counts)
{
    const struct generation *generation = batch->generation;
    const struct encode_type *encoder = generation->encoder;
    struct encode_source *constant = batch->source->constant;
    const struct input *input = batch->source->input;
    const struct event *event = encoder->needs_event ? &worker->event : NULL;
    size_t payload_bytes = 0;
    for (size_t i = 0; i < batch->record_count; i++) {
        struct record *record = &batch->records[i];
        if (event)
            input->parser->parse(&input->parse, record->text, batch->read_time_ns, &worker->event);
        int r = encoder->encode(&generation->encode, constant, event, batch, record, &batch->clean,
                                counts);
        if (r < 0)
            return r;
        payload_bytes += record->payload.size;
    }
    batch->payload_bytes = payload_bytes;
    return 0;
}

static void count_redactions(struct metrics *metrics, const struct batch *batch)
{
    for (size_t i = 0; i < batch->redaction_count; i++) {
        const struct redaction *redaction = &batch->redactions[i];
        metrics_redaction(metrics, batch->generation->encode.rule_labels[redaction->rule],
                          redaction->reason, redaction->count);
    }
}

struct stage_times {
    int64_t taken_ns;
    int64_t redacted_ns;
    int64_t encoded_ns;
};

/* The framer's counts only rise: what is new since `before`. */
static void count_framing(struct metrics *metrics, unsigned input, const struct framer *before,
                          const struct framer *now)
{
    if (now->cut_lines > before->cut_lines)
        metrics_add(metrics, METRIC_CUT_RECORDS, input, now->cut_lines - before->cut_lines);
    if (now->withheld_bytes > before->withheld_bytes)
        metrics_add(metrics, METRIC_WITHHELD_BYTES, input,
                    now->withheld_bytes - before->withheld_bytes);
}

static void count_batch(struct metrics *metrics, const struct batch *batch, size_t records,
                        const struct encode_counts *counts, const struct stage_times *times)
{
    unsigned input = batch->source->input->index;
    metrics_add(metrics, METRIC_READ_BYTES, input, batch->end_offset - batch->offset);
    metrics_add(metrics, METRIC_READ_RECORDS, input, records);
    if (counts->repaired_records > 0)
        metrics_add(metrics, METRIC_REPAIRED_RECORDS, input, counts->repaired_records);
    if (counts->renamed_members > 0)
        metrics_add(metrics, METRIC_RENAMED_MEMBERS, input, counts->renamed_members);
    if (records > 0) {
        metrics_observe(metrics, STAGE_QUEUED, times->taken_ns - batch->read_clock_ns, records);
        metrics_observe(metrics, STAGE_REDACT, times->redacted_ns - times->taken_ns, records);
        metrics_observe(metrics, STAGE_ENCODE, times->encoded_ns - times->redacted_ns, records);
    }
    count_redactions(metrics, batch);
}

/* Raw bytes to payloads. When it returns 0 nothing raw is left of the batch. */
static int process(struct worker *worker, struct batch *batch, int64_t *ret_encoded_ns)
{
    struct metrics *metrics = worker->shared->metrics;
    struct stage_times times = {.taken_ns = clock_ns()};
    struct encode_counts counts = {0};
    int r = use_generation(worker, batch->generation);
    if (r < 0)
        return r;
    r = prepare_source(batch->source, batch->generation);
    if (r < 0)
        return r;
    struct framer *framer = batch->source->framer;
    struct framer before = *framer;
    r = framer_run(framer, batch);
    if (r < 0)
        return r;
    if (metrics)
        count_framing(metrics, batch->source->input->index, &before, framer);
    r = redact_batch(worker->redactor, batch);
    if (r < 0)
        return r;
    size_t framed = batch->record_count;
    r = route_batch(batch, metrics);
    if (r < 0)
        return r;
    times.redacted_ns = clock_ns();
    r = encode_records(worker, batch, &counts);
    if (r < 0)
        return r;
    batch_drop_raw(batch);
    times.encoded_ns = clock_ns();
    if (metrics)
        count_batch(metrics, batch, framed, &counts, &times);
    *ret_encoded_ns = times.encoded_ns;
    return 0;
}

/* Learns how much clean memory a block byte needs, so that reading stops before memory runs over:
 * up at once, down slowly. Only batches of some size tell: a small one is all chunk. */
static void learn_expansion(struct worker_shared *shared, size_t block_bytes, size_t clean_bytes)
{
    if (block_bytes < ARENA_CHUNK_MIN_BYTES)
        return;
    size_t now_16 = 16 * clean_bytes / block_bytes;
    size_t old_16 = atomic_load_explicit(&shared->expansion_16, memory_order_relaxed);
    size_t new_16 = now_16 > old_16 ? now_16 : (7 * old_16 + now_16) / 8;
    atomic_store_explicit(&shared->expansion_16, new_16, memory_order_relaxed);
}

/* The first of an output's records that it had not acknowledged before the source was opened: what
 * it had is a leading run. */
static size_t first_record(const struct output *output, const struct batch *batch, uint64_t resume)
{
    size_t first = output_first(output, batch), end = output_end(output, batch);
    if (batch->offset >= resume)
        return first;
    while (first < end && batch->records[first].offset < resume)
        first++;
    return first;
}

static void hand_over(struct worker_shared *shared, struct batch *batch, int64_t now_ns)
{
    /* After the last output has it the batch may be gone: nothing of it is read behind. */
    unsigned last = shared->output_count;
    size_t first[BATCH_OUTPUTS_MAX];
    for (unsigned output = 0; output < last; output++)
        first[output] =
            first_record(&shared->outputs[output], batch, batch->source->resume[output]);
    for (unsigned output = 0; output < last; output++)
        output_give(&shared->outputs[output], batch, first[output], now_ns);
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    struct worker_shared *shared = worker->shared;
    struct pollfd readable = {.fd = queue_descriptor(worker->queue), .events = POLLIN};
    while (!atomic_load(&worker->stopping)) {
        struct batch *batch = queue_pop(worker->queue);
        if (!batch) {
            if (shared->health)
                health_idle(shared->health, worker->health_slot);
            poll(&readable, 1, -1);
            continue;
        }
        if (shared->health)
            health_busy(shared->health, worker->health_slot);
        size_t block_bytes = batch->block_size;
        size_t reserved_bytes = batch->reserved_bytes;
        int64_t now_ns = 0;
        int r = process(worker, batch, &now_ns);
        atomic_fetch_sub(&shared->reserved_bytes, reserved_bytes);
        if (r < 0) {
            shared->failed(shared->user, r);
            break;
        }
        batch->clean_bytes = arena_size(&batch->clean);
        learn_expansion(shared, block_bytes, batch->clean_bytes);
        hand_over(shared, batch, now_ns);
        shared->encoded(shared->user);
    }
    return NULL;
}

int worker_new(struct worker_shared *shared, struct worker **ret_worker)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    worker->shared = shared;
    int r = shared->health ? health_add(shared->health, "worker", &worker->health_slot) : 0;
    if (r >= 0)
        r = queue_new(SIZE_MAX, 0, &worker->queue);
    if (r >= 0)
        r = thread_start(&worker->thread, "worker", run, worker);
    if (r < 0) {
        queue_free(worker->queue);
        free(worker);
        return r;
    }
    *ret_worker = worker;
    return 0;
}

struct worker *worker_free(struct worker *worker)
{
    if (!worker)
        return NULL;
    atomic_store(&worker->stopping, true);
    queue_wake(worker->queue);
    pthread_join(worker->thread, NULL);
    queue_free(worker->queue);
    redactor_free(worker->redactor);
    generation_unref(worker->generation);
    free(worker);
    return NULL;
}

void worker_give(struct worker *worker, struct batch *batch)
{
    queue_push(worker->queue, batch, batch->block_size);
}

void worker_forget_source(struct source *source)
{
    source->framer = framer_free(source->framer);
    source->constant = encode_source_free(source->constant);
    source->constant_generation = generation_unref(source->constant_generation);
}
