#include "agent/input/tail.h"
#include "agent/log.h"
#include "agent/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned bucket_of(uint64_t device, uint64_t inode)
{
    return (unsigned)(((inode ^ device << 32) * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % TAIL_BUCKETS;
}

struct tail_file *tail_file_find(struct tail *tail, uint64_t device, uint64_t inode)
{
    struct tail_file *file = tail->by_inode[bucket_of(device, inode)];
    while (file && (file->identity.inode != inode || file->identity.device != device))
        file = file->next_of_inode;
    return file;
}

static void set_live(struct tail_file *file)
{
    struct tail_file **bucket =
        &file->tail->by_inode[bucket_of(file->identity.device, file->identity.inode)];
    file->next_of_inode = *bucket;
    *bucket = file;
    file->is_live = true;
}

static void unset_live(struct tail_file *file)
{
    if (!file->is_live)
        return;
    struct tail_file **place =
        &file->tail->by_inode[bucket_of(file->identity.device, file->identity.inode)];
    while (*place != file)
        place = &(*place)->next_of_inode;
    *place = file->next_of_inode;
    file->is_live = false;
}

static unsigned octal_digits(mode_t mode)
{
    return (unsigned)((mode >> 6 & 7) * 100 + (mode >> 3 & 7) * 10 + (mode & 7));
}

/* Whether this was told of the path before. */
static bool is_told(struct tail *tail, const char *path, const char *message)
{
    uint64_t name = state_name(tail->state, path) ^ (uint64_t)(uintptr_t)message;
    for (size_t i = 0; i < tail->problem_count; i++)
        if (tail->problems[i] == name)
            return true;
    if (tail->problem_count == TAIL_PROBLEMS_MAX)
        tail->problem_count = 0;
    tail->problems[tail->problem_count++] = name;
    return false;
}

void tail_file_report(struct tail *tail, const char *path, const char *message, int error,
                      const struct stat *status)
{
    struct input *input = tail->input;
    if (is_told(tail, path, message))
        return;
    pipeline_input_count(input->pipeline, input, METRIC_INPUT_ERRORS, 1);
    if (status && error < 0)
        log_warn(message, log_id("input", input->id), log_text("path", path, strlen(path)),
                 log_errno(error), log_unsigned("owner", status->st_uid),
                 log_unsigned("group", status->st_gid),
                 log_unsigned("mode", octal_digits(status->st_mode)),
                 log_unsigned("our_uid", geteuid()));
    else if (error < 0)
        log_warn(message, log_id("input", input->id), log_text("path", path, strlen(path)),
                 log_errno(error), log_unsigned("our_uid", geteuid()));
    else
        log_warn(message, log_id("input", input->id), log_text("path", path, strlen(path)));
}

static void show_open_count(struct tail *tail)
{
    pipeline_input_gauge(tail->input->pipeline, tail->input, GAUGE_OPEN_FILES,
                         (int64_t)tail->open_count);
}

void tail_file_close(struct tail_file *file)
{
    struct stat status;
    if (file->fd < 0)
        return;
    if (fstat(file->fd, &status) == 0)
        file->change_ns = status.st_ctim.tv_sec * INT64_C(1000000000) + status.st_ctim.tv_nsec;
    close(file->fd);
    file->fd = -1;
    file->tail->open_count--;
    show_open_count(file->tail);
    if (file->tail->is_descriptor_wanted) {
        file->tail->is_descriptor_wanted = false;
        tail_scan_want(file->tail);
    }
}

void tail_file_free(struct tail_file *file)
{
    struct tail *tail = file->tail;
    if (file->is_ready) {
        struct tail_file **place = &tail->ready;
        while (*place != file)
            place = &(*place)->next_ready;
        *place = file->next_ready;
        if (tail->ready_end == &file->next_ready)
            tail->ready_end = place;
    }
    if (file->source)
        file->source->input_data = NULL;
    tail_watch_drop(file);
    unset_live(file);
    tail_file_close(file);
    free(file->new_path);
    if (file->previous)
        file->previous->next = file->next;
    else
        tail->files = file->next;
    if (file->next)
        file->next->previous = file->previous;
    tail->file_count--;
    free(file->path);
    free(file);
}

/* An object that owns `fd`, which it closes on failure too. */
static struct tail_file *new_file(struct tail *tail, const char *path, int fd,
                                  const struct stat *status)
{
    struct tail_file *file = calloc(1, sizeof(*file));
    char *copy = strdup(path);
    if (!file || !copy) {
        free(file);
        free(copy);
        close(fd);
        return NULL;
    }
    file->tail = tail;
    file->path = copy;
    file->fd = fd;
    file->limit = UINT64_MAX;
    file->size = (uint64_t)status->st_size;
    file->scan = tail->scan;
    file->quiet_since_ms = uv_now(tail->input->loop);
    file->identity.input = tail->name;
    file->identity.device = status->st_dev;
    file->identity.inode = status->st_ino;
    file->next = tail->files;
    if (file->next)
        file->next->previous = file;
    tail->files = file;
    tail->file_count++;
    tail->open_count++;
    show_open_count(tail);
    set_live(file);
    return file;
}

/* Makes room for one more descriptor, by ending the file of which all was read longest ago. */
static void park_one(struct tail *tail)
{
    struct tail_file *oldest = NULL;
    tail->is_descriptor_wanted = true;
    for (struct tail_file *file = tail->files; file; file = file->next)
        if (file->phase == TAIL_READING && !file->is_ready && file->is_named &&
            file->offset == file->size &&
            (!oldest || file->quiet_since_ms < oldest->quiet_since_ms))
            oldest = file;
    if (oldest)
        tail_file_begin_end(oldest, TAIL_PARKED);
}

bool tail_file_has_descriptor(struct tail *tail)
{
    if (tail->open_count < (size_t)tail->config->max_open_files &&
        tail->file_count < TAIL_FILES_MAX)
        return true;
    park_one(tail);
    return false;
}

static int open_regular(struct tail *tail, const char *path, struct stat *ret_status)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        int r = -errno;
        if (r != -ENOENT) {
            bool has_status = stat(path, ret_status) == 0;
            tail_file_report(tail, path, "a file cannot be opened, and is tried again", r,
                             has_status ? ret_status : NULL);
        }
        return r;
    }
    if (fstat(fd, ret_status) < 0 || !S_ISREG(ret_status->st_mode)) {
        close(fd);
        return -ENOENT; /* it was another file a moment ago */
    }
    return fd;
}

