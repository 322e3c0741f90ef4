#pragma once
/* The file output's own structures: one JSON record a line into a file that rotates.
 *
 * Batches wait in a queue of entries. Records before the write cursor are in the file; those before
 * an entry's `acknowledged` are done. When an fsync fails, what the kernel held of the file may be
 * gone, and a second fsync would not say so: the file is cut back to what was synced, the cursor
 * goes back, and all of it is written again. */
#include "agent/option.h"
#include "agent/output.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum file_fsync {
    FILE_FSYNC_ALWAYS,   /* before each acknowledgement, as soon as something is written */
    FILE_FSYNC_INTERVAL, /* likewise, but gathered for fsync_interval */
    FILE_FSYNC_NEVER,    /* acknowledged when written: survives the program, not the machine */
};

enum file_compression {
    FILE_COMPRESS_NONE,
    FILE_COMPRESS_GZIP,
    FILE_COMPRESS_ZSTD,
};

enum {
    FILE_ERROR_BYTES = 256,
    FILE_ERROR_MAX_PATH = 160, /* shown of a path in an error */
};

struct file_config {
    char *path;
    int fsync; /* enum file_fsync */
    int64_t fsync_interval_ns;
    int64_t rotate_size_bytes; /* 0: never for its size */
    int64_t rotate_age_ns;     /* 0: never for its age */
    int64_t rotate_keep;       /* rotated files */
    int rotate_compress;       /* enum file_compression */
};

/* The folder that the file is in, and the file's name in it. */
struct file_place {
    char *folder;
    const char *name; /* within the configuration's path */
};

struct file_entry {
    struct batch *batch;
    size_t acknowledged; /* records before it are done */
    size_t end;
};

/* A thread that compresses and removes rotated files. It knows them by their names alone, so that
 * it finds after a restart what was left undone. */
struct file_keeper {
    const struct file_config *config;
    const struct file_place *place;
    const char *output_id;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool has_work; /* under the mutex */
    atomic_bool is_stopping;
};

struct file_state {
    const struct file_config *config;
    struct file_place place;
    struct file_keeper keeper;

    int fd; /* -1: it could not be opened, and is tried again */
    dev_t device;
    ino_t inode;
    off_t size;        /* up to the last whole record */
    off_t synced_size; /* of it: on the disk */
    int64_t born_ns;   /* CLOCK_REALTIME, for rotation by age */

    struct file_entry *entries; /* a ring, oldest first */
    size_t entry_capacity;      /* a power of two, or 0 */
    size_t entry_head;
    size_t entry_count;
    size_t held_bytes; /* payload bytes of the entries' batches */

    size_t cursor_entry;  /* from the head: the first entry with something to write */
    size_t cursor_record; /* in it */
    size_t record_bytes;  /* of that record: already in the file */

    int64_t
        unsynced_since_ns; /* CLOCK_MONOTONIC of the oldest record that is not synced; 0: none */
    size_t unsynced_bytes;
    int64_t retry_at_ns;
    int64_t retry_backoff_ns;
    bool is_flushing;
    atomic_bool must_reopen;
    atomic_int error; /* errno of what fails now; 0: nothing */
    char error_text[FILE_ERROR_BYTES];
};
