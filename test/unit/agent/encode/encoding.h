#pragma once
/* Parses and encodes one line as the worker does. */
#include "agent/encode.h"
#include "agent/redact.h"
#include "test/unit/harness.h"

#include <string.h>

#define ENCODING_READ_NS INT64_C(1795260000123000000) /* 2026-11-21T11:20:00.123Z */
#define ENCODING_ID      "000102030405060708090a0b0c0d0e0f"

struct encoding {
    struct arena_pool *raw, *clean;
    struct encode_options options;
    struct encode_source *source;
    struct encode_counts counts;
    struct batch batch;
    struct record record;
    struct event event;
};

static void encoding_open(struct encoding *encoding, const struct encode_options *options)
{
    memset(encoding, 0, sizeof(*encoding));
    encoding->options = *options;
    assert_int_equal(arena_pool_new(ARENA_RAW, 65536, 1 << 24, &encoding->raw), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, 65536, 1 << 24, &encoding->clean), 0);
    assert_int_equal(encode_source_new(&encoding->options, clean_from_config("/l"), ENCODING_ID,
                                       &encoding->source),
                     0);
}

/* The record is the whole block. What was set in batch and record before is kept. */
static void encoding_run(struct encoding *encoding, const char *schema, const char *text,
                         size_t size)
{
    const struct parse_options options = {0};
    const struct encode_type *type = encode_find(schema);
    struct batch *batch = &encoding->batch;
    arena_init(&batch->raw, encoding->raw);
    arena_init(&batch->clean, encoding->clean);
    batch->block = arena_alloc(&batch->raw, size + 1);
    batch->block_size = size;
    memcpy(batch->block, text, size);
    batch->read_time_ns = ENCODING_READ_NS;
    struct clean_builder builder = {.data = batch->block, .size = size, .capacity = size};
    encoding->record.text = clean_built(&builder);
    parse_find("auto")->parse(&options, encoding->record.text, ENCODING_READ_NS, &encoding->event);
    assert_int_equal(type->encode(&encoding->options, encoding->source, &encoding->event, batch,
                                  &encoding->record, &batch->clean, &encoding->counts),
                     0);
    arena_reset(&batch->raw); /* nothing may point there now */
}

static void encoding_reset(struct encoding *encoding)
{
    arena_reset(&encoding->batch.clean);
    memset(&encoding->record, 0, sizeof(encoding->record));
    memset(&encoding->counts, 0, sizeof(encoding->counts));
    encoding->record.frame_time_ns = INT64_MIN;
}

static void encoding_close(struct encoding *encoding)
{
    encode_source_free(encoding->source);
    arena_pool_free(encoding->raw);
    arena_pool_free(encoding->clean);
}
