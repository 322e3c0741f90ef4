#include "plugin/fluent-bit/carrier.h"

#include "agent/queue.h"
#include "agent/thread.h"
#include "plugin/fluent-bit/host.h"
#include "plugin/fluent-bit/packer.h"
#include "plugin/fluent-bit/passages.h"
#include "rules/blotter.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

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

struct carrier {
    struct carrier_options options;
    char *id;
    struct output outputs[CARRIER_OUTPUTS]; /* the second one for what goes to quarantine */
    unsigned output_count;
    struct packer *packer; /* our thread's */
    pthread_t thread;
    bool is_running;
    int wakeup; /* eventfd: there is a job, or the end */

    /* under the lock */
    pthread_mutex_t lock;
    bool is_stopping;
    struct job *oldest;
    struct job *newest;
    struct carrier_counts counts;
    struct passages passages;
};

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
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
        passages_forget(&carrier->passages, job);
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

/* Under the lock. Whether the chunk is to be packed: else it is on its way already, has arrived, or
 * must come again. */
static bool begin_job(struct carrier *carrier, struct job *job, const uint8_t *digest)
{
    struct passage *passage = passages_find(&carrier->passages, digest);
    if (passage && passage->batch) {
        passage->job = job;
        job->state = JOB_SENT;
        carrier->counts.resumed++;
        return false;
    }
    if (passage) {
        passages_remove(&carrier->passages, passage);
        carrier->counts.resumed++;
        finish_job(job, ABI_FLUSH_OK);
        return false;
    }
    if (!passages_make_room(&carrier->passages) || !packer_has_room(carrier->packer)) {
        carrier->counts.retries++;
        finish_job(job, ABI_FLUSH_RETRY);
        return false;
    }
    return true;
}

/* Under the lock. What became of the packed chunk. */
static void note_packed(struct carrier *carrier, struct job *job, const uint8_t *digest, int result,
                        const struct packer_counts *packed, struct batch *batch)
{
    struct carrier_counts *counts = &carrier->counts;
    if (result < 0) {
        counts->retries++;
        finish_job(job, ABI_FLUSH_RETRY);
        return;
    }
    counts->withheld += packed->withheld;
    counts->dropped += packed->dropped;
    counts->findings += packed->findings;
    if (!batch) {
        finish_job(job, ABI_FLUSH_OK);
        return;
    }
    counts->quarantined += batch->quarantined_count;
    struct passage *passage = passages_add(&carrier->passages, digest);
    passage->batch = batch;
    passage->job = job;
    passage->outputs = carrier->output_count;
    job->state = JOB_SENT;
}

static void give(struct carrier *carrier, struct batch *batch)
{
    int64_t now_ns = clock_ns();
    size_t first[CARRIER_OUTPUTS];
    /* All read before the first output may be done with the batch. */
    for (unsigned i = 0; i < carrier->output_count; i++)
        first[i] = output_first(&carrier->outputs[i], batch);
    for (unsigned i = 0; i < carrier->output_count; i++)
        output_give(&carrier->outputs[i], batch, first[i], now_ns);
}

