#include "agent/state.h"

#include "agent/log.h"
#include "agent/state_store.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
    BUCKETS = 4096,
    CHANGES_MAX = 256, /* written in one transaction */
    WRITE_DELAY_MS = 100,
    RETRY_DELAY_MS = 1000,
    OUTPUT_NAME_BYTES = 256,
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
    struct entry *by_source[BUCKETS];
    struct entry *by_inode[BUCKETS];
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

static unsigned source_bucket(const uint8_t *source)
{
    /* Source ids are random bits. */
    return (source[0] | (unsigned)source[1] << 8) % BUCKETS;
}

static unsigned inode_bucket(uint64_t inode)
{
    return (unsigned)((inode * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % BUCKETS;
}

static struct entry *find_source(struct state *state, const uint8_t *source)
{
    struct entry *entry = state->by_source[source_bucket(source)];
    while (entry && memcmp(entry->file.source, source, SOURCE_ID_SIZE) != 0)
        entry = entry->next_of_source;
    return entry;
}

static void link_inode(struct state *state, struct entry *entry)
{
    struct entry **bucket = &state->by_inode[inode_bucket(entry->file.inode)];
    entry->next_of_inode = *bucket;
    *bucket = entry;
}

static void unlink_inode(struct state *state, struct entry *entry)
{
    struct entry **place = &state->by_inode[inode_bucket(entry->file.inode)];
    while (*place != entry)
        place = &(*place)->next_of_inode;
    *place = entry->next_of_inode;
}

static void unlink_source(struct state *state, struct entry *entry)
{
    struct entry **place = &state->by_source[source_bucket(entry->file.source)];
    while (*place != entry)
        place = &(*place)->next_of_source;
    *place = entry->next_of_source;
}

/* The lock is held. */
static void post(struct state *state, struct entry *entry)
{
    state->posted++;
    if (!state->directory)
        return;
    if (entry->queued)
        return;
    bool was_empty = !state->queue;
    entry->queued = true;
    entry->next_queued = NULL;
    *state->queue_end = entry;
    state->queue_end = &entry->next_queued;
    state->queued_count++;
    if (was_empty)
        pthread_cond_signal(&state->wake);
}

static void remove_entry(struct state *state, struct entry *entry)
{
    unlink_source(state, entry);
    unlink_inode(state, entry);
    state->entry_count--;
    entry->forgotten = true;
    if (state->directory)
        post(state, entry);
    else
        free(entry);
}

/* Makes room by dropping rows that no file was found for: those of files that went away while
 * nobody looked. */
static void evict(struct state *state)
{
    size_t wanted = STATE_FILES_MAX / 16;
    for (unsigned i = 0; i < BUCKETS && wanted > 0; i++)
        for (struct entry *entry = state->by_source[i], *next; entry && wanted > 0; entry = next) {
            next = entry->next_of_source;
            if (entry->used)
                continue;
            remove_entry(state, entry);
            wanted--;
        }
}

static struct entry *add_entry(struct state *state, const struct state_file *file)
{
    if (state->entry_count >= STATE_FILES_MAX)
        evict(state);
    struct entry *entry = state->entry_count < STATE_FILES_MAX ? calloc(1, sizeof(*entry)) : NULL;
    if (!entry) {
        state->refused++;
        return NULL;
    }
    entry->file = *file;
    struct entry **bucket = &state->by_source[source_bucket(file->source)];
    entry->next_of_source = *bucket;
    *bucket = entry;
    link_inode(state, entry);
    state->entry_count++;
    return entry;
}

/* Index of the output's name, which is added where it is new; -1: there are too many. */
static int output_index(struct state *state, const char *output)
{
    for (int i = 0; i < STATE_OUTPUTS_MAX; i++) {
        if (!state->outputs[i])
            state->outputs[i] = strndup(output, OUTPUT_NAME_BYTES);
        if (state->outputs[i] && strcmp(state->outputs[i], output) == 0)
            return i;
    }
    return -1;
}

static void load_file(void *context, const struct state_file *file)
{
    struct state *state = context;
    if (!find_source(state, file->source))
        add_entry(state, file);
}

static void load_checkpoint(void *context, const uint8_t *source, const char *output,
                            uint64_t offset)
{
    struct state *state = context;
    struct entry *entry = find_source(state, source);
    int index = entry ? output_index(state, output) : -1;
    if (index < 0)
        return;
    entry->checkpoints[index] = offset;
    entry->known |= 1u << index;
}

static int set_key(struct state *state)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t) "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    if (!state->mac)
        state->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (state->mac && !state->mac_key)
        state->mac_key = EVP_MAC_CTX_new(state->mac);
    if (!state->mac_key || !EVP_MAC_init(state->mac_key, state->key, sizeof(state->key), params))
        return -EIO;
    return 0;
}

