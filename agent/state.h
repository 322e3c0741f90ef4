#pragma once
/* The state database (state_dir/state.db, SQLite in WAL, 0700/0600): file identities and
 * checkpoints. A thread of its own writes and fsyncs; the loop thread posts and never waits, except
 * at open. Nothing raw is kept: a file is known by device, inode, and an HMAC-SHA-256, under a
 * random key made with the database, of its first bytes. */
#include "agent/source.h"

struct state;

enum {
    STATE_FINGERPRINT_SIZE = 32,
};

/* What is known of a file: which generation its bytes belong to. */
struct state_file {
    uint64_t device;
    uint64_t inode;
    uint8_t fingerprint[STATE_FINGERPRINT_SIZE]; /* HMAC of the first fingerprint_bytes bytes */
    uint32_t fingerprint_bytes;                  /* up to 1024; shorter files have shorter ones */
    uint8_t path_hmac[STATE_FINGERPRINT_SIZE];
    uint8_t source[SOURCE_ID_SIZE];
};

/* Opens or makes the database; a corrupt one is moved aside and reported through *ret_recovered.
 * 0 or negative errno. */
int state_open(const char *directory, struct state **ret_state, bool *ret_recovered);
/* Writes what is posted, then closes. */
struct state *state_close(struct state *state);
/* HMAC-SHA-256 under the database's key. */
int state_hmac(const struct state *state, const void *data, size_t size,
               uint8_t ret_hmac[STATE_FINGERPRINT_SIZE]);

/* Looks a file up at open: exact device and inode with a fitting fingerprint. -ENOENT: not known.
 */
int state_find_file(struct state *state, const struct state_file *wanted,
                    struct state_file *ret_file);
/* Checkpoint of (source, output id); 0 where there is none. */
int state_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE], const char *output,
                     uint64_t *ret_offset);
/* Posted: written within 100 ms, fsynced, the newest value per key wins. */
void state_put_file(struct state *state, const struct state_file *file);
void state_put_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE],
                          const char *output, uint64_t offset);
/* The file is gone and all of it acknowledged. */
void state_forget(struct state *state, const uint8_t source[SOURCE_ID_SIZE]);
/* Waits until everything posted before is on disk. */
int state_flush(struct state *state);
