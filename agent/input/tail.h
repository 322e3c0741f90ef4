#pragma once
/* The tail input: what its files share. Everything here belongs to the loop thread.
 *
 * A tail_file is one generation of one inode. It is found by inode, never by name: names only say
 * which inodes are to be read (tail_scan.c), and whether one was rotated, that is renamed or taken
 * away. Bytes go from pread straight into a batch; nothing is held between two turns but offsets:
 * a line whose end is not there yet is read again when there is more of it. */
#include "agent/input.h"
#include "agent/option.h"
#include "agent/state.h"

#include <sys/stat.h>

enum tail_start {
    TAIL_BEGINNING,
    TAIL_END,
};

enum tail_after {
    TAIL_KEEP,
    TAIL_DELETE,
};

enum tail_watch_mode {
    TAIL_INOTIFY,
    TAIL_POLL,
};

struct tail_config {
    struct option_list paths;
    struct option_list exclude;
    int start; /* enum tail_start */
    int after; /* enum tail_after */
    int watch; /* enum tail_watch_mode */
    int64_t last_lines;
    int64_t rotate_wait_ns;
    int64_t poll_interval_ns;
    int64_t max_open_files;
};

enum {
    TAIL_FILES_MAX = 65536,
    TAIL_WATCHES_MAX = 2 * TAIL_FILES_MAX,
    TAIL_PROBLEMS_MAX = 1024,
    TAIL_BUCKETS = 1024,
};

enum tail_phase {
    TAIL_READING,
    TAIL_ENDING,  /* what is there is read, then its last batch is submitted */
    TAIL_ENDED,   /* all is submitted; waits for the acknowledgement */
    TAIL_RESTING, /* acknowledged, closed, but its name is still there: not to be read again */
};

/* Why a file ends. */
enum tail_end {
    TAIL_ROTATED,   /* renamed or deleted, and quiet for rotate_wait */
    TAIL_TRUNCATED, /* the inode holds a new generation */
    TAIL_PARKED,    /* all read; its descriptor is wanted for another file */
    TAIL_AT_EOF,    /* --until-eof */
    TAIL_DRAINED,
    TAIL_WITHHELD, /* compressed, or in an encoding that is not read */
};

struct tail_file {
    struct tail *tail;
    struct tail_file *next; /* all files */
    struct tail_file *previous;
    struct tail_file *next_of_inode;
    struct tail_file *next_ready;
    bool is_ready; /* in the ready list */
    bool is_live;  /* stands for its inode: a truncated generation does not */

    char *path;               /* raw: where it was seen last */
    int fd;                   /* -1: closed */
    struct tail_watch *watch; /* NULL: polled */
    struct source *source;    /* NULL: none, or ended */
    struct state_file identity;

    enum tail_phase phase;
    enum tail_end end;
    uint64_t offset;     /* submitted up to here: the start of a line */
    uint64_t scanned;    /* no newline between offset and here */
    uint64_t size;       /* the largest seen */
    uint64_t limit;      /* read no further (drain) */
    uint64_t end_offset; /* when TAIL_ENDED: where it ended */
    int64_t change_ns;   /* st_ctim when it was closed */
    uint64_t delivered;  /* the unfinished line up to here was delivered before; 0: nothing of it */
    bool is_discarding;  /* what comes up to the next newline is withheld */
    bool is_named;       /* the last scan found it */
    bool is_renamed;     /* it has, or had, another name than it was opened under */
    bool is_failing;     /* the last read failed: tried again when polled */
    uint64_t scan;       /* number of the scan that saw it last */
    uint64_t own_scan;   /* likewise, under `path` */
    char *new_path;      /* another name that the running scan saw it under */
    uint64_t quiet_since_ms;
};

/* One inotify watch: of a file (by descriptor, so it follows renames) or of a directory. */
struct tail_watch {
    int descriptor;
    struct tail_file *file; /* NULL: a directory */
    uint64_t scan;          /* of a directory: the scan that wanted it last */
    bool any_name;          /* of a directory that links point to: every name matters */
    struct tail_watch *next;
};

struct tail {
    struct input *input;
    const struct tail_config *config;
    struct state *state;
    uint64_t name; /* state_name of the input's id */

    struct tail_file *files;
    size_t file_count;
    size_t open_count;
    struct tail_file *by_inode[TAIL_BUCKETS];
    struct tail_file *ready;
    struct tail_file **ready_end;

    struct tail_watch *watches[TAIL_BUCKETS];
    size_t watch_count;
    int inotify; /* -1: not to be had */
    bool is_watch_failure_told;
    size_t polled_directories; /* by the last scan */

    uint64_t scan;
    uint64_t scan_after_ms; /* not before */
    bool is_scan_wanted;
    bool is_descriptor_wanted; /* a file waits until another is closed */

    uint64_t problems[TAIL_PROBLEMS_MAX]; /* told already; names of paths by state_name */
    size_t problem_count;