static int random_key(uint8_t ret_key[STATE_KEY_SIZE])
{
    return getrandom(ret_key, STATE_KEY_SIZE, 0) == STATE_KEY_SIZE ? 0 : -EIO;
}

static int open_and_load(struct state *state)
{
    const struct state_reader reader = {load_file, load_checkpoint, state};
    int r = state_store_open(state->directory, state->key, &state->store);
    if (r == 0)
        r = state_store_load(state->store, &reader);
    return r;
}

static void drop_entries(struct state *state)
{
    for (struct entry *entry = state->queue, *next; entry; entry = next) {
        next = entry->next_queued;
        if (entry->forgotten)
            free(entry);
    }
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct entry *entry = state->by_source[i], *next; entry; entry = next) {
            next = entry->next_of_source;
            free(entry);
        }
    memset(state->by_source, 0, sizeof(state->by_source));
    memset(state->by_inode, 0, sizeof(state->by_inode));
    state->queue = NULL;
    state->queue_end = &state->queue;
    state->queued_count = 0;
    state->entry_count = 0;
}

static int open_store(struct state *state)
{
    int r = open_and_load(state);
    if (r != -EBADMSG)
        return r;
    state->store = state_store_close(state->store);
    drop_entries(state);
    r = state_store_move_aside(state->directory);
    if (r == 0)
        r = random_key(state->key);
    if (r == 0)
        r = open_and_load(state);
    state->recovered = true;
    return r;
}

/* Takes up to CHANGES_MAX entries off the queue; `entries` keeps them for what follows the write.
 * The lock is held. */
static size_t take_changes(struct state *state, struct state_change *changes,
                           struct entry **entries)
{
    size_t count = 0;
    while (state->queue && count < CHANGES_MAX) {
        struct entry *entry = state->queue;
        state->queue = entry->next_queued;
        state->queued_count--;
        entry->queued = false;
        entries[count] = entry;
        changes[count] = (struct state_change){
            .file = entry->file,
            .put_file = entry->dirty_file,
            .forget = entry->forgotten,
            .put_checkpoints = entry->dirty_checkpoints,
        };
        memcpy(changes[count].checkpoints, entry->checkpoints, sizeof(entry->checkpoints));
        entry->dirty_file = false;
        entry->dirty_checkpoints = 0;
        count++;
    }
    if (!state->queue)
        state->queue_end = &state->queue;
    return count;
}

static void put_back(struct state *state, const struct state_change *changes,
                     struct entry *const *entries, size_t count)
{
    uint64_t posted = state->posted;
    for (size_t i = 0; i < count; i++) {
        entries[i]->dirty_file |= changes[i].put_file;
        entries[i]->dirty_checkpoints |= changes[i].put_checkpoints;
        post(state, entries[i]);
    }
    state->posted = posted;
}

/* The file went bad while it was open: everything is in memory, so the next write makes a new one,
 * with the same key. The lock is held. */
static void replace_store(struct state *state)
{
    uint64_t posted = state->posted;
    state->store = state_store_close(state->store);
    if (state_store_move_aside(state->directory) < 0)
        return;
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct entry *entry = state->by_source[i]; entry; entry = entry->next_of_source) {
            entry->dirty_file = true;
            entry->dirty_checkpoints = entry->known;
            post(state, entry);
        }
    state->posted = posted;
}

static int write_changes(struct state *state, const struct state_change *changes, size_t count)
{
    if (!state->store) {
        int r = state_store_open(state->directory, state->key, &state->store);
        if (r < 0)
            return r;
    }
    return state_store_write(state->store, changes, count, (const char *const *)state->outputs);
}

/* Writes until the queue is empty or a write fails. The lock is held, but not while it writes. */
static int write_queue(struct state *state, struct state_change *changes, struct entry **entries)
{
    int r = 0;
    while (r == 0 && state->queue) {
        size_t count = take_changes(state, changes, entries);
        pthread_mutex_unlock(&state->lock);
        r = write_changes(state, changes, count);
        pthread_mutex_lock(&state->lock);
        if (r < 0) {
            put_back(state, changes, entries, count);
            state->failures++;
            if (r == -EBADMSG)
                replace_store(state);
            break;
        }
        for (size_t i = 0; i < count; i++)
            if (entries[i]->forgotten && changes[i].forget && !entries[i]->queued)
                free(entries[i]);
    }
    state->store_bytes = state->store ? state_store_memory(state->store) : 0;
    return r;
}

static void wait_ms(struct state *state, int delay_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += delay_ms / 1000;
    until.tv_nsec += (long)(delay_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!state->stop && !state->flush &&
           pthread_cond_timedwait(&state->wake, &state->lock, &until) != ETIMEDOUT)
        ;
}

