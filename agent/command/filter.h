#pragma once
/* Redacts blocks of lines, one line out for one line in: what `blotter redact` does to each block.
 * A filter belongs to one thread. */
#include "agent/frame.h"
#include "rules/blotter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FILTER_REASONS = BLOT_WITHHELD_DEPTH + 1,
    FILTER_REPORTED = FILTER_REASONS, /* found by a rule that only reports */
    FILTER_COUNTS,
    FILTER_STREAMS = 3,
};

/* Bytes that grow as they are written. Zero-initialized; filter_buffer_free gives them back. */
struct filter_buffer {
    char *data;
    size_t size;
    size_t capacity;
};

/* Where pieces of a wrapped record go on: known only by the lines before, so whoever cuts the input
 * into blocks carries it from one to the next. */
struct filter_state {
    bool is_open[FILTER_STREAMS];
    /* what of the engine's goes from text to text, by stream: blot_state_after */
    uint32_t engine[FILTER_STREAMS];
};

struct filter_block {
    const char *data;
    size_t size;
    const struct frame_type *frame;
    struct filter_state state; /* before its first line */
    bool is_cut;               /* its last line was cut at max_line */
};

struct filter {
    const struct blot_ruleset *rules;
    struct blot_scratch *scratch;
    size_t rule_count;
    uint64_t *counts; /* findings by rule and reason: rule * FILTER_COUNTS + reason */
    struct filter_buffer plain, composed;
};

/* 0 or -ENOMEM. */
int filter_init(struct filter *filter, const struct blot_ruleset *rules);
void filter_finish(struct filter *filter);
/* Redacts a block of whole lines. The result is the block itself where nothing was found, else in
 * `buffer`, which is overwritten. 0 or -ENOMEM. */
int filter_run(struct filter *filter, const struct filter_block *block,
               struct filter_buffer *buffer, const char **ret_text, size_t *ret_size);
/* Moves the state over a block. */
void filter_advance(struct filter_state *state, const struct blot_ruleset *rules,
                    const struct frame_type *frame, const char *data, size_t size);
void filter_buffer_free(struct filter_buffer *buffer);
