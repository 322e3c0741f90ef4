#include "agent/state_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    OUTPUT_NAME_BYTES = 256,
};

static unsigned source_bucket(const uint8_t *source)
{
    /* Source ids are random bits. */
    return (source[0] | (unsigned)source[1] << 8) % STATE_BUCKETS;
}

unsigned state_table_inode_bucket(uint64_t inode)
{
    return (unsigned)((inode * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % STATE_BUCKETS;
}

struct entry *state_table_find(struct state *state, const uint8_t *source)
{
    struct entry *entry = state->by_source[source_bucket(source)];
    while (entry && memcmp(entry->file.source, source, SOURCE_ID_SIZE) != 0)
        entry = entry->next_of_source;
    return entry;
}

void state_table_link_inode(struct state *state, struct entry *entry)
{
    struct entry **bucket = &state->by_inode[state_table_inode_bucket(entry->file.inode)];
    entry->next_of_inode = *bucket;
    *bucket = entry;
}

void state_table_unlink_inode(struct state *state, struct entry *entry)
{
    struct entry **place = &state->by_inode[state_table_inode_bucket(entry->file.inode)];
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

void state_table_post(struct state *state, struct entry *entry)
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

void state_table_remove(struct state *state, struct entry *entry)
{
    unlink_source(state, entry);
    state_table_unlink_inode(state, entry);
    state->entry_count--;
    entry->forgotten = true;
    if (state->directory)
        state_table_post(state, entry);
    else
        free(entry);
}

/* Makes room by dropping rows that no file was found for: those of files that went away while
 * nobody looked. */
static void evict(struct state *state)
{
    size_t wanted = STATE_FILES_MAX / 16;
    for (unsigned i = 0; i < STATE_BUCKETS && wanted > 0; i++)
        for (struct entry *entry = state->by_source[i], *next; entry && wanted > 0; entry = next) {
            next = entry->next_of_source;
            if (entry->used)
                continue;
            state_table_remove(state, entry);
            wanted--;
        }
}

struct entry *state_table_add(struct state *state, const struct state_file *file)
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
    state_table_link_inode(state, entry);
    state->entry_count++;
    return entry;
}

int state_table_output(struct state *state, const char *output)
{
    for (int i = 0; i < STATE_OUTPUTS_MAX; i++) {
        if (!state->outputs[i])
            state->outputs[i] = strndup(output, OUTPUT_NAME_BYTES);
        if (state->outputs[i] && strcmp(state->outputs[i], output) == 0)
            return i;
    }
    return -1;
}

void state_table_load_file(void *context, const struct state_file *file)
{
    struct state *state = context;
    if (!state_table_find(state, file->source))
        state_table_add(state, file);
}

void state_table_load_checkpoint(void *context, const uint8_t *source, const char *output,
                                 uint64_t offset)
{
    struct state *state = context;
    struct entry *entry = state_table_find(state, source);
    int index = entry ? state_table_output(state, output) : -1;
    if (index < 0)
        return;
    entry->checkpoints[index] = offset;
    entry->known |= 1u << index;
}

void state_table_drop(struct state *state)
{
    for (struct entry *entry = state->queue, *next; entry; entry = next) {
        next = entry->next_queued;
        if (entry->forgotten)
            free(entry);
    }
    for (unsigned i = 0; i < STATE_BUCKETS; i++)
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