/* Once when it begins to fail and once when it is over: it is tried every second. */
static void tell_change(int before, int now)
{
    if (now < 0 && before == 0)
        log_error("the state cannot be written: a restart would deliver again what is acknowledged "
                  "from now on",
                  log_errno(now));
    else if (now == 0 && before < 0)
        log_info("the state is written again");
}

static void *writer(void *argument)
{
    struct state *state = argument;
    struct state_change *changes = calloc(CHANGES_MAX, sizeof(*changes));
    struct entry **entries = calloc(CHANGES_MAX, sizeof(struct entry *));

    pthread_mutex_lock(&state->lock);
    for (;;) {
        while (!state->queue && !state->stop && !state->flush)
            pthread_cond_wait(&state->wake, &state->lock);
        if (state->stop && !state->queue)
            break;
        wait_ms(state, state->last_error < 0 ? RETRY_DELAY_MS : WRITE_DELAY_MS);
        bool stop = state->stop;
        state->flush = false;
        uint64_t posted = state->posted;
        int r = changes && entries ? write_queue(state, changes, entries) : -ENOMEM;
        tell_change(state->last_error, r);
        state->last_error = r;
        if (r == 0)
            state->written = posted;
        pthread_cond_broadcast(&state->wrote);
        if (stop && r < 0)
            break;
    }
    pthread_mutex_unlock(&state->lock);
    free(changes);
    free(entries);
    return NULL;
}

static int start_writer(struct state *state)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&state->lock, NULL);
    pthread_cond_init(&state->wake, &attributes);
    pthread_cond_init(&state->wrote, &attributes);
    pthread_condattr_destroy(&attributes);
    return state->directory ? -pthread_create(&state->thread, NULL, writer, state) : 0;
}

static struct state *free_state(struct state *state)
{
    state_store_close(state->store);
    drop_entries(state);
    for (int i = 0; i < STATE_OUTPUTS_MAX; i++)
        free(state->outputs[i]);
    EVP_MAC_CTX_free(state->mac_key);
    EVP_MAC_free(state->mac);
    explicit_bzero(state->key, sizeof(state->key));
    free(state->directory);
    free(state);
    return NULL;
}

int state_open(const char *directory, struct state **ret_state, bool *ret_recovered)
{
    struct state *state = calloc(1, sizeof(*state));
    if (!state)
        return -ENOMEM;
    state->queue_end = &state->queue;
    int r = random_key(state->key);
    if (r == 0 && directory) {
        state->directory = strdup(directory);
        r = state->directory ? open_store(state) : -ENOMEM;
    }
    if (r == 0)
        r = set_key(state);
    if (r == 0)
        r = start_writer(state);
    if (r < 0) {
        free_state(state);
        return r;
    }
    *ret_recovered = state->recovered;
    *ret_state = state;
    return 0;
}

struct state *state_close(struct state *state)
{
    if (!state)
        return NULL;
    if (state->directory) {
        pthread_mutex_lock(&state->lock);
        state->stop = true;
        pthread_cond_signal(&state->wake);
        pthread_mutex_unlock(&state->lock);
        pthread_join(state->thread, NULL);
    }
    pthread_cond_destroy(&state->wake);
    pthread_cond_destroy(&state->wrote);
    pthread_mutex_destroy(&state->lock);
    return free_state(state);
}

bool state_is_recovered(const struct state *state)
{
    return state->recovered;
}

int state_hmac(struct state *state, const void *data, size_t size,
               uint8_t ret_hmac[STATE_FINGERPRINT_SIZE])
{
    size_t written = 0;
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(state->mac_key);
    int ok = context && EVP_MAC_update(context, data, size) &&
             EVP_MAC_final(context, ret_hmac, &written, STATE_FINGERPRINT_SIZE);
    EVP_MAC_CTX_free(context);
    return ok && written == STATE_FINGERPRINT_SIZE ? 0 : -EIO;
}

uint64_t state_name(struct state *state, const char *name)
{
    uint8_t hmac[STATE_FINGERPRINT_SIZE];
    uint64_t value = 0;
    if (state_hmac(state, name, strlen(name), hmac) == 0)
        memcpy(&value, hmac, sizeof(value));
    return value;
}

static bool fits(struct state *state, const struct state_file *known,
                 const struct state_file *wanted, const void *first, size_t size)
{
    uint8_t hmac[STATE_FINGERPRINT_SIZE];

    if (known->inode != wanted->inode || known->input != wanted->input ||
        known->fingerprint_bytes > size)
        return false;
    if (known->birth_ns && wanted->birth_ns && known->birth_ns != wanted->birth_ns)
        return false;
    if (known->device != wanted->device &&
        (known->fingerprint_bytes == 0 ||
         memcmp(known->path_hmac, wanted->path_hmac, sizeof(known->path_hmac)) != 0))
        return false;
    return known->fingerprint_bytes == 0 ||
           (state_hmac(state, first, known->fingerprint_bytes, hmac) == 0 &&
            memcmp(hmac, known->fingerprint, sizeof(hmac)) == 0);
}

