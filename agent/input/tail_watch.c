#include "agent/input/tail.h"
#include "agent/log.h"
#include "agent/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    EVENT_BYTES = 16 * 1024,
    FILE_EVENTS = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF,
    DIRECTORY_EVENTS = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB |
                       IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
};

/* File systems on which another machine or a process in user space writes, which inotify does not
 * show (statfs(2) lists the numbers). */
static const unsigned long remote_types[] = {
    0x6969,     /* NFS */
    0xff534d42, /* CIFS */
    0xfe534d42, /* SMB2 */
    0x517b,     /* SMB */
    0x65735546, /* FUSE */
    0x01021997, /* 9P */
    0x00c36400, /* Ceph */
    0x5346414f, /* AFS */
};

static bool is_remote(const struct statfs *status)
{
    for (size_t i = 0; i < sizeof(remote_types) / sizeof(*remote_types); i++)
        if ((unsigned long)status->f_type == remote_types[i])
            return true;
    return false;
}

static struct tail_watch **place_of(struct tail *tail, int descriptor)
{
    struct tail_watch **place = &tail->watches[(unsigned)descriptor % TAIL_BUCKETS];
    while (*place && (*place)->descriptor != descriptor)
        place = &(*place)->next;
    return place;
}

static void remove_watch(struct tail *tail, struct tail_watch **place)
{
    struct tail_watch *watch = *place;
    *place = watch->next;
    tail->watch_count--;
    free(watch);
}

/* Limits are the machine's, not the file's: told once, then everything unwatched is polled. */
static void tell_failure(struct tail *tail, int error)
{
    if (tail->is_watch_failure_told)
        return;
    tail->is_watch_failure_told = true;
    pipeline_input_count(tail->input->pipeline, tail->input, METRIC_INPUT_ERRORS, 1);
    log_warn("inotify has no room (fs.inotify.max_user_instances, max_user_watches): polling",
             log_id("input", tail->input->id), log_errno(error));
}

/* The watch of `path`, new or known, or NULL. */
static struct tail_watch *add_watch(struct tail *tail, const char *path, uint32_t events)
{
    if (tail->inotify < 0 || tail->watch_count >= TAIL_WATCHES_MAX)
        return NULL;
    int descriptor = inotify_add_watch(tail->inotify, path, events);
    if (descriptor < 0) {
        if (errno == ENOSPC || errno == ENOMEM)
            tell_failure(tail, -errno);
        return NULL;
    }
    struct tail_watch **place = place_of(tail, descriptor);
    if (*place)
        return *place;
    struct tail_watch *watch = calloc(1, sizeof(*watch));
    if (!watch) {
        inotify_rm_watch(tail->inotify, descriptor);
        return NULL;
    }
    watch->descriptor = descriptor;
    *place = watch;
    tail->watch_count++;
    return watch;
}

void tail_watch_file(struct tail_file *file)
{
    struct tail *tail = file->tail;
    struct statfs status;
    char link[64];

    /* By descriptor: a path may stand for another inode by now. */
    snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
    bool remote = fstatfs(file->fd, &status) == 0 && is_remote(&status);
    file->watch = remote ? NULL : add_watch(tail, link, FILE_EVENTS);
    if (file->watch)
        file->watch->file = file;
}

void tail_watch_drop(struct tail_file *file)
{
    struct tail *tail = file->tail;
    if (!file->watch)
        return;
    inotify_rm_watch(tail->inotify, file->watch->descriptor);
    remove_watch(tail, place_of(tail, file->watch->descriptor));
    file->watch = NULL;
}

void tail_watch_directory(struct tail *tail, const char *path, bool any_name)
{
    struct statfs status;
    struct tail_watch *watch = NULL;

    if (statfs(path, &status) < 0)
        return;
    if (!is_remote(&status))
        watch = add_watch(tail, path, DIRECTORY_EVENTS);
    if (!watch) {
        tail->polled_directories++;
        return;
    }
    watch->any_name = any_name || (watch->any_name && watch->scan == tail->scan);
    watch->scan = tail->scan;
}

void tail_watch_sweep(struct tail *tail)
{
    for (unsigned i = 0; i < TAIL_BUCKETS; i++)
        for (struct tail_watch **place = &tail->watches[i]; *place;) {
            struct tail_watch *watch = *place;
            if (watch->file || watch->scan == tail->scan) {
                place = &watch->next;
                continue;
            }
            inotify_rm_watch(tail->inotify, watch->descriptor);
            remove_watch(tail, place);
        }
}

