#include "plugin/fluent-bit/carrier.h"

#include "agent/frame.h"
#include "agent/generation.h"
#include "agent/input.h"
#include "agent/queue.h"
#include "agent/redact.h"
#include "agent/source.h"
#include "agent/thread.h"
#include "plugin/fluent-bit/host.h"
#include "plugin/fluent-bit/records.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    DIGEST_BYTES = 32,
    PASSAGES_MAX = 1024, /* chunks that are remembered */
    LINE_MAX_BYTES = 16 * 1024 * 1024,
    KEPT_TEXT_BYTES = 4 * 1024 * 1024,
    ARENA_CHUNK_BYTES = 256 * 1024,
};

enum job_state {
    JOB_QUEUED,
    JOB_TAKEN, /* our thread reads the host's bytes */
    JOB_SENT,
    JOB_DONE,
};

/* A flush that waits. On the caller's stack; under the lock. */
struct job {
    const void *data;
    size_t size;
    const char *tag;
    enum job_state state;
    enum abi_flush_result result;
    pthread_cond_t changed;
    struct job *next;
};

/* A chunk on its way, or arrived while nobody waited for it. */
struct passage {
    uint8_t digest[DIGEST_BYTES];
    struct batch *batch; /* NULL: acknowledged */
    struct job *job;     /* NULL: nobody waits */
    uint64_t records;
};

struct carrier {
    struct carrier_options options;
    char *id;
    struct output output;
    struct input input;
    struct source *source;
    struct generation *generation;
    struct redactor *redactor;
    struct arena_pool *raw;
    struct arena_pool *clean;
    pthread_t thread;
    bool is_running;
    int wakeup; /* eventfd: there is a job, or the end */
    uint8_t key[DIGEST_BYTES];

    /* under the lock */
    pthread_mutex_t lock;
    bool is_stopping;
    struct job *oldest;
    struct job *newest;
    struct carrier_counts counts;
    struct passage passages[PASSAGES_MAX];
    size_t passage_count;

    /* our thread */
    uint64_t offset;
    struct text text;
    struct encode_counts encode_counts;
    struct event event;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- what the host's threads call ---- */

static void remove_job(struct carrier *carrier, struct job *job)
{
    struct job **link = &carrier->oldest;
    struct job *before = NULL;
    for (; *link && *link != job; link = &(*link)->next)
        before = *link;
    if (!*link)
        return;
    *link = job->next;
    if (carrier->newest == job)
        carrier->newest = before;
}

static void forget_job(struct carrier *carrier, const struct job *job)
{
    for (size_t i = 0; i < carrier->passage_count; i++) {
        if (carrier->passages[i].job == job)
            carrier->passages[i].job = NULL;
    }
}

static void wait_for_job(struct carrier *carrier, struct job *job)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += carrier->options.timeout_seconds;
    while (job->state != JOB_DONE) {
        int r = pthread_cond_timedwait(&job->changed, &carrier->lock, &until);
        /* While it is read it is waited for: that takes no longer than the work. */
        if (r != ETIMEDOUT || job->state == JOB_TAKEN || job->state == JOB_DONE) {
            if (r == ETIMEDOUT)
                until.tv_sec++;
            continue;
        }
        remove_job(carrier, job);
        forget_job(carrier, job);
        carrier->counts.retries++;
        job->result = ABI_FLUSH_RETRY;
        return;
    }
}

enum abi_flush_result carrier_flush(struct carrier *carrier, const void *data, size_t size,
                                    const char *tag)
{
    struct job job = {.data = data, .size = size, .tag = tag};
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&job.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_lock(&carrier->lock);
    if (carrier->newest)
        carrier->newest->next = &job;
    else
        carrier->oldest = &job;
    carrier->newest = &job;
    eventfd_write(carrier->wakeup, 1);
    wait_for_job(carrier, &job);
    pthread_mutex_unlock(&carrier->lock);
    pthread_cond_destroy(&job.changed);
    return job.result;
}

struct carrier_counts carrier_counts(struct carrier *carrier)
{
    pthread_mutex_lock(&carrier->lock);
    struct carrier_counts counts = carrier->counts;
    pthread_mutex_unlock(&carrier->lock);
    return counts;
}

/* ---- our thread ---- */