int state_find_file(struct state *state, const struct state_file *wanted, const void *first,
                    size_t size, struct state_file *ret_file)
{
    struct entry *best = NULL;

    pthread_mutex_lock(&state->lock);
    for (struct entry *entry = state->by_inode[inode_bucket(wanted->inode)]; entry;
         entry = entry->next_of_inode)
        if (fits(state, &entry->file, wanted, first, size) &&
            (!best || entry->file.fingerprint_bytes > best->file.fingerprint_bytes))
            best = entry;
    if (best) {
        best->used = true;
        *ret_file = best->file;
    }
    pthread_mutex_unlock(&state->lock);
    return best ? 0 : -ENOENT;
}

bool state_knows_inode(struct state *state, uint64_t device, uint64_t inode)
{
    pthread_mutex_lock(&state->lock);
    struct entry *entry = state->by_inode[inode_bucket(inode)];
    while (entry && (entry->file.inode != inode || entry->file.device != device))
        entry = entry->next_of_inode;
    pthread_mutex_unlock(&state->lock);
    return entry != NULL;
}

int state_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE], const char *output,
                     uint64_t *ret_offset)
{
    int r = -ENOENT;

    pthread_mutex_lock(&state->lock);
    struct entry *entry = find_source(state, source);
    int index = entry ? output_index(state, output) : -1;
    if (index >= 0 && (entry->known & (1u << index))) {
        *ret_offset = entry->checkpoints[index];
        r = 0;
    }
    pthread_mutex_unlock(&state->lock);
    return r;
}

/* Bytes belong to one generation at a time: what was known of the inode before is dead. */
static void remove_older(struct state *state, const struct state_file *file)
{
    struct entry *next;
    for (struct entry *entry = state->by_inode[inode_bucket(file->inode)]; entry; entry = next) {
        next = entry->next_of_inode;
        if (entry->file.inode == file->inode && entry->file.device == file->device &&
            entry->file.input == file->input &&
            memcmp(entry->file.source, file->source, SOURCE_ID_SIZE) != 0)
            remove_entry(state, entry);
    }
}

void state_put_file(struct state *state, const struct state_file *file)
{
    pthread_mutex_lock(&state->lock);
    remove_older(state, file);
    struct entry *entry = find_source(state, file->source);
    if (!entry) {
        entry = add_entry(state, file);
    } else {
        unlink_inode(state, entry);
        entry->file = *file;
        link_inode(state, entry);
    }
    if (entry) {
        entry->dirty_file = true;
        entry->used = true;
        post(state, entry);
    }
    pthread_mutex_unlock(&state->lock);
}

void state_put_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE],
                          const char *output, uint64_t offset)
{
    pthread_mutex_lock(&state->lock);
    struct entry *entry = find_source(state, source);
    int index = entry ? output_index(state, output) : -1;
    if (index >= 0) {
        entry->checkpoints[index] = offset;
        entry->known |= 1u << index;
        entry->dirty_checkpoints |= 1u << index;
        post(state, entry);
    }
    pthread_mutex_unlock(&state->lock);
}

void state_forget(struct state *state, const uint8_t source[SOURCE_ID_SIZE])
{
    pthread_mutex_lock(&state->lock);
    struct entry *entry = find_source(state, source);
    if (entry)
        remove_entry(state, entry);
    pthread_mutex_unlock(&state->lock);
}

int state_flush(struct state *state)
{
    int r = 0;

    pthread_mutex_lock(&state->lock);
    uint64_t posted = state->posted;
    uint64_t failures = state->failures;
    while (state->directory && state->written < posted && r == 0) {
        state->flush = true;
        pthread_cond_signal(&state->wake);
        pthread_cond_wait(&state->wrote, &state->lock);
        if (state->failures != failures)
            r = state->last_error;
    }
    pthread_mutex_unlock(&state->lock);
    return r;
}

struct state_status state_status(struct state *state)
{
    pthread_mutex_lock(&state->lock);
    struct state_status status = {
        .files = state->entry_count,
        .unwritten = state->queued_count,
        .memory_bytes =
            sizeof(*state) + state->entry_count * sizeof(struct entry) + state->store_bytes,
        .failures = state->failures,
        .refused = state->refused,
        .last_error = state->last_error,
    };
    pthread_mutex_unlock(&state->lock);
    return status;
}
