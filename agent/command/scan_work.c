/* One mutex guards the places of all slots. A thread may be at most SLOTS files ahead of what was
 * given, so what waits is bounded. */
#include "agent/command/scan_work.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define TICK_NS 100000000L

enum {
    SLOTS = 256,
};

struct crew {
    const struct scan_work *work;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t next, given; /* files taken by threads, and given to the caller */
    bool is_done[SLOTS];
    struct scan_result results[SLOTS];
    int error;
};

static void *run_thread(void *argument)
{
    struct crew *crew = argument;
    struct scanner *scanner = NULL;
    int error = scan_file_new(crew->work->settings, &scanner);
    pthread_mutex_lock(&crew->mutex);
    while (error == 0 && crew->error == 0 && crew->next < crew->work->walk->count) {
        if (crew->next - crew->given >= SLOTS) {
            pthread_cond_wait(&crew->changed, &crew->mutex);
            continue;
        }
        size_t file = crew->next++;
        pthread_mutex_unlock(&crew->mutex);
        struct scan_result result;
        error = scan_file_run(scanner, &crew->work->walk->files[file], &result);
        pthread_mutex_lock(&crew->mutex);
        if (error == 0) {
            crew->results[file % SLOTS] = result;
            crew->is_done[file % SLOTS] = true;
        }
        pthread_cond_broadcast(&crew->changed);
    }
    if (error < 0 && crew->error == 0)
        crew->error = error;
    pthread_cond_broadcast(&crew->changed);
    pthread_mutex_unlock(&crew->mutex);
    scan_file_free(scanner);
    return NULL;
}

/* Waits for the next result; false: something failed. */
static bool wait_for(struct crew *crew, struct scan_result *ret_result)
{
    size_t slot = crew->given % SLOTS;
    pthread_mutex_lock(&crew->mutex);
    while (!crew->is_done[slot] && crew->error == 0) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&crew->changed, &crew->mutex, &until) == ETIMEDOUT)
            crew->work->tick(crew->work->user);
    }
    bool is_done = crew->is_done[slot];
    if (is_done) {
        *ret_result = crew->results[slot];
        crew->is_done[slot] = false;
        crew->given++;
        pthread_cond_broadcast(&crew->changed);
    }
    pthread_mutex_unlock(&crew->mutex);
    return is_done;
}

static void give_all(struct crew *crew)
{
    const struct scan_walk *walk = crew->work->walk;
    for (size_t i = 0; i < walk->count; i++) {
        struct scan_result result;
        if (!wait_for(crew, &result))
            return;
        int error = crew->work->use(crew->work->user, &walk->files[i], &result);
        if (error < 0) {
            pthread_mutex_lock(&crew->mutex);
            crew->error = error;
            pthread_cond_broadcast(&crew->changed);
            pthread_mutex_unlock(&crew->mutex);
            return;
        }
    }
}

int scan_work_run(const struct scan_work *work)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    pthread_t *threads = calloc(work->jobs, sizeof(*threads));
    unsigned started = 0;
    int error = crew && threads ? 0 : -ENOMEM;
    if (error < 0)
        goto out;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    crew->work = work;
    for (; error == 0 && started < work->jobs && started < work->walk->count; started += !error)
        error = -pthread_create(&threads[started], NULL, run_thread, crew);
    if (error == 0) {
        give_all(crew);
    } else {
        pthread_mutex_lock(&crew->mutex);
        crew->error = error;
        pthread_mutex_unlock(&crew->mutex);
    }
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    error = crew->error;
    for (size_t i = 0; i < SLOTS; i++) {
        if (crew->is_done[i])
            scan_file_forget(&crew->results[i]);
    }
    pthread_cond_destroy(&crew->changed);
    pthread_mutex_destroy(&crew->mutex);
out:
    free(threads);
    free(crew);
    return error;
}