static void finish_job(struct job *job, enum abi_flush_result result)
{
    job->state = JOB_DONE;
    job->result = result;
    pthread_cond_signal(&job->changed);
}

/* A keyed one, since it is kept: no digest of raw bytes can be searched for what they were. */
static int digest_chunk(const struct carrier *carrier, const struct job *job,
                        uint8_t digest[DIGEST_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, carrier->key, sizeof carrier->key) &&
                EVP_DigestUpdate(context, job->tag, strlen(job->tag) + 1) &&
                EVP_DigestUpdate(context, job->data, job->size) &&
                EVP_DigestUpdate(context, carrier->key, sizeof carrier->key) &&
                EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    return done ? 0 : -ENOMEM;
}

static struct passage *find_passage(struct carrier *carrier, const uint8_t *digest)
{
    for (size_t i = 0; i < carrier->passage_count; i++) {
        if (memcmp(carrier->passages[i].digest, digest, DIGEST_BYTES) == 0 &&
            !carrier->passages[i].job)
            return &carrier->passages[i];
    }
    return NULL;
}

static void remove_passage(struct carrier *carrier, struct passage *passage)
{
    size_t behind = carrier->passage_count - 1 - (size_t)(passage - carrier->passages);
    memmove(passage, passage + 1, behind * sizeof *passage);
    carrier->passage_count--;
}

/* Room for one more: the oldest that has arrived and was never asked for again goes. */
static bool make_room(struct carrier *carrier)
{
    if (carrier->passage_count < PASSAGES_MAX)
        return true;
    for (size_t i = 0; i < carrier->passage_count; i++) {
        if (!carrier->passages[i].batch) {
            remove_passage(carrier, &carrier->passages[i]);
            return true;
        }
    }
    return false;
}

static int encode_records(struct carrier *carrier, struct batch *batch)
{
    const struct generation *generation = carrier->generation;
    const struct encode_type *encoder = generation->encoder;
    const struct event *event = encoder->needs_event ? &carrier->event : NULL;
    for (size_t i = 0; i < batch->record_count; i++) {
        struct record *record = &batch->records[i];
        if (event)
            carrier->input.parser->parse(&carrier->input.parse, record->text, batch->read_time_ns,
                                         &carrier->event);
        int r = encoder->encode(&generation->encode, carrier->source->constant, event, batch,
                                record, &batch->clean, &carrier->encode_counts);
        if (r < 0)
            return r;
        batch->payload_bytes += record->payload.size;
    }
    return 0;
}

/* Raw lines to payloads; what is raw is gone then, also on failure. */
static int process(struct carrier *carrier, struct batch *batch)
{
    int r = framer_run(carrier->source->framer, batch);
    if (r >= 0)
        r = redact_batch(carrier->redactor, batch);
    if (r >= 0)
        r = encode_records(carrier, batch);
    batch_drop_raw(batch);
    batch->clean_bytes = arena_size(&batch->clean);
    return r;
}

/* The chunk as a batch that is ready to be given; NULL where there is nothing to deliver. */
static int make_batch(struct carrier *carrier, const struct job *job, struct records_counts *counts,
                      struct batch **ret_batch)
{
    const struct records_options options = {carrier->options.tag_key, job->tag};
    struct text *text = &carrier->text;
    struct batch *batch = NULL;
    text_clear(text, KEPT_TEXT_BYTES);
    int r = records_append(text, job->data, job->size, &options, counts);
    if (r >= 0 && text->size > 0)
        r = batch_new(carrier->raw, carrier->clean, text->size, &batch);
    if (r < 0 || !batch) {
        *ret_batch = NULL;
        return r;
    }
    memcpy(batch->block, text->data, text->size);
    batch->source = carrier->source;
    batch->generation = carrier->generation;
    batch->block_size = text->size;
    batch->offset = carrier->offset;
    carrier->offset += text->size;
    batch->end_offset = carrier->offset;
    text_clear(text, KEPT_TEXT_BYTES);
    batch->read_time_ns = clock_ns(CLOCK_REALTIME);
    batch->read_clock_ns = clock_ns(CLOCK_MONOTONIC);
    *ret_batch = batch;
    return 0;
}

/* Under the lock. Records the chunk, and returns whether it is to be read: else it is on its way
 * already, has arrived, or must come again. */
