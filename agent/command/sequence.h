#pragma once
/* Runs blocks through one or several filters and writes the results in the order of the blocks.
 *
 * With one job all happens on the caller's thread. With more, filters and the writer have threads
 * of their own, and the caller only reads. */
#include "agent/command/filter.h"

struct sequence;

/* A block on its way. The caller fills data, size and what the filter asks. */
struct sequence_slot {
    char *data; /* `capacity` bytes; sequence_grow makes them more */
    size_t capacity;
    struct filter_block block;

    struct filter_buffer output;
    const char *text;
    size_t text_size;
    int stage;
};

/* Writes to `descriptor`. 0 or negative errno. */
int sequence_new(const struct blot_ruleset *rules, unsigned jobs, size_t block_bytes,
                 int descriptor, struct sequence **ret_sequence);
/* An empty slot; waits until there is one. The slot that was taken before keeps its bytes until the
 * next call, so that an unfinished line can be copied over. NULL: something has failed. */
struct sequence_slot *sequence_take(struct sequence *sequence);
/* 0 or -ENOMEM. */
int sequence_grow(struct sequence_slot *slot, size_t capacity);
/* Sends the slot that was taken last on its way. */
void sequence_submit(struct sequence *sequence);
/* Waits until all is written. 0, or what failed: a write (negative errno) or -ENOMEM of a filter.
 */
int sequence_finish(struct sequence *sequence);
/* Findings by rule and reason, or FILTER_REPORTED, of all filters; after sequence_finish. */
uint64_t sequence_count(const struct sequence *sequence, size_t rule, unsigned reason);
struct sequence *sequence_free(struct sequence *sequence);
