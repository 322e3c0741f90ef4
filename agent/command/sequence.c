/* One mutex guards the stages of all slots: a slot is a quarter of a megabyte, so it is taken some
 * thousand times a second and never fought for. */
#include "agent/command/sequence.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum stage {
    FREE,
    READY, /* filled, waits for a filter */
    BUSY,
    DONE, /* waits for the writer */
};

struct worker {
    struct sequence *sequence;
    struct filter filter;
    pthread_t thread;
};

struct sequence {
    int descriptor;
    unsigned jobs;
    struct worker *workers;
    unsigned filter_count; /* initialized */
    unsigned thread_count; /* started filters' threads */
    bool has_writer;
    pthread_t writer;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct sequence_slot *slots;
    size_t slot_count;
    /* Positions only rise; a slot is position % slot_count. */
    size_t next_take, next_filter, next_write;
    bool is_ended;
    int error;
};

static struct sequence_slot *slot_at(struct sequence *sequence, size_t position)
{
    return &sequence->slots[position % sequence->slot_count];
}

static int write_all(int descriptor, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        text += written;
        size -= (size_t)written;
    }
    return 0;
}

static int run_filter(struct filter *filter, struct sequence_slot *slot)
{
    return filter_run(filter, &slot->block, &slot->output, &slot->text, &slot->text_size);
}

/* Moves a slot on, with the mutex held. */
static void set_stage(struct sequence *sequence, struct sequence_slot *slot, enum stage stage,
                      int error)
{
    slot->stage = stage;
    if (error < 0 && sequence->error == 0)
        sequence->error = error;
    pthread_cond_broadcast(&sequence->changed);
}

static void *filter_thread(void *argument)
{
    struct worker *worker = argument;
    struct sequence *sequence = worker->sequence;
    pthread_mutex_lock(&sequence->mutex);
    while (sequence->error == 0) {
        struct sequence_slot *slot = slot_at(sequence, sequence->next_filter);
        if (sequence->next_filter < sequence->next_take && slot->stage == READY) {
            sequence->next_filter++;
            slot->stage = BUSY;
            pthread_mutex_unlock(&sequence->mutex);
            int error = run_filter(&worker->filter, slot);
            pthread_mutex_lock(&sequence->mutex);
            set_stage(sequence, slot, DONE, error);
        } else if (sequence->is_ended) {
            break;
        } else {
            pthread_cond_wait(&sequence->changed, &sequence->mutex);
        }
    }
    pthread_mutex_unlock(&sequence->mutex);
    return NULL;
}

static void *writer_thread(void *argument)
{
    struct sequence *sequence = argument;
    pthread_mutex_lock(&sequence->mutex);
    while (sequence->error == 0) {
        struct sequence_slot *slot = slot_at(sequence, sequence->next_write);
        if (sequence->next_write < sequence->next_take && slot->stage == DONE) {
            pthread_mutex_unlock(&sequence->mutex);
            int error = write_all(sequence->descriptor, slot->text, slot->text_size);
            pthread_mutex_lock(&sequence->mutex);
            sequence->next_write++;
            set_stage(sequence, slot, FREE, error);
        } else if (sequence->is_ended && sequence->next_write == sequence->next_take) {
            break;
        } else {
            pthread_cond_wait(&sequence->changed, &sequence->mutex);
        }
    }
    pthread_mutex_unlock(&sequence->mutex);
    return NULL;
}

static int start_threads(struct sequence *sequence)
{
    for (unsigned i = 0; i < sequence->jobs; i++) {
        int error = pthread_create(&sequence->workers[i].thread, NULL, filter_thread,
                                   &sequence->workers[i]);
        if (error)
            return -error;
        sequence->thread_count++;
    }
    int error = pthread_create(&sequence->writer, NULL, writer_thread, sequence);
    sequence->has_writer = error == 0;
    return -error;
}