static bool begin_job(struct carrier *carrier, struct job *job, const uint8_t *digest)
{
    struct passage *passage = find_passage(carrier, digest);
    if (passage && passage->batch) {
        passage->job = job;
        job->state = JOB_SENT;
        carrier->counts.resumed++;
        return false;
    }
    if (passage) {
        remove_passage(carrier, passage);
        carrier->counts.resumed++;
        finish_job(job, ABI_FLUSH_OK);
        return false;
    }
    if (!make_room(carrier) || !arena_pool_has_room(carrier->clean, 1)) {
        carrier->counts.retries++;
        finish_job(job, ABI_FLUSH_RETRY);
        return false;
    }
    return true;
}

static void take_job(struct carrier *carrier, struct job *job)
{
    uint8_t digest[DIGEST_BYTES];
    struct records_counts counts = {0};
    struct batch *batch = NULL;
    int r = digest_chunk(carrier, job, digest);
    pthread_mutex_lock(&carrier->lock);
    bool is_new = r >= 0 && begin_job(carrier, job, digest);
    pthread_mutex_unlock(&carrier->lock);
    if (r >= 0 && !is_new)
        return;
    if (r >= 0)
        r = make_batch(carrier, job, &counts, &batch);
    if (r >= 0 && batch)
        r = process(carrier, batch);
    pthread_mutex_lock(&carrier->lock);
    if (r < 0) {
        carrier->counts.retries++;
        finish_job(job, ABI_FLUSH_RETRY);
    } else if (!batch || batch->record_count == 0) {
        finish_job(job, ABI_FLUSH_OK);
    } else {
        struct passage *passage = &carrier->passages[carrier->passage_count++];
        *passage = (struct passage){.batch = batch, .job = job, .records = batch->record_count};
        memcpy(passage->digest, digest, sizeof digest);
        job->state = JOB_SENT;
        carrier->counts.withheld += counts.withheld;
        for (size_t i = 0; i < batch->redaction_count; i++)
            carrier->counts.findings += batch->redactions[i].count;
    }
    bool is_sent = job->state == JOB_SENT;
    pthread_mutex_unlock(&carrier->lock);
    if (is_sent)
        output_give(&carrier->output, batch, 0, clock_ns(CLOCK_MONOTONIC));
    else
        batch_free(batch);
}

static void take_jobs(struct carrier *carrier)
{
    for (;;) {
        pthread_mutex_lock(&carrier->lock);
        struct job *job = carrier->oldest;
        if (job) {
            remove_job(carrier, job);
            job->state = JOB_TAKEN;
        }
        pthread_mutex_unlock(&carrier->lock);
        if (!job)
            return;
        take_job(carrier, job);
    }
}

/* The broker has the batch. */
static void finish_batch(struct carrier *carrier, struct batch *batch)
{
    pthread_mutex_lock(&carrier->lock);
    for (size_t i = 0; i < carrier->passage_count; i++) {
        struct passage *passage = &carrier->passages[i];
        if (passage->batch != batch)
            continue;
        carrier->counts.chunks++;
        carrier->counts.records += passage->records;
        carrier->counts.refused += batch->progress[0].refused;
        passage->batch = NULL;
        if (passage->job) {
            finish_job(passage->job, ABI_FLUSH_OK);
            remove_passage(carrier, passage);
        }
        break;
    }
    pthread_mutex_unlock(&carrier->lock);
    batch_free(batch);
}

static void *run(void *argument)
{
    struct carrier *carrier = argument;
    struct pollfd descriptors[] = {
        {.fd = carrier->wakeup, .events = POLLIN},
        {.fd = queue_descriptor(carrier->output.done), .events = POLLIN},
    };
    bool is_stopping = false;
    while (!is_stopping) {
        eventfd_t ignored;
        poll(descriptors, 2, -1);
        if (descriptors[0].revents)
            eventfd_read(carrier->wakeup, &ignored);
        for (struct batch *batch; (batch = queue_pop(carrier->output.done));)
            finish_batch(carrier, batch);
        take_jobs(carrier);
        pthread_mutex_lock(&carrier->lock);
        is_stopping = carrier->is_stopping;
        pthread_mutex_unlock(&carrier->lock);
    }
    return NULL;
}

/* ---- from start to end ---- */

