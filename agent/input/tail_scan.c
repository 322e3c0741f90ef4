#include "agent/input/tail.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    /* A scan may take this part of the time, however many names there are. */
    SCAN_SHARE = 10,
    SCAN_PAUSE_MAX_MS = 5000,
};

static bool is_excluded(const struct tail *tail, const char *path)
{
    const struct option_list *exclude = &tail->config->exclude;
    for (size_t i = 0; i < exclude->count; i++)
        if (tail_glob_matches(exclude->items[i], path))
            return true;
    return false;
}

bool tail_scan_wants_name(const struct tail *tail, const char *name)
{
    const struct option_list *paths = &tail->config->paths;
    for (size_t i = 0; i < paths->count; i++)
        if (tail_glob_has_part(paths->items[i], name))
            return true;
    return false;
}

static bool directory_of(const char *path, char ret_directory[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 0;
    if (size >= PATH_MAX)
        return false;
    if (!slash)
        strcpy(ret_directory, ".");
    else
        snprintf(ret_directory, PATH_MAX, "%.*s", size > 0 ? (int)size : 1, path);
    return true;
}

/* Rotation of what a link points to happens in another directory. */
static void watch_target(struct tail *tail, const char *path)
{
    char target[PATH_MAX];
    char directory[PATH_MAX];
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && realpath(path, target) &&
        directory_of(target, directory))
        tail_watch_directory(tail, directory, true);
}

/* Whether a file is named like the rotated form of another one beside it: app.log.1,
 * app.log-20240131, app-2024-01-31.log. */
static bool is_rotated_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char base[PATH_MAX];
    struct stat status;

    for (const char *at = name; *at; at++) {
        size_t size = strspn(at, ".-_0123456789T");
        size_t digit = strcspn(at, "0123456789");
        /* Dots and dashes, then digits: the least that makes a suffix. */
        if (!strchr(".-_", *at) || digit >= size)
            continue;
        while (size > 0 && !isdigit((unsigned char)at[size - 1]))
            size--;
        if (at == name || (size_t)snprintf(base, sizeof(base), "%.*s%s", (int)(at - path), path,
                                           at + size) >= sizeof(base))
            continue;
        if (stat(base, &status) == 0 && S_ISREG(status.st_mode))
            return true;
        at += size - 1;
    }
    return false;
}

static void see_known(struct tail_file *file, const char *path, const struct stat *status)
{
    struct tail *tail = file->tail;
    int64_t change_ns = status->st_ctim.tv_sec * INT64_C(1000000000) + status->st_ctim.tv_nsec;
    bool is_same = file->end_offset == (uint64_t)status->st_size && file->change_ns == change_ns;

    /* Until there is a descriptor it stays known, lest its name goes away meanwhile. */
    if (file->phase == TAIL_RESTING && !is_same && !tail->input->until_eof &&
        tail_file_has_descriptor(tail)) {
        bool was_rotated = file->end == TAIL_ROTATED;
        tail_file_free(file);
        if (tail_file_open(tail, path, false) < 0)
            return;
        file = tail_file_find(tail, status->st_dev, status->st_ino);
        if (!file)
            return;
        file->is_renamed = was_rotated;
    }
    file->scan = tail->scan;
    if (strcmp(path, file->path) == 0) {
        file->own_scan = tail->scan;
    } else if (!file->new_path) {
        file->new_path = strdup(path);
    }
}

static void see_path(void *context, const char *path)
{
    struct tail *tail = context;
    struct stat status;

    if (is_excluded(tail, path))
        return;
    watch_target(tail, path);
    if (stat(path, &status) < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            tail_file_report(tail, path, "a file cannot be opened, and is tried again", -errno,
                             NULL);
        return;
    }
    if (S_ISDIR(status.st_mode)) {
        tail_file_report(tail, path, "a directory matches the paths, and is not read", 0, NULL);
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        tail_file_report(tail, path, "what matches the paths is no file, and is not read", 0, NULL);
        return;
    }
    struct tail_file *file = tail_file_find(tail, status.st_dev, status.st_ino);
    if (file) {
        see_known(file, path, &status);
        return;
    }
    if (tail_file_open(tail, path, false) < 0)
        return;
    file = tail_file_find(tail, status.st_dev, status.st_ino);
    if (file) {
        file->scan = tail->scan;
        file->own_scan = tail->scan;
        file->is_renamed = tail->config->after == TAIL_DELETE && is_rotated_name(path);
    }
}

/* Files that were renamed out of the globs while nobody looked are known by inode. Returns how many
 * could not be opened. */
static size_t adopt(struct tail *tail, const char *directory)
{
    size_t failures = 0;
    char path[PATH_MAX];
    struct stat status;

    DIR *stream = opendir(directory);
    if (!stream)
        return errno != ENOENT;
    for (struct dirent *entry; (entry = readdir(stream));) {
        if ((entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) ||
            (size_t)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name) >=
                sizeof(path) ||
            lstat(path, &status) < 0 || !S_ISREG(status.st_mode))
            continue;
        if (state_knows_inode(tail->state, status.st_dev, status.st_ino) &&
            !tail_file_find(tail, status.st_dev, status.st_ino)) {
            int r = tail_file_open(tail, path, true);
            failures += r < 0 && r != -ENOENT;
        }
    }
    closedir(stream);
    return failures;
}