int sequence_new(const struct blot_ruleset *rules, unsigned jobs, size_t block_bytes,
                 int descriptor, struct sequence **ret_sequence)
{
    struct sequence *sequence = calloc(1, sizeof(*sequence));
    if (!sequence)
        return -ENOMEM;
    pthread_mutex_init(&sequence->mutex, NULL);
    pthread_cond_init(&sequence->changed, NULL);
    sequence->descriptor = descriptor;
    sequence->jobs = jobs;
    /* Two at least: the unfinished line of one is copied into the next. */
    sequence->slot_count = jobs > 1 ? 2 * (size_t)jobs + 2 : 2;
    sequence->slots = calloc(sequence->slot_count, sizeof(*sequence->slots));
    sequence->workers = calloc(jobs, sizeof(*sequence->workers));
    int error = sequence->slots && sequence->workers ? 0 : -ENOMEM;
    for (size_t i = 0; error == 0 && i < sequence->slot_count; i++)
        error = sequence_grow(&sequence->slots[i], block_bytes);
    for (unsigned i = 0; error == 0 && i < jobs; i++) {
        sequence->workers[i].sequence = sequence;
        error = filter_init(&sequence->workers[i].filter, rules);
        sequence->filter_count++;
    }
    if (error == 0 && jobs > 1)
        error = start_threads(sequence);
    if (error < 0) {
        sequence_free(sequence);
        return error;
    }
    *ret_sequence = sequence;
    return 0;
}

struct sequence_slot *sequence_take(struct sequence *sequence)
{
    pthread_mutex_lock(&sequence->mutex);
    struct sequence_slot *slot = slot_at(sequence, sequence->next_take);
    while (slot->stage != FREE && sequence->error == 0)
        pthread_cond_wait(&sequence->changed, &sequence->mutex);
    bool has_failed = sequence->error < 0;
    pthread_mutex_unlock(&sequence->mutex);
    return has_failed ? NULL : slot;
}

int sequence_grow(struct sequence_slot *slot, size_t capacity)
{
    if (capacity <= slot->capacity)
        return 0;
    char *data = realloc(slot->data, capacity);
    if (!data)
        return -ENOMEM;
    slot->data = data;
    slot->capacity = capacity;
    return 0;
}

void sequence_submit(struct sequence *sequence)
{
    struct sequence_slot *slot = slot_at(sequence, sequence->next_take);
    int error = 0;
    if (sequence->jobs == 1) {
        error = run_filter(&sequence->workers[0].filter, slot);
        if (error == 0)
            error = write_all(sequence->descriptor, slot->text, slot->text_size);
    }
    pthread_mutex_lock(&sequence->mutex);
    sequence->next_take++;
    set_stage(sequence, slot, sequence->jobs == 1 ? FREE : READY, error);
    pthread_mutex_unlock(&sequence->mutex);
}

int sequence_finish(struct sequence *sequence)
{
    pthread_mutex_lock(&sequence->mutex);
    sequence->is_ended = true;
    pthread_cond_broadcast(&sequence->changed);
    pthread_mutex_unlock(&sequence->mutex);
    for (; sequence->thread_count > 0; sequence->thread_count--)
        pthread_join(sequence->workers[sequence->thread_count - 1].thread, NULL);
    if (sequence->has_writer)
        pthread_join(sequence->writer, NULL);
    sequence->has_writer = false;
    return sequence->error;
}

uint64_t sequence_count(const struct sequence *sequence, size_t rule, unsigned reason)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < sequence->filter_count; i++)
        count += sequence->workers[i].filter.counts[rule * FILTER_COUNTS + reason];
    return count;
}

struct sequence *sequence_free(struct sequence *sequence)
{
    if (!sequence)
        return NULL;
    sequence_finish(sequence);
    for (unsigned i = 0; i < sequence->filter_count; i++)
        filter_finish(&sequence->workers[i].filter);
    for (size_t i = 0; sequence->slots && i < sequence->slot_count; i++) {
        free(sequence->slots[i].data);
        filter_buffer_free(&sequence->slots[i].output);
    }
    free(sequence->workers);
    free(sequence->slots);
    pthread_cond_destroy(&sequence->changed);
    pthread_mutex_destroy(&sequence->mutex);
    free(sequence);
    return NULL;
}
