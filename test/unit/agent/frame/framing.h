#pragma once
/* Runs blocks through one framer and prints what came out, a line for each record:
 * `offset+bytes flags stream|text`, and `checkpoint N` behind each block. */
#include "agent/frame.h"
#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct framing_block {
    const char *text;
    unsigned flags;
    uint64_t skipped_bytes; /* that the input dropped behind a cut */
};

struct framing_case {
    const char *name;
    size_t max_line_bytes; /* 0: 1000 */
    struct framing_block blocks[4];
    const char *expected;
    uint64_t cut_lines, withheld_bytes, flushed_joins;
};

struct framing {
    struct arena_pool *raw, *clean;
    char out[4096];
    size_t size;
};

static void framing_print(struct framing *framing, const struct batch *batch)
{
    size_t left = sizeof(framing->out) - framing->size;
    char *out = framing->out + framing->size;
    int size = 0;
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct record *record = &batch->records[i];
        size +=
            snprintf(out + size, left - (size_t)size, "%d+%d %s%s%d|%.*s\n", (int)record->offset,
                     (int)record->size_bytes, record->flags & RECORD_CUT_END ? "cut " : "",
                     record->flags & RECORD_OVERLAPS ? "overlaps " : "", record->stream,
                     (int)record->block_size, batch->block + record->block_offset);
        size_t behind = record->block_offset + record->block_size;
        assert_true(behind == batch->block_size || record->flags & RECORD_CUT_END ||
                    batch->block[behind] == '\n' || batch->block[behind] == '\r');
    }
    size += snprintf(out + size, left - (size_t)size, "checkpoint %d\n", (int)batch->checkpoint);
    framing->size += (size_t)size;
}

static void framing_feed(struct framing *framing, struct framer *framer,
                         const struct framing_block *block, uint64_t *offset)
{
    struct batch batch;
    memset(&batch, 0, sizeof(batch));
    arena_init(&batch.raw, framing->raw);
    arena_init(&batch.clean, framing->clean);
    batch.block_size = strlen(block->text);
    batch.block = arena_alloc(&batch.raw, batch.block_size + 1);
    memcpy(batch.block, block->text, batch.block_size);
    batch.offset = *offset;
    batch.end_offset = *offset + batch.block_size + block->skipped_bytes;
    batch.flags = block->flags;
    batch.read_time_ns = INT64_C(1800000000000000000);
    *offset = batch.end_offset;
    assert_int_equal(framer_run(framer, &batch), 0);
    framing_print(framing, &batch);
    arena_reset(&batch.raw);
    arena_reset(&batch.clean);
}

static void framing_check(const char *type, const struct framing_case *c)
{
    struct framing *framing = calloc(1, sizeof(*framing));
    struct framer *framer;
    uint64_t offset = 0;
    assert_int_equal(arena_pool_new(ARENA_RAW, 65536, 1 << 24, &framing->raw), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, 65536, 1 << 24, &framing->clean), 0);
    assert_int_equal(framer_new(type, c->max_line_bytes ? c->max_line_bytes : 1000, &framer), 0);
    for (size_t i = 0; i < 4 && c->blocks[i].text; i++)
        framing_feed(framing, framer, &c->blocks[i], &offset);
    if (strcmp(framing->out, c->expected) != 0)
        fail_msg("%s:\n%s\nexpected:\n%s", c->name, framing->out, c->expected);
    assert_int_equal(framer->cut_lines, c->cut_lines);
    assert_int_equal(framer->withheld_bytes, c->withheld_bytes);
    assert_int_equal(framer->flushed_joins, c->flushed_joins);
    framer_free(framer);
    assert_int_equal(arena_pool_usage(framing->raw).used_bytes, 0);
    arena_pool_free(framing->raw);
    arena_pool_free(framing->clean);
    free(framing);
}
