#pragma once
/* The state database (state_dir/state.db, SQLite in WAL, 0700/0600): file identities and
 * checkpoints. Nothing raw is kept: a file is known by device, inode, time of birth, and an
 * HMAC-SHA-256, under a random key made with the database, of its first bytes.
 *
 * All of it is in memory too. The loop thread asks and posts there and never waits for the disk
 * (but in state_open, state_flush and state_close); a thread of its own writes and fsyncs what was
 * posted. When it cannot (disk full), the newest values stay in memory and are tried again. */
#include "agent/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state;

enum {
    STATE_FINGERPRINT_SIZE = 32,
    STATE_FINGERPRINT_BYTES_MAX = 1024, /* of a file, that a fingerprint covers */
    STATE_FILES_MAX = 65536,
    STATE_OUTPUTS_MAX = 16, /* ids of outputs, those of earlier configurations included */
};

/* What is known of a file: which generation its bytes belong to. */
struct state_file {
    uint64_t input; /* who reads it: state_name of the input's id */
    uint64_t device;
    uint64_t inode;
    int64_t birth_ns; /* 0 where the file system does not say */
    uint64_t start;   /* where reading began: 0, or the end at first sight */
    uint8_t fingerprint[STATE_FINGERPRINT_SIZE]; /* HMAC of the first fingerprint_bytes bytes */
    uint32_t fingerprint_bytes;                  /* fewer than the maximum for a shorter file */
    uint8_t path_hmac[STATE_FINGERPRINT_SIZE];
    uint8_t source[SOURCE_ID_SIZE];
};

struct state_status {
    size_t files;
    size_t unwritten;    /* files with something that is not on disk yet */
    size_t memory_bytes; /* of the tables and of SQLite's page cache */
    uint64_t failures;   /* writes that failed and were, or will be, tried again */
    uint64_t refused;    /* files that were not taken: there are STATE_FILES_MAX */
    int last_error;      /* negative errno of the newest failure while it lasts, else 0 */
};

/* Opens or makes the database in `directory`, which is made (0700) where it is missing. NULL: all
 * is kept in memory only. A corrupt database is moved aside to state.db.corrupt-N, a new one with a
 * new key begins, and *ret_recovered says so. Returns 0; -EBUSY when another process has it open;
 * -ENOTSUP when a newer program wrote it; another negative errno. */
int state_open(const char *directory, struct state **ret_state, bool *ret_recovered);
/* Writes what is posted, then closes. NULL is fine. Returns NULL. */
struct state *state_close(struct state *state);
/* Whether state_open had to begin anew: files are then read from their beginning, whatever the
 * configuration says of `start`. */
bool state_is_recovered(const struct state *state);

/* HMAC-SHA-256 under the database's key. Loop thread. 0 or -EIO. */
int state_hmac(struct state *state, const void *data, size_t size,
               uint8_t ret_hmac[STATE_FINGERPRINT_SIZE]);
/* The first eight bytes of the HMAC of a name. Loop thread. 0 when it cannot be made. */
uint64_t state_name(struct state *state, const char *name);

/* Looks a file up: input, inode, and device (or path_hmac, since device numbers change when a
 * machine starts anew) of `wanted` are the same, the times of birth do not differ, and the
 * fingerprint fits `first`, the first `size` bytes of the file. -ENOENT: not known. */
int state_find_file(struct state *state, const struct state_file *wanted, const void *first,
                    size_t size, struct state_file *ret_file);
/* Whether some file with this inode is known: a cheap question before state_find_file. */
bool state_knows_inode(struct state *state, uint64_t device, uint64_t inode);
/* Checkpoint of (source, output id). -ENOENT where there is none. */
int state_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE], const char *output,
                     uint64_t *ret_offset);

/* Posted: written within 100 ms, fsynced, the newest value per key wins. A file takes the place of
 * another of the same input, device and inode. */
void state_put_file(struct state *state, const struct state_file *file);
/* Of a source that is no known file (a stream, a forgotten file) nothing is kept. */
void state_put_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE],
                          const char *output, uint64_t offset);
/* The file is gone and all of it acknowledged. */
void state_forget(struct state *state, const uint8_t source[SOURCE_ID_SIZE]);
/* Waits until everything posted before is on disk. 0, or the negative errno of the write. */
int state_flush(struct state *state);
/* Any thread. */
struct state_status state_status(struct state *state);
