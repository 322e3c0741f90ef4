#include "agent/log.h"
#include "agent/state_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CHANGES_MAX = 256, /* written in one transaction */
    WRITE_DELAY_MS = 100,
    RETRY_DELAY_MS = 1000,
};

/* Takes up to CHANGES_MAX entries off the queue; `entries` keeps them for what follows the write.
 * The lock is held. */
static size_t take_changes(struct state *state, struct state_change *changes,
                           struct entry **entries)
{
    size_t count = 0;
    while (state->queue && count < CHANGES_MAX) {
        struct entry *entry = state->queue;
        state->queue = entry->next_queued;
        state->queued_count--;
        entry->queued = false;
        entries[count] = entry;
        changes[count] = (struct state_change){
            .file = entry->file,
            .put_file = entry->dirty_file,
            .forget = entry->forgotten,
            .put_checkpoints = entry->dirty_checkpoints,
        };
        memcpy(changes[count].checkpoints, entry->checkpoints, sizeof(entry->checkpoints));
        entry->dirty_file = false;
        entry->dirty_checkpoints = 0;
        count++;
    }
    if (!state->queue)
        state->queue_end = &state->queue;
    return count;
}

static void put_back(struct state *state, const struct state_change *changes,
                     struct entry *const *entries, size_t count)
{
    uint64_t posted = state->posted;
    for (size_t i = 0; i < count; i++) {
        entries[i]->dirty_file |= changes[i].put_file;
        entries[i]->dirty_checkpoints |= changes[i].put_checkpoints;
        state_table_post(state, entries[i]);
    }
    state->posted = posted;
}

/* The file went bad while it was open: everything is in memory, so the next write makes a new one,
 * with the same key. The lock is held. */
static void replace_store(struct state *state)
{
    uint64_t posted = state->posted;
    state->store = state_store_close(state->store);
    if (state_store_move_aside(state->directory) < 0)
        return;
    for (unsigned i = 0; i < STATE_BUCKETS; i++)
        for (struct entry *entry = state->by_source[i]; entry; entry = entry->next_of_source) {
            entry->dirty_file = true;
            entry->dirty_checkpoints = entry->known;
            state_table_post(state, entry);
        }
    state->posted = posted;
}

static int write_changes(struct state *state, const struct state_change *changes, size_t count)
{
    if (!state->store) {
        int r = state_store_open(state->directory, state->key, &state->store);
        if (r < 0)
            return r;
    }
    return state_store_write(state->store, changes, count, (const char *const *)state->outputs);
}

/* Writes until the queue is empty or a write fails. The lock is held, but not while it writes. */
static int write_queue(struct state *state, struct state_change *changes, struct entry **entries)
{
    int r = 0;
    while (r == 0 && state->queue) {
        size_t count = take_changes(state, changes, entries);
        pthread_mutex_unlock(&state->lock);
        r = write_changes(state, changes, count);
        pthread_mutex_lock(&state->lock);
        if (r < 0) {
            put_back(state, changes, entries, count);
            state->failures++;
            if (r == -EBADMSG)
                replace_store(state);
            break;
        }
        for (size_t i = 0; i < count; i++)
            if (entries[i]->forgotten && changes[i].forget && !entries[i]->queued)
                free(entries[i]);
    }
    state->store_bytes = state->store ? state_store_memory(state->store) : 0;
    return r;
}

static void wait_ms(struct state *state, int delay_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += delay_ms / 1000;
    until.tv_nsec += (long)(delay_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!state->stop && !state->flush &&
           pthread_cond_timedwait(&state->wake, &state->lock, &until) != ETIMEDOUT)
        ;
}

/* Once when it begins to fail and once when it is over: it is tried every second. */
static void tell_change(int before, int now)
{
    if (now < 0 && before == 0)
        log_error("the state cannot be written: a restart would deliver again what is acknowledged "
                  "from now on",
                  log_errno(now));
    else if (now == 0 && before < 0)
        log_info("the state is written again");
}

static void *writer(void *argument)
{
    struct state *state = argument;
    struct state_change *changes = calloc(CHANGES_MAX, sizeof(*changes));
    struct entry **entries = calloc(CHANGES_MAX, sizeof(struct entry *));

    pthread_mutex_lock(&state->lock);
    for (;;) {
        while (!state->queue && !state->stop && !state->flush)
            pthread_cond_wait(&state->wake, &state->lock);
        if (state->stop && !state->queue)
            break;
        wait_ms(state, state->last_error < 0 ? RETRY_DELAY_MS : WRITE_DELAY_MS);
        bool stop = state->stop;
        state->flush = false;
        uint64_t posted = state->posted;
        int r = changes && entries ? write_queue(state, changes, entries) : -ENOMEM;
        tell_change(state->last_error, r);
        state->last_error = r;
        if (r == 0)
            state->written = posted;
        pthread_cond_broadcast(&state->wrote);
        if (stop && r < 0)
            break;
    }
    pthread_mutex_unlock(&state->lock);
    free(changes);
    free(entries);
    return NULL;
}

int state_writer_start(struct state *state)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&state->lock, NULL);
    pthread_cond_init(&state->wake, &attributes);
    pthread_cond_init(&state->wrote, &attributes);
    pthread_condattr_destroy(&attributes);
    return state->directory ? -pthread_create(&state->thread, NULL, writer, state) : 0;
}