int tail_file_open(struct tail *tail, const char *path, bool rotated)
{
    struct stat status;

    /* What was rotated cannot wait for a descriptor: nothing would find it later. */
    if (!rotated && !tail_file_has_descriptor(tail))
        return -EMFILE;
    int fd = open_regular(tail, path, &status);
    if (fd < 0)
        return fd;
    if (tail_file_find(tail, status.st_dev, status.st_ino)) {
        close(fd);
        return -EEXIST;
    }
    struct tail_file *file = new_file(tail, path, fd, &status);
    if (!file)
        return -ENOMEM;
    /* Before the first read, so that a change after it is told. */
    tail_watch_file(file);
    int r = tail_identify(file, rotated);
    if (r < 0) {
        if (r != -ENOENT)
            tail_file_report(tail, path, "a file cannot be read, and is tried again", r, &status);
        tail_file_free(file);
        return r;
    }
    file->is_named = !rotated;
    file->is_renamed = rotated;
    return 0;
}

/* Takes the descriptor from `file` for a new object of the same inode: the next generation, or
 * (`only_known`) more of the same. */
static int hand_over(struct tail_file *file, bool only_known)
{
    struct tail *tail = file->tail;
    struct stat status;
    int fd = file->fd;

    file->fd = -1;
    tail->open_count--;
    unset_live(file);
    tail_watch_drop(file);
    if (fstat(fd, &status) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    struct tail_file *next = new_file(tail, file->path, fd, &status);
    if (!next)
        return -ENOMEM;
    next->is_named = file->is_named;
    next->is_renamed = file->is_renamed;
    next->own_scan = file->own_scan;
    tail_watch_file(next);
    int r = tail_identify(next, only_known);
    if (r < 0)
        tail_file_free(next);
    tail_watch_set_polling(tail);
    return r;
}

void tail_file_restart(struct tail_file *file)
{
    struct tail *tail = file->tail;
    struct input *input = tail->input;
    uint64_t lost = file->size - file->offset;

    pipeline_input_count(input->pipeline, input, METRIC_TRUNCATIONS, 1);
    pipeline_input_count(input->pipeline, input, METRIC_LOST_BYTES, lost);
    if (lost > 0)
        log_warn("a file was truncated before its last bytes were read", log_id("input", input->id),
                 log_text("path", file->path, strlen(file->path)),
                 log_unsigned("lost_bytes", lost));
    file->phase = TAIL_ENDING;
    file->end = TAIL_TRUNCATED;
    tail_ready(file);
    if (hand_over(file, false) < 0)
        tail_scan_want(tail);
}

void tail_file_begin_end(struct tail_file *file, enum tail_end end)
{
    if (file->phase != TAIL_READING)
        return;
    file->phase = TAIL_ENDING;
    file->end = end;
    tail_ready(file);
}

/* The path that the descriptor's file has now, by the kernel's own knowledge of it. */
static int present_path(const struct tail_file *file, char ret_path[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
    ssize_t size = readlink(link, ret_path, PATH_MAX - 1);
    if (size < 0)
        return -errno;
    ret_path[size] = '\0';
    return 0;
}

/* Returns whether the file is gone now. Only what was read and acknowledged to its last byte, and
 * is still the same inode, is unlinked. */
static bool delete_file(struct tail_file *file)
{
    struct tail *tail = file->tail;
    char path[PATH_MAX];
    struct stat status;

    if (file->fd < 0 || fstat(file->fd, &status) < 0)
        return false;
    if (status.st_nlink == 0)
        return true;
    if ((uint64_t)status.st_size != file->end_offset)
        return false;
    int r = present_path(file, path);
    if (r == 0 && (lstat(path, &status) < 0 || status.st_dev != file->identity.device ||
                   status.st_ino != file->identity.inode))
        r = -ENOENT;
    if (r == 0 && unlink(path) < 0)
        r = -errno;
    if (r < 0)
        tail_file_report(tail, file->path, "a rotated file cannot be deleted", r, &status);
    return r == 0;
}

/* Its name is still there: keeps what is needed to see that it changed. */
static void rest(struct tail_file *file)
{
    file->phase = TAIL_RESTING;
    tail_file_close(file);
    /* What happened since the last batch is found out by looking at it again. */
    tail_scan_want(file->tail);
}

/* Whether something was written after the last batch. */
static bool has_more(const struct tail_file *file)
{
    struct stat status;
    return file->fd >= 0 && fstat(file->fd, &status) == 0 &&
           (uint64_t)status.st_size != file->end_offset;
}

static void finish(struct tail_file *file)
{
    struct tail *tail = file->tail;
    bool is_over = tail->is_draining || tail->is_done || !file->is_live;
    bool is_gone = file->end == TAIL_TRUNCATED;

    if (!is_over && has_more(file)) {
        hand_over(file, true);
        tail_file_free(file);
        return;
    }
    if (file->end == TAIL_ROTATED) {
        pipeline_input_count(tail->input->pipeline, tail->input, METRIC_ROTATIONS, 1);
        is_gone = !file->is_named;
        if (tail->config->after == TAIL_DELETE && delete_file(file))
            is_gone = true;
    }
    if (is_gone)
        state_forget(tail->state, file->identity.source);
    if (is_gone || is_over)
        tail_file_free(file);
    else
        rest(file);
}

void tail_file_acknowledged(struct tail_file *file, uint64_t offset)
{
    if (file->phase == TAIL_ENDED && offset >= file->end_offset)
        finish(file);
}
