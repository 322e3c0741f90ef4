#include "agent/output/file_rotate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    STAMP_BYTES = 27, /* .20260131T235959.123456789Z */
    BLOCK_BYTES = 64 * 1024,
    MOVE_ATTEMPTS = 10,
    LIST_MAX = 100000,
};

int file_rotate_place(const char *path, struct file_place *ret_place)
{
    const char *slash = strrchr(path, '/');
    size_t size = !slash ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = strndup(slash ? path : ".", size);
    if (!folder)
        return -ENOMEM;
    ret_place->folder = folder;
    ret_place->name = slash ? slash + 1 : path;
    return 0;
}

void file_rotate_finish(struct file_place *place)
{
    free(place->folder);
    place->folder = NULL;
}

/* Makes the folder and those above it. */
static int make_folders(const char *folder)
{
    char path[4096];
    size_t size = strlen(folder);
    if (size >= sizeof(path))
        return -ENAMETOOLONG;
    memcpy(path, folder, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char end = path[i];
        path[i] = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return -errno;
        path[i] = end;
    }
    return 0;
}

/* Where the last whole line ends; 0 where there is none. Negative errno. */
static off_t last_line_end(int fd, off_t size)
{
    char block[BLOCK_BYTES];
    while (size > 0) {
        off_t start = size > BLOCK_BYTES ? size - BLOCK_BYTES : 0;
        ssize_t got = pread(fd, block, (size_t)(size - start), start);
        if (got <= 0)
            return got < 0 ? -errno : -EIO;
        const char *newline = memrchr(block, '\n', (size_t)got);
        if (newline)
            return start + (newline + 1 - block);
        size = start;
    }
    return 0;
}

/* A crash in the middle of a write leaves part of a record, which has no acknowledgement and comes
 * again: off with it. A file without any line, unless it begins like a record, is not ours alone: a
 * line end goes behind what stands there. */
static int repair_end(int fd, struct stat *status)
{
    char first = '\0';
    off_t end = last_line_end(fd, status->st_size);
    if (end < 0)
        return (int)end;
    if (end == status->st_size)
        return 0;
    if (end == 0 && (pread(fd, &first, 1, 0) != 1 || first != '{')) {
        if (write(fd, "\n", 1) != 1)
            return -errno;
        status->st_size++;
        return 0;
    }
    if (ftruncate(fd, end) < 0)
        return -errno;
    status->st_size = end;
    return 0;
}

int file_rotate_open(const struct file_place *place, const char *path, int *ret_fd,
                     struct stat *ret_status)
{
    /* O_NONBLOCK: a pipe at the path must not hold the thread up before it is refused. */
    int flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int r = 0;
    int fd = open(path, flags, 0640);
    if (fd < 0 && errno == ENOENT) {
        r = make_folders(place->folder);
        if (r < 0)
            return r;
        fd = open(path, flags, 0640);
    }
    if (fd < 0)
        return -errno;
    if (fstat(fd, ret_status) < 0)
        r = -errno;
    else if (!S_ISREG(ret_status->st_mode))
        r = -EINVAL;
    else
        r = repair_end(fd, ret_status);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

bool file_rotate_is_current(const char *path, dev_t device, ino_t inode)
{
    struct stat status;
    return lstat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

int64_t file_rotate_born_ns(int fd)
{
    struct statx status;
    struct timespec now;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) == 0 &&
        (status.stx_mask & STATX_BTIME) != 0)
        return status.stx_btime.tv_sec * INT64_C(1000000000) + status.stx_btime.tv_nsec;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int file_rotate_move(const struct file_place *place, const char *path)
{
    char moved[4096];
    for (int i = 0; i < MOVE_ATTEMPTS; i++) {
        struct timespec now;
        struct tm date;
        char second[24];
        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &date);
        strftime(second, sizeof(second), "%Y%m%dT%H%M%S", &date);
        int size = snprintf(moved, sizeof(moved), "%s.%s.%09ldZ", path, second, now.tv_nsec);
        if (size < 0 || (size_t)size >= sizeof(moved))
            return -ENAMETOOLONG;
        if (renameat2(AT_FDCWD, path, AT_FDCWD, moved, RENAME_NOREPLACE) == 0)
            return file_rotate_sync_folder(place);
        if (errno == EINVAL && rename(path, moved) == 0) /* a file system without the flag */
            return file_rotate_sync_folder(place);
        if (errno != EEXIST)
            return -errno;
    }
    return -EEXIST;
}

int file_rotate_sync_folder(const struct file_place *place)
{
    int fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
    close(fd);
    return r;
}

/* NAME, a stamp, and perhaps the ending of a compressed file. */
static bool is_rotated(const char *name, const char *wanted)
{
    size_t size = strlen(wanted);
    if (strncmp(name, wanted, size) != 0 || strlen(name + size) < STAMP_BYTES)
        return false;
    const char *stamp = name + size;
    const char *form = ".00000000T000000.000000000Z";
    for (int i = 0; i < STAMP_BYTES; i++) {
        bool is_digit = stamp[i] >= '0' && stamp[i] <= '9';
        if (form[i] == '0' ? !is_digit : stamp[i] != form[i])
            return false;
    }
    const char *end = stamp + STAMP_BYTES;
    return *end == '\0' || strcmp(end, ".gz") == 0 || strcmp(end, ".zst") == 0 ||
           strcmp(end, ".tmp") == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void file_rotate_list_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

int file_rotate_list(const struct file_place *place, char ***ret_names, size_t *ret_count)
{
    char **names = NULL;
    size_t count = 0, capacity = 0;
    int r = 0;
    DIR *folder = opendir(place->folder);
    if (!folder)
        return -errno;
    for (struct dirent *entry; r == 0 && count < LIST_MAX && (entry = readdir(folder));) {
        if (!is_rotated(entry->d_name, place->name))
            continue;
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            char **larger = realloc(names, capacity * sizeof(*larger));
            if (!larger) {
                r = -ENOMEM;
                break;
            }
            names = larger;
        }
        names[count] = strdup(entry->d_name);
        r = names[count] ? 0 : -ENOMEM;
        count += r == 0;
    }
    closedir(folder);
    if (r < 0) {
        file_rotate_list_free(names, count);
        return r;
    }
    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}
