#include "agent/state_parts.h"

#include <errno.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
    const struct state_reader reader = {state_table_load_file, state_table_load_checkpoint, state};
    int r = state_store_open(state->directory, state->key, &state->store);
    if (r == 0)
        r = state_store_load(state->store, &reader);
    return r;
}

static int open_store(struct state *state)
{
    int r = open_and_load(state);
    if (r != -EBADMSG)
        return r;
    state->store = state_store_close(state->store);
    state_table_drop(state);
    r = state_store_move_aside(state->directory);
    if (r == 0)
        r = random_key(state->key);
    if (r == 0)
        r = open_and_load(state);
    state->recovered = true;
    return r;
}

static struct state *free_state(struct state *state)
{
    state_store_close(state->store);
    state_table_drop(state);
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
        r = state_writer_start(state);
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
    for (struct entry *entry = state->by_inode[state_table_inode_bucket(wanted->inode)]; entry;
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
    struct entry *entry = state->by_inode[state_table_inode_bucket(inode)];
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
    struct entry *entry = state_table_find(state, source);
    int index = entry ? state_table_output(state, output) : -1;
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
    for (struct entry *entry = state->by_inode[state_table_inode_bucket(file->inode)]; entry;
         entry = next) {
        next = entry->next_of_inode;
        if (entry->file.inode == file->inode && entry->file.device == file->device &&
            entry->file.input == file->input &&
            memcmp(entry->file.source, file->source, SOURCE_ID_SIZE) != 0)
            state_table_remove(state, entry);
    }
}

void state_put_file(struct state *state, const struct state_file *file)
{
    pthread_mutex_lock(&state->lock);
    remove_older(state, file);
    struct entry *entry = state_table_find(state, file->source);
    if (!entry) {
        entry = state_table_add(state, file);
    } else {
        state_table_unlink_inode(state, entry);
        entry->file = *file;
        state_table_link_inode(state, entry);
    }
    if (entry) {
        entry->dirty_file = true;
        entry->used = true;
        state_table_post(state, entry);
    }
    pthread_mutex_unlock(&state->lock);
}

void state_put_checkpoint(struct state *state, const uint8_t source[SOURCE_ID_SIZE],
                          const char *output, uint64_t offset)
{
    pthread_mutex_lock(&state->lock);
    struct entry *entry = state_table_find(state, source);
    int index = entry ? state_table_output(state, output) : -1;
    if (index >= 0) {
        entry->checkpoints[index] = offset;
        entry->known |= 1u << index;
        entry->dirty_checkpoints |= 1u << index;
        state_table_post(state, entry);
    }
    pthread_mutex_unlock(&state->lock);
}

void state_forget(struct state *state, const uint8_t source[SOURCE_ID_SIZE])
{
    pthread_mutex_lock(&state->lock);
    struct entry *entry = state_table_find(state, source);
    if (entry)
        state_table_remove(state, entry);
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