static int make_source(struct carrier *carrier)
{
    struct encode_source *constant;
    int r = source_new(NULL, (struct clean){0}, NULL, 1, &carrier->source);
    if (r >= 0)
        r = framer_new("line", LINE_MAX_BYTES, &carrier->source->framer);
    if (r >= 0)
        r = encode_source_new(&carrier->generation->encode, clean_literal(""),
                              carrier->source->id_text, &constant);
    if (r < 0)
        return r;
    carrier->source->constant = constant;
    carrier->source->input = &carrier->input;
    return 0;
}

static int open_output(struct carrier *carrier)
{
    struct clean error = {0};
    carrier->output = (struct output){
        .type = carrier->options.type,
        .id = carrier->id,
        .config = carrier->options.config,
        .required = true,
        .buffer_bytes = carrier->options.buffer_bytes,
    };
    int r = output_init(&carrier->output, &error);
    if (r < 0)
        host_log(ABI_LOG_ERROR, "%s: %.*s", carrier->id, (int)error.size,
                 error.size > 0 ? error.data : "");
    return r < 0 ? r : output_start(&carrier->output);
}

static int start(struct carrier *carrier)
{
    size_t buffer_bytes = carrier->options.buffer_bytes;
    carrier->input =
        (struct input){.id = carrier->id, .frame = "line", .parser = parse_find("auto")};
    int r = RAND_bytes(carrier->key, sizeof carrier->key) == 1 ? 0 : -EIO;
    if (r >= 0)
        r = redactor_new(carrier->generation->rules, &carrier->redactor);
    if (r >= 0)
        r = arena_pool_new(ARENA_RAW, ARENA_CHUNK_BYTES, buffer_bytes, &carrier->raw);
    if (r >= 0)
        r = arena_pool_new(ARENA_CLEAN, ARENA_CHUNK_BYTES, buffer_bytes, &carrier->clean);
    if (r >= 0)
        r = make_source(carrier);
    if (r >= 0)
        r = open_output(carrier);
    if (r < 0)
        return r;
    carrier->wakeup = eventfd(0, EFD_CLOEXEC);
    if (carrier->wakeup < 0)
        return -errno;
    r = thread_start(&carrier->thread, "blotter", run, carrier);
    carrier->is_running = r >= 0;
    return r;
}

int carrier_new(const struct carrier_options *options, struct carrier **ret_carrier)
{
    struct carrier *carrier = calloc(1, sizeof *carrier);
    if (!carrier) {
        blot_ruleset_free(options->rules);
        return -ENOMEM;
    }
    carrier->options = *options;
    carrier->wakeup = -1;
    carrier->id = strdup(options->id);
    pthread_mutex_init(&carrier->lock, NULL);
    int r = generation_new(options->rules, options->encoder, &carrier->generation);
    if (r >= 0)
        r = carrier->id ? start(carrier) : -ENOMEM;
    if (r < 0) {
        carrier_free(carrier);
        return r;
    }
    *ret_carrier = carrier;
    return 0;
}

static void stop(struct carrier *carrier)
{
    if (!carrier->is_running)
        return;
    pthread_mutex_lock(&carrier->lock);
    carrier->is_stopping = true;
    eventfd_write(carrier->wakeup, 1);
    pthread_mutex_unlock(&carrier->lock);
    pthread_join(carrier->thread, NULL);
}

/* The Kafka client points into the batches until the output is closed, so they go after it. */
struct carrier *carrier_free(struct carrier *carrier)
{
    if (!carrier)
        return NULL;
    stop(carrier);
    output_stop(&carrier->output);
    if (carrier->output.state)
        output_finish(&carrier->output);
    for (size_t i = 0; i < carrier->passage_count; i++)
        batch_free(carrier->passages[i].batch);
    if (carrier->source) {
        carrier->source->framer = framer_free(carrier->source->framer);
        carrier->source->constant = encode_source_free(carrier->source->constant);
        source_free(carrier->source);
    }
    redactor_free(carrier->redactor);
    generation_unref(carrier->generation);
    arena_pool_free(carrier->raw);
    arena_pool_free(carrier->clean);
    text_finish(&carrier->text);
    if (carrier->wakeup >= 0)
        close(carrier->wakeup);
    pthread_mutex_destroy(&carrier->lock);
    free(carrier->id);
    free(carrier);
    return NULL;
}
