#pragma once
/* The file behind the state: SQLite in WAL, held exclusively, one fsync a commit. Used by
 * state_open, then by the state's own thread alone; knows rows, not what they mean.
 *
 * A database that is no database, or whose pages contradict each other, is -EBADMSG everywhere. */
#include "agent/state.h"

enum {
    STATE_KEY_SIZE = 32,
};

/* What is to be written of one file. */
struct state_change {
    struct state_file file;
    bool put_file;
    bool forget;
    uint32_t put_checkpoints; /* one bit for each output name */
    uint64_t checkpoints[STATE_OUTPUTS_MAX];
};

/* Where the rows go at load; a row that makes no sense is left out before. */
struct state_reader {
    void (*file)(void *context, const struct state_file *file);
    void (*checkpoint)(void *context, const uint8_t source[SOURCE_ID_SIZE], const char *output,
                       uint64_t offset);
    void *context;
};

struct state_store;

/* Opens or makes state.db in `directory`. `key` is used where the file is made; what the file holds
 * is returned in it. */
int state_store_open(const char *directory, uint8_t key[STATE_KEY_SIZE],
                     struct state_store **ret_store);
struct state_store *state_store_close(struct state_store *store);
/* Renames the database and its log out of the way, to the first free name; opens nothing. */
int state_store_move_aside(const char *directory);
int state_store_load(struct state_store *store, const struct state_reader *reader);
/* Writes all or nothing. `outputs` are the names that the bits stand for. */
int state_store_write(struct state_store *store, const struct state_change *changes, size_t count,
                      const char *const *outputs);
size_t state_store_memory(struct state_store *store);