    uv_idle_t work;
    uv_poll_t events;
    uv_timer_t poll_timer;   /* runs while something is polled */
    uv_timer_t scan_timer;   /* the next wanted scan */
    uv_timer_t rescan_timer; /* catches what inotify does not show */
    bool is_open;
    bool is_paused;
    bool is_draining;
    bool is_done;
};

/* ---- tail.c ---- */
/* Puts the file into the ready list, and starts the work. */
void tail_ready(struct tail_file *file);
/* Something ended: says pipeline_input_done when it was the last. */
void tail_check_done(struct tail *tail);

/* ---- tail_file.c: one file ---- */
/* The live file of this inode, or NULL. */
struct tail_file *tail_file_find(struct tail *tail, uint64_t device, uint64_t inode);
/* Whether one more file may be opened; if not, it will be soon, and a scan be wanted then. */
bool tail_file_has_descriptor(struct tail *tail);
/* Opens `path` and finds out what it is. `rotated`: only if the state knows it, to read its rest.
 * Returns 0, -EEXIST when the inode is known, -EMFILE when too many are open, -ENOENT, another
 * negative errno. Says itself what a person should know. */
int tail_file_open(struct tail *tail, const char *path, bool rotated);
/* The inode holds other bytes than those that were read: ends the file, goes on with a new one. */
void tail_file_restart(struct tail_file *file);
void tail_file_begin_end(struct tail_file *file, enum tail_end end);
/* Everything up to `offset` is acknowledged. May free the file. */
void tail_file_acknowledged(struct tail_file *file, uint64_t offset);
/* Closes its descriptor, if it is open. */
void tail_file_close(struct tail_file *file);
void tail_file_free(struct tail_file *file);
/* Logs `message` (a constant) about a path, once until it is opened. */
void tail_file_report(struct tail *tail, const char *path, const char *message, int error,
                      const struct stat *status);

/* ---- tail_identify.c: what it is ---- */
/* Finds out which generation the open file holds, and where to go on: then it has its source. With
 * `only_known` -ENOENT where the state does not know it. 0 or negative errno. */
int tail_identify(struct tail_file *file, bool only_known);

/* ---- tail_read.c: its bytes ---- */
/* Reads and submits at most a block. Returns the bytes it went on; 0: no more for now; -EAGAIN: no
 * room in the pipeline; -ESTALE: the bytes are of another generation now; other negative errno. */
int64_t tail_read_block(struct tail_file *file);
/* Submits the last batch. 0 or -EAGAIN as above. */
int tail_read_last(struct tail_file *file);
/* Whether the fingerprint still fits; takes a longer one where the file was short. 0, -ESTALE, or a
 * failed read's negative errno. */
int tail_read_verify(struct tail_file *file);

/* ---- tail_seek.c: places in a file ---- */
/* Start of the last `lines` whole lines before the last newline. */
int tail_seek_last_lines(int fd, uint64_t size, int64_t lines, uint64_t *ret_offset);
/* Start of the line that `offset` is in, looking back at most `limit` bytes. -ERANGE: further. */
int tail_seek_line_start(int fd, uint64_t offset, uint64_t limit, uint64_t *ret_start);

/* ---- tail_scan.c: names ---- */
/* Expands the globs, opens what is new, and finds out what was rotated. */
void tail_scan_run(struct tail *tail);
/* Soon, or when the last scan was dear, later. */
void tail_scan_want(struct tail *tail);
/* Whether a file of this name in some directory could be meant. */
bool tail_scan_wants_name(const struct tail *tail, const char *name);

/* ---- tail_glob.c ---- */
struct tail_glob_visitor {
    void (*path)(void *context, const char *path);
    /* A directory in which something matching could appear. */
    void (*directory)(void *context, const char *path);
    void (*unreadable)(void *context, const char *path, int error);
    void *context;
};
/* Calls `path` for each name that the pattern may stand for (its last part need not exist when it
 * has no wildcard). `*`, `?`, `[…]` within a part; `**` for any number of directories. */
void tail_glob_expand(const char *pattern, const struct tail_glob_visitor *visitor);
/* Whether `path` as a whole matches. */
bool tail_glob_matches(const char *pattern, const char *path);
/* Whether some part of the pattern matches this name. */
bool tail_glob_has_part(const char *pattern, const char *name);

/* ---- tail_watch.c: what wakes it ---- */
/* Without inotify everything is polled. */
void tail_watch_open(struct tail *tail);
void tail_watch_close(struct tail *tail);
/* Watches the open file; without a watch it is polled: tail_watch_set_polling is due then. */
void tail_watch_file(struct tail_file *file);
void tail_watch_drop(struct tail_file *file);
/* Watches the directory for this scan; counts it as polled where that cannot be. */
void tail_watch_directory(struct tail *tail, const char *path, bool any_name);
/* Forgets directories that the last scan did not want. */
void tail_watch_sweep(struct tail *tail);
/* Starts or stops the poll timer by whether anything is polled. */
void tail_watch_set_polling(struct tail *tail);