static void file_event(struct tail_file *file, uint32_t mask)
{
    struct tail *tail = file->tail;
    if (file->phase == TAIL_READING || file->phase == TAIL_ENDING)
        tail_ready(file);
    if (file->phase == TAIL_RESTING || (mask & (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)))
        tail_scan_want(tail);
}

static void overflow(struct tail *tail)
{
    for (struct tail_file *file = tail->files; file; file = file->next)
        if (file->phase == TAIL_READING)
            tail_ready(file);
    tail_scan_want(tail);
}

static void one_event(struct tail *tail, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW) {
        overflow(tail);
        return;
    }
    struct tail_watch **place = place_of(tail, event->wd);
    struct tail_watch *watch = *place;
    if (!watch)
        return;
    if (watch->file)
        file_event(watch->file, event->mask);
    else if (event->len == 0 || watch->any_name || tail_scan_wants_name(tail, event->name))
        tail_scan_want(tail);
    if (event->mask & IN_IGNORED) {
        if (watch->file)
            watch->file->watch = NULL;
        remove_watch(tail, place);
        tail_watch_set_polling(tail);
    }
}

static void on_events(uv_poll_t *poll, int status, int events)
{
    struct tail *tail = poll->data;
    char buffer[EVENT_BYTES] __attribute__((aligned(__alignof__(struct inotify_event))));

    (void)status;
    (void)events;
    ssize_t size = read(tail->inotify, buffer, sizeof(buffer));
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
        one_event(tail, event);
        at += (ssize_t)(sizeof(*event) + event->len);
    }
    explicit_bzero(buffer, sizeof(buffer)); /* names */
}

static bool is_rotating(const struct tail_file *file)
{
    return !file->is_named || file->is_renamed;
}

static bool is_polled(const struct tail_file *file)
{
    return file->phase == TAIL_READING && (!file->watch || is_rotating(file));
}

static void poll_file(struct tail_file *file)
{
    struct tail *tail = file->tail;
    uint64_t now_ms = uv_now(tail->input->loop);
    struct stat status;

    if (fstat(file->fd, &status) < 0 || (uint64_t)status.st_size != file->scanned)
        tail_ready(file);
    else if (is_rotating(file) && !file->is_ready &&
             (now_ms - file->quiet_since_ms) * 1000000 >= (uint64_t)tail->config->rotate_wait_ns)
        tail_file_begin_end(file, TAIL_ROTATED);
}

static void on_poll(uv_timer_t *timer)
{
    struct tail *tail = timer->data;
    for (struct tail_file *file = tail->files; file; file = file->next)
        if (is_polled(file))
            poll_file(file);
    if (tail->polled_directories > 0)
        tail_scan_want(tail);
    tail_watch_set_polling(tail);
}

void tail_watch_set_polling(struct tail *tail)
{
    size_t unwatched = 0;
    size_t polled = 0;

    for (struct tail_file *file = tail->files; file; file = file->next) {
        polled += is_polled(file);
        unwatched += file->phase == TAIL_READING && !file->watch;
    }
    pipeline_input_gauge(tail->input->pipeline, tail->input, GAUGE_POLLED_FILES,
                         (int64_t)unwatched);
    uint64_t interval_ms = (uint64_t)tail->config->poll_interval_ns / 1000000;
    if (polled == 0 && tail->polled_directories == 0)
        uv_timer_stop(&tail->poll_timer);
    else if (!uv_is_active((const uv_handle_t *)&tail->poll_timer))
        uv_timer_start(&tail->poll_timer, on_poll, interval_ms, interval_ms);
}

void tail_watch_open(struct tail *tail)
{
    tail->inotify = -1;
    if (tail->config->watch == TAIL_POLL)
        return;
    tail->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (tail->inotify < 0) {
        tell_failure(tail, -errno);
        return;
    }
    int r = uv_poll_init(tail->input->loop, &tail->events, tail->inotify);
    if (r < 0) {
        tell_failure(tail, r);
        close(tail->inotify);
        tail->inotify = -1;
        return;
    }
    tail->events.data = tail;
    uv_poll_start(&tail->events, UV_READABLE, on_events);
}

/* The uv_poll handle is stopped, and closed by its owner. */
void tail_watch_close(struct tail *tail)
{
    for (unsigned i = 0; i < TAIL_BUCKETS; i++)
        while (tail->watches[i]) {
            if (tail->watches[i]->file)
                tail->watches[i]->file->watch = NULL;
            remove_watch(tail, &tail->watches[i]);
        }
    if (tail->inotify >= 0)
        close(tail->inotify);
    tail->inotify = -1;
}
