#pragma once
/* The files that paths stand for: folders are walked, in the order of their names. One thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCAN_WALK_GLOBS_MAX = 64,
};

struct scan_walk_options {
    const char *include[SCAN_WALK_GLOBS_MAX]; /* none: all */
    size_t include_count;
    const char *exclude[SCAN_WALK_GLOBS_MAX];
    size_t exclude_count;
    bool follows; /* symbolic links in folders; one that is named itself is always followed */
    /* Told of what is left out or cannot be looked at. `error`: negative errno, or 0 for a symbolic
     * link or special file that is left out. */
    void (*tell)(void *user, const char *path, int error);
    void *user;
};

struct scan_walk_file {
    char *path;
    uint64_t size;
    bool waits; /* a pipe or terminal that is named itself: what it gives may take its time */
};

struct scan_walk {
    struct scan_walk_file *files;
    size_t count, capacity;
    uint64_t bytes;
};

/* Adds what `path` stands for; `-` is stdin. A glob fits the whole path or any part of it behind a
 * slash. 0; -ENOMEM; another negative errno: `path` itself cannot be looked at, which was told. */
int scan_walk_add(struct scan_walk *walk, const struct scan_walk_options *options,
                  const char *path);
void scan_walk_free(struct scan_walk *walk);