static void see_directory(void *context, const char *path)
{
    tail_watch_directory(context, path, false);
}

static void adopt_directory(void *context, const char *path)
{
    adopt(context, path);
}

static void ignore_path(void *context, const char *path)
{
    (void)context;
    (void)path;
}

static void ignore_error(void *context, const char *path, int error)
{
    (void)context;
    (void)path;
    (void)error;
}

static void see_unreadable(void *context, const char *path, int error)
{
    struct stat status;
    bool has_status = stat(path, &status) == 0;
    tail_file_report(context, path, "a directory cannot be read, and is tried again", error,
                     has_status ? &status : NULL);
}

static void judge_name(struct tail_file *file)
{
    struct tail *tail = file->tail;
    bool was_rotating = !file->is_named || file->is_renamed;

    file->is_named = file->scan == tail->scan;
    if (file->is_named && file->own_scan != tail->scan && file->new_path) {
        free(file->path);
        file->path = file->new_path;
        file->new_path = NULL;
        file->own_scan = tail->scan;
        file->is_renamed = true;
    }
    free(file->new_path);
    file->new_path = NULL;
    if (!was_rotating && (!file->is_named || file->is_renamed)) {
        file->quiet_since_ms = uv_now(tail->input->loop);
        tail_ready(file);
    }
}

/* A closed file whose name went away: whoever wrote it may still do so under another name. */
struct leaver {
    uint64_t device;
    uint64_t inode;
    uint8_t source[SOURCE_ID_SIZE];
    char *path;
};

static bool is_leaving(const struct tail_file *file)
{
    return file->phase == TAIL_RESTING && file->is_live && file->scan != file->tail->scan;
}

static size_t take_leavers(struct tail *tail, struct leaver *leavers, size_t max)
{
    struct tail_file *next;
    size_t count = 0;
    for (struct tail_file *file = tail->files; file && count < max; file = next) {
        next = file->next;
        if (!is_leaving(file))
            continue;
        if (file->end != TAIL_WITHHELD) {
            struct leaver *leaver = &leavers[count++];
            leaver->device = file->identity.device;
            leaver->inode = file->identity.inode;
            memcpy(leaver->source, file->identity.source, SOURCE_ID_SIZE);
            leaver->path = strdup(file->path);
        }
        tail_file_free(file);
    }
    return count;
}

static void let_leave(struct tail *tail, size_t max)
{
    struct leaver *leavers = max > 0 ? calloc(max, sizeof(*leavers)) : NULL;
    char directory[PATH_MAX] = "";
    char last[PATH_MAX] = "";

    if (!leavers)
        return;
    size_t count = take_leavers(tail, leavers, max);
    size_t failures = 0;
    for (size_t i = 0; i < count; i++)
        if (leavers[i].path && directory_of(leavers[i].path, directory) &&
            strcmp(directory, last) != 0) {
            failures += adopt(tail, directory);
            strcpy(last, directory);
        }
    for (size_t i = 0; i < count; i++) {
        if (failures == 0 && !tail_file_find(tail, leavers[i].device, leavers[i].inode))
            state_forget(tail->state, leavers[i].source);
        free(leavers[i].path);
    }
    free(leavers);
}

static void judge_names(struct tail *tail)
{
    size_t leaving = 0;
    for (struct tail_file *file = tail->files; file; file = file->next) {
        if (file->phase != TAIL_RESTING)
            judge_name(file);
        leaving += is_leaving(file);
    }
    let_leave(tail, leaving);
}

void tail_scan_run(struct tail *tail)
{
    const struct option_list *paths = &tail->config->paths;
    const struct tail_glob_visitor see = {see_path, see_directory, see_unreadable, tail};
    const struct tail_glob_visitor again = {ignore_path, adopt_directory, ignore_error, tail};
    uint64_t begin_ns = uv_hrtime();

    tail->is_scan_wanted = false;
    tail->scan++;
    tail->polled_directories = 0;
    for (size_t i = 0; i < paths->count; i++)
        tail_glob_expand(paths->items[i], &see);
    judge_names(tail);
    if (tail->scan == 1)
        for (size_t i = 0; i < paths->count; i++)
            tail_glob_expand(paths->items[i], &again);
    tail_watch_sweep(tail);
    tail_watch_set_polling(tail);

    uint64_t pause_ms = (uv_hrtime() - begin_ns) / 1000000 * SCAN_SHARE;
    uv_update_time(tail->input->loop);
    tail->scan_after_ms =
        uv_now(tail->input->loop) + (pause_ms < SCAN_PAUSE_MAX_MS ? pause_ms : SCAN_PAUSE_MAX_MS);
}

static void on_scan(uv_timer_t *timer)
{
    struct tail *tail = timer->data;
    if (!tail->is_draining && !tail->is_done)
        tail_scan_run(tail);
    tail_check_done(tail);
}

void tail_scan_want(struct tail *tail)
{
    if (tail->is_scan_wanted || tail->is_draining || tail->is_done)
        return;
    tail->is_scan_wanted = true;
    uint64_t now_ms = uv_now(tail->input->loop);
    uv_timer_start(&tail->scan_timer, on_scan,
                   tail->scan_after_ms > now_ms ? tail->scan_after_ms - now_ms : 0, 0);
}
