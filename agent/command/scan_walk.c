#include "agent/command/scan_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    DEPTH_MAX = 128, /* of folders in folders; with links followed, of a loop */
    FILES_MAX = 10 * 1000 * 1000,
};

static bool fits(const char *const *globs, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (fnmatch(globs[i], path, 0) == 0)
            return true;
        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
            if (fnmatch(globs[i], slash + 1, 0) == 0)
                return true;
        }
    }
    return false;
}

static int add_file(struct scan_walk *walk, const char *path, uint64_t size, bool waits)
{
    if (walk->count == walk->capacity) {
        size_t capacity = walk->capacity ? 2 * walk->capacity : 64;
        struct scan_walk_file *larger = realloc(walk->files, capacity * sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        walk->files = larger;
        walk->capacity = capacity;
    }
    char *copy = walk->count < FILES_MAX ? strdup(path) : NULL;
    if (!copy)
        return -ENOMEM;
    walk->files[walk->count++] = (struct scan_walk_file){copy, size, waits};
    walk->bytes += size;
    return 0;
}

static int skip_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_path(struct scan_walk *walk, const struct scan_walk_options *options,
                    const char *path, unsigned depth);

static int add_folder(struct scan_walk *walk, const struct scan_walk_options *options,
                      const char *path, unsigned depth)
{
    struct dirent **entries;
    if (depth == DEPTH_MAX) {
        options->tell(options->user, path, -ELOOP);
        return -ELOOP;
    }
    int count = scandir(path, &entries, skip_dots, by_name);
    if (count < 0) {
        int error = -errno;
        options->tell(options->user, path, error);
        return error;
    }
    int result = 0;
    for (int i = 0; i < count; i++) {
        char child[PATH_MAX];
        const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
        int size = snprintf(child, sizeof(child), "%s%s%s", path, slash, entries[i]->d_name);
        int r = -ENAMETOOLONG;
        if (result == -ENOMEM)
            r = 0;
        else if (size < (int)sizeof(child))
            r = add_path(walk, options, child, depth + 1);
        else
            options->tell(options->user, path, r);
        result = r < 0 && result != -ENOMEM ? r : result;
        free(entries[i]);
    }
    free(entries);
    return result;
}

static int add_path(struct scan_walk *walk, const struct scan_walk_options *options,
                    const char *path, unsigned depth)
{
    struct stat status;
    bool follows = options->follows || depth == 0;
    if ((follows ? stat(path, &status) : lstat(path, &status)) < 0) {
        int error = -errno;
        options->tell(options->user, path, error);
        return error;
    }
    if (depth > 0 && fits(options->exclude, options->exclude_count, path))
        return 0;
    if (S_ISDIR(status.st_mode))
        return add_folder(walk, options, path, depth);
    if (depth > 0 && options->include_count > 0 &&
        !fits(options->include, options->include_count, path))
        return 0;
    /* A pipe that is named itself, such as <(…), is read; one in a folder could wait for ever. */
    if (S_ISREG(status.st_mode))
        return add_file(walk, path, (uint64_t)status.st_size, false);
    if (depth == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)))
        return add_file(walk, path, 0, true);
    options->tell(options->user, path, 0);
    return 0;
}

int scan_walk_add(struct scan_walk *walk, const struct scan_walk_options *options, const char *path)
{
    if (strcmp(path, "-") == 0)
        return add_file(walk, path, 0, true);
    return add_path(walk, options, path, 0);
}

void scan_walk_free(struct scan_walk *walk)
{
    for (size_t i = 0; i < walk->count; i++)
        free(walk->files[i].path);
    free(walk->files);
    *walk = (struct scan_walk){0};
}
