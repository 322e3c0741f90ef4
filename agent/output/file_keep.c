#include "agent/output/file_keep.h"

#include "agent/log.h"
#include "agent/output/file_compress.h"
#include "agent/output/file_rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    STACK_BYTES = 256 * 1024,
};

static bool ends_with(const char *name, const char *ending)
{
    size_t size = strlen(name), ending_size = strlen(ending);
    return size >= ending_size && strcmp(name + size - ending_size, ending) == 0;
}

static void report(const struct file_keeper *keeper, const char *message, int error)
{
    log_warn(message, log_id("output", keeper->output_id), log_errno(error));
}

static void remove_file(const struct file_keeper *keeper, const char *name)
{
    int folder = open(keeper->place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || unlinkat(folder, name, 0) < 0)
        report(keeper, "a rotated file cannot be removed", errno);
    if (folder >= 0)
        close(folder);
}

/* Halves of compressed files go, then all but the newest `keep` files, then the rest is
 * compressed. */
static void look_after(struct file_keeper *keeper)
{
    char **names = NULL;
    size_t count = 0, whole = 0;
    int r = file_rotate_list(keeper->place, &names, &count);
    if (r < 0) {
        report(keeper, "the folder of rotated files cannot be read", r);
        return;
    }
    for (size_t i = 0; i < count; i++)
        whole += !ends_with(names[i], ".tmp");
    size_t keep = (size_t)keeper->config->rotate_keep;
    size_t surplus = whole > keep ? whole - keep : 0;
    for (size_t i = 0; i < count && !atomic_load(&keeper->is_stopping); i++) {
        bool is_half = ends_with(names[i], ".tmp");
        if (is_half || surplus > 0) {
            remove_file(keeper, names[i]);
            surplus -= !is_half;
        } else if (ends_with(names[i], "Z") &&
                   keeper->config->rotate_compress != FILE_COMPRESS_NONE) {
            r = file_compress(keeper->place, names[i],
                              (enum file_compression)keeper->config->rotate_compress,
                              &keeper->is_stopping);
            if (r < 0 && r != -ECANCELED)
                report(keeper, "a rotated file cannot be compressed and stays as it is", r);
        }
    }
    file_rotate_list_free(names, count);
}

static void *run(void *argument)
{
    struct file_keeper *keeper = argument;
    pthread_mutex_lock(&keeper->mutex);
    while (!atomic_load(&keeper->is_stopping)) {
        if (!keeper->has_work) {
            pthread_cond_wait(&keeper->wake, &keeper->mutex);
            continue;
        }
        keeper->has_work = false;
        pthread_mutex_unlock(&keeper->mutex);
        look_after(keeper);
        pthread_mutex_lock(&keeper->mutex);
    }
    pthread_mutex_unlock(&keeper->mutex);
    return NULL;
}

int file_keep_start(struct file_keeper *keeper)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_mutex_init(&keeper->mutex, NULL);
    pthread_cond_init(&keeper->wake, NULL);
    keeper->has_work = true;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all); /* signals are the loop's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = -pthread_create(&keeper->thread, &attributes, run, keeper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    keeper->is_running = r == 0;
    if (r == 0)
        pthread_setname_np(keeper->thread, "rotated files");
    return r;
}

void file_keep_wake(struct file_keeper *keeper)
{
    if (!keeper->is_running)
        return;
    pthread_mutex_lock(&keeper->mutex);
    keeper->has_work = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->mutex);
}

void file_keep_stop(struct file_keeper *keeper)
{
    if (!keeper->is_running)
        return;
    pthread_mutex_lock(&keeper->mutex);
    atomic_store(&keeper->is_stopping, true);
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->mutex);
    pthread_join(keeper->thread, NULL);
    pthread_mutex_destroy(&keeper->mutex);
    pthread_cond_destroy(&keeper->wake);
    keeper->is_running = false;
}
