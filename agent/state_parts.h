#pragma once
/* What the files of the state share; nobody else includes it. */
#include "agent/state.h"
#include "agent/state_store.h"

#include <openssl/evp.h>
#include <pthread.h>

enum {
    STATE_BUCKETS = 4096,
};

struct entry {
    struct state_file file;
    uint64_t checkpoints[STATE_OUTPUTS_MAX];
    uint32_t known;             /* one bit for each output that has a checkpoint */
    uint32_t dirty_checkpoints; /* likewise, not on disk yet */
    bool dirty_file;
    bool forgotten; /* out of the tables; freed when the disk has forgotten it too */
    bool queued;    /* in the list of what is to be written */
    bool used;      /* found or put since state_open: not to be evicted */
    struct entry *next_of_source;
    struct entry *next_of_inode;
    struct entry *next_queued;
};

/* Everything below `lock` is shared by the loop thread and the writer; `store` is the writer's once
 * it runs, the rest belongs to the loop thread. */
struct state {
    EVP_MAC *mac;
    EVP_MAC_CTX *mac_key; /* keyed, never updated: duplicated for each HMAC */
    uint8_t key[STATE_KEY_SIZE];
    bool recovered;
    char *directory; /* NULL: memory only */
    struct state_store *store;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t wake;  /* writer: something was posted, or flush, or stop */
    pthread_cond_t wrote; /* loop: an attempt ended */
    struct entry *by_source[STATE_BUCKETS];
    struct entry *by_inode[STATE_BUCKETS];
    struct entry *queue;
    struct entry **queue_end;
    size_t entry_count;
    size_t queued_count;
    char *outputs[STATE_OUTPUTS_MAX]; /* only added to; a name stays where it is */
    uint64_t posted;                  /* posts so far */
    uint64_t written;                 /* of them, on disk */
    bool flush;
    bool stop;
    uint64_t failures;
    uint64_t refused;
    size_t store_bytes;
    int last_error;
};

/* ---- state_table.c: what is known, in memory. The lock is held, or the writer not started ---- */
struct entry *state_table_find(struct state *state, const uint8_t *source);
unsigned state_table_inode_bucket(uint64_t inode);
void state_table_link_inode(struct state *state, struct entry *entry);
void state_table_unlink_inode(struct state *state, struct entry *entry);
/* NULL: there are STATE_FILES_MAX, or no memory. */
struct entry *state_table_add(struct state *state, const struct state_file *file);
void state_table_remove(struct state *state, struct entry *entry);
/* Puts the entry into the queue of what is to be written. */
void state_table_post(struct state *state, struct entry *entry);
/* Index of the output's name, which is added where it is new; -1: there are too many. */
int state_table_output(struct state *state, const char *output);
/* Of a struct state_reader whose context is the state. */
void state_table_load_file(void *context, const struct state_file *file);
void state_table_load_checkpoint(void *context, const uint8_t *source, const char *output,
                                 uint64_t offset);
void state_table_drop(struct state *state);

/* ---- state_writer.c: the thread that writes ---- */
/* Makes the lock and, where there is a directory, the thread. 0 or negative errno. */
int state_writer_start(struct state *state);
