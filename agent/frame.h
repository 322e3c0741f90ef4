#pragma once
/* A framer finds where records begin and end in the bytes of one source, and takes wrappings off
 * (CRI, Docker JSON). It knows nothing of what a record says. Worker thread only; one per source.
 *
 * Its result is a block of text in which every record is a run of bytes that ends before a newline:
 * for plain lines the block that was read itself, for wrapped ones a new block in the raw arena
 * with the unwrapped texts, a newline behind each. So the engine scans one block, not single lines.
 * One carriage return before the newline belongs to the line's end, not to the record's text.
 */
#include "agent/batch.h"

struct framer;

/* Which part of a wrapped line is its text. */
struct frame_piece {
    size_t offset;
    size_t size;
    uint8_t stream;  /* as in struct record */
    bool is_partial; /* the next line of the stream goes on */
    bool is_escaped; /* the inside of a JSON string */
};

struct frame_type {
    const char *name; /* line, cri, docker */
    const char *summary;
    size_t state_size; /* bytes at framer->state, zeroed; 0: none */
    /* Frames the batch's block: sets block, block_size (possibly new, in the raw arena), records,
     * record_count (in the clean arena) and checkpoint. Joins that stay open are copied into the
     * framer's own raw memory, and bound by max_line. 0 or negative errno. */
    int (*frame)(struct framer *framer, struct batch *batch);
    /* Gives back what the state holds; NULL: nothing. */
    void (*finish)(struct framer *framer);
    /* Whether the first whole line (without its newline) looks like this framing: for `auto`.
     * NULL: the one that always fits. */
    bool (*recognize)(const char *line, size_t size);
    /* For a filter that keeps lines as they are. False: the line is not wrapped. NULL: none is. */
    bool (*locate)(const char *line, size_t size, struct frame_piece *ret_piece);
};

struct framer {
    const struct frame_type *type; /* NULL: `auto`, not decided yet */
    void *state;
    size_t max_line_bytes;
    /* Counted for metrics; they only rise. */
    uint64_t cut_lines;      /* longer than max_line, here or already in the input */
    uint64_t withheld_bytes; /* dropped here behind a cut; not those that the input skipped */
    uint64_t flushed_joins;  /* partials that never got their end */
};

extern const struct frame_type *const frame_types[]; /* NULL-terminated; `line` is last */

/* NULL: there is none of that name; `auto` is none. */
const struct frame_type *frame_find(const char *name);
/* What `auto` takes by a block's first line that is not empty; NULL when all are. */
const struct frame_type *frame_recognize(const char *block, size_t size);

/* A framer of that name, or `auto`. Returns 0, -ENOMEM, -ENOENT for an unknown name. */
int framer_new(const char *name, size_t max_line_bytes, struct framer **ret_framer);
/* The arena pools of the batches it framed must still exist: open joins are given back. */
struct framer *framer_free(struct framer *framer);
/* Frames the batch; `auto` decides by the first whole line that is not empty, and stays with it. */
int framer_run(struct framer *framer, struct batch *batch);