static void take_job(struct carrier *carrier, struct job *job)
{
    uint8_t digest[PASSAGES_DIGEST_BYTES];
    struct packer_counts packed = {0};
    struct batch *batch = NULL;
    int r = passages_digest(&carrier->passages, job->tag, job->data, job->size, digest);
    pthread_mutex_lock(&carrier->lock);
    bool is_new = r >= 0 && begin_job(carrier, job, digest);
    pthread_mutex_unlock(&carrier->lock);
    if (r >= 0 && !is_new)
        return;
    if (r >= 0)
        r = packer_pack(carrier->packer, job->data, job->size, job->tag, &packed, &batch);
    pthread_mutex_lock(&carrier->lock);
    note_packed(carrier, job, digest, r, &packed, batch);
    pthread_mutex_unlock(&carrier->lock);
    if (batch)
        give(carrier, batch);
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

/* An output has all that is its of the batch; the last one ends the chunk's way. */
static void take_back(struct carrier *carrier, const struct output *output, struct batch *batch)
{
    pthread_mutex_lock(&carrier->lock);
    struct passage *passage = passages_of(&carrier->passages, batch);
    carrier->counts.refused += batch->progress[output->index].refused;
    bool is_last = --passage->outputs == 0;
    if (is_last) {
        carrier->counts.chunks++;
        carrier->counts.records += batch->record_count;
        passage->batch = NULL;
        if (passage->job) {
            finish_job(passage->job, ABI_FLUSH_OK);
            passages_remove(&carrier->passages, passage);
        }
    }
    pthread_mutex_unlock(&carrier->lock);
    if (is_last)
        batch_free(batch);
}

static void *run(void *argument)
{
    struct carrier *carrier = argument;
    struct pollfd descriptors[1 + CARRIER_OUTPUTS] = {{.fd = carrier->wakeup, .events = POLLIN}};
    for (unsigned i = 0; i < carrier->output_count; i++)
        descriptors[1 + i] =
            (struct pollfd){.fd = queue_descriptor(carrier->outputs[i].done), .events = POLLIN};
    bool is_stopping = false;
    while (!is_stopping) {
        eventfd_t ignored;
        poll(descriptors, 1 + carrier->output_count, -1);
        if (descriptors[0].revents)
            eventfd_read(carrier->wakeup, &ignored);
        for (unsigned i = 0; i < carrier->output_count; i++) {
            struct output *output = &carrier->outputs[i];
            for (struct batch *batch; (batch = queue_pop(output->done));)
                take_back(carrier, output, batch);
        }
        take_jobs(carrier);
        pthread_mutex_lock(&carrier->lock);
        is_stopping = carrier->is_stopping;
        pthread_mutex_unlock(&carrier->lock);
    }
    return NULL;
}

/* ---- from start to end ---- */

static int open_output(struct carrier *carrier, const void *config, bool is_quarantine)
{
    struct clean error = {0};
    struct output *output = &carrier->outputs[carrier->output_count];
    *output = (struct output){
        .type = carrier->options.type,
        .id = carrier->id,
        .config = config,
        .index = carrier->output_count++,
        .is_quarantine = is_quarantine,
        .required = true,
        .buffer_bytes = carrier->options.buffer_bytes,
    };
    int r = output_init(output, &error);
    if (r < 0)
        host_log(ABI_LOG_ERROR, "%s: %.*s", carrier->id, (int)error.size,
                 error.size > 0 ? error.data : "");
    return r < 0 ? r : output_start(output);
}

static int start(struct carrier *carrier)
{
    const struct carrier_options *options = &carrier->options;
    int r = passages_init(&carrier->passages);
    if (r >= 0)
        r = open_output(carrier, options->config, false);
    if (r >= 0 && options->quarantine_config)
        r = open_output(carrier, options->quarantine_config, true);
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
    const struct packer_options packing = {
        .id = carrier->id,
        .rules = options->rules,
        .encoder = options->encoder,
        .tag_key = options->tag_key,
        .buffer_bytes = options->buffer_bytes,
    };
    int r = packer_new(&packing, &carrier->packer);
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

/* The Kafka client points into the batches until its output is closed, so they go after it. */
struct carrier *carrier_free(struct carrier *carrier)
{
    if (!carrier)
        return NULL;
    stop(carrier);
    for (unsigned i = 0; i < carrier->output_count; i++)
        output_stop(&carrier->outputs[i]);
    for (unsigned i = 0; i < carrier->output_count; i++) {
        if (carrier->outputs[i].state)
            output_finish(&carrier->outputs[i]);
    }
    for (size_t i = 0; i < carrier->passages.count; i++)
        batch_free(carrier->passages.list[i].batch);
    packer_free(carrier->packer);
    if (carrier->wakeup >= 0)
        close(carrier->wakeup);
    pthread_mutex_destroy(&carrier->lock);
    free(carrier->id);
    free(carrier);
    return NULL;
}
