#include "plugin/fluent-bit/packer.h"

#include "agent/encode.h"
#include "agent/frame.h"
#include "agent/generation.h"
#include "agent/input.h"
#include "agent/redact.h"
#include "agent/route.h"
#include "agent/source.h"
#include "plugin/fluent-bit/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LINE_MAX_BYTES = 16 * 1024 * 1024,
    KEPT_TEXT_BYTES = 4 * 1024 * 1024,
    ARENA_CHUNK_BYTES = 256 * 1024,
};

struct packer {
    struct packer_options options;
    struct input input;
    struct source *source;
    struct generation *generation;
    struct redactor *redactor;
    struct arena_pool *raw;
    struct arena_pool *clean;
    uint64_t offset;
    struct text text;
    struct encode_counts encode_counts;
    struct event event;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int encode_records(struct packer *packer, struct batch *batch)
{
    const struct generation *generation = packer->generation;
    const struct encode_type *encoder = generation->encoder;
    const struct event *event = encoder->needs_event ? &packer->event : NULL;
    for (size_t i = 0; i < batch->record_count; i++) {
        struct record *record = &batch->records[i];
        if (event)
            packer->input.parser->parse(&packer->input.parse, record->text, batch->read_time_ns,
                                        &packer->event);
        int r = encoder->encode(&generation->encode, packer->source->constant, event, batch, record,
                                &batch->clean, &packer->encode_counts);
        if (r < 0)
            return r;
        batch->payload_bytes += record->payload.size;
    }
    return 0;
}

/* Raw lines to payloads; what is raw is gone then, also on failure. A chunk is searched for itself:
 * it must be redacted alike when it comes again, and is not of one stream with the one before. */
static int process(struct packer *packer, struct batch *batch, struct packer_counts *counts)
{
    memset(packer->source->redact_state, 0, sizeof packer->source->redact_state);
    int r = framer_run(packer->source->framer, batch);
    if (r >= 0)
        r = redact_batch(packer->redactor, batch);
    for (size_t i = 0; r >= 0 && i < batch->redaction_count; i++)
        counts->findings += batch->redactions[i].count;
    size_t before = batch->record_count;
    if (r >= 0)
        r = route_batch(batch, NULL);
    counts->dropped = before - batch->record_count;
    if (r >= 0)
        r = encode_records(packer, batch);
    batch_drop_raw(batch);
    batch->clean_bytes = arena_size(&batch->clean);
    return r;
}

/* The chunk's lines as a raw batch; NULL where there are none. */
static int make_batch(struct packer *packer, const void *data, size_t size, const char *tag,
                      struct records_counts *counts, struct batch **ret_batch)
{
    const struct records_options options = {packer->options.tag_key, tag};
    struct text *text = &packer->text;
    struct batch *batch = NULL;
    text_clear(text, KEPT_TEXT_BYTES);
    int r = records_append(text, data, size, &options, counts);
    if (r >= 0 && text->size > 0)
        r = batch_new(packer->raw, packer->clean, text->size, &batch);
    *ret_batch = NULL;
    if (r < 0 || !batch)
        return r;
    memcpy(batch->block, text->data, text->size);
    batch->source = packer->source;
    batch->generation = packer->generation;
    batch->block_size = text->size;
    batch->offset = packer->offset;
    packer->offset += text->size;
    batch->end_offset = packer->offset;
    text_clear(text, KEPT_TEXT_BYTES);
    batch->read_time_ns = clock_ns(CLOCK_REALTIME);
    batch->read_clock_ns = clock_ns(CLOCK_MONOTONIC);
    *ret_batch = batch;
    return 0;
}

int packer_pack(struct packer *packer, const void *data, size_t size, const char *tag,
                struct packer_counts *ret_counts, struct batch **ret_batch)
{
    struct records_counts records = {0};
    struct packer_counts counts = {0};
    struct batch *batch;
    int r = make_batch(packer, data, size, tag, &records, &batch);
    if (r >= 0 && batch)
        r = process(packer, batch, &counts);
    if (r < 0 || (batch && batch->record_count == 0))
        batch = batch_free(batch);
    if (r < 0)
        return r;
    counts.withheld = records.withheld;
    *ret_counts = counts;
    *ret_batch = batch;
    return 0;
}

bool packer_has_room(const struct packer *packer)
{
    return arena_pool_has_room(packer->clean, 1);
}

static int make_source(struct packer *packer)
{
    struct encode_source *constant;
    int r = source_new(NULL, (struct clean){0}, NULL, 1, &packer->source);
    if (r >= 0)
        r = framer_new("line", LINE_MAX_BYTES, &packer->source->framer);
    if (r >= 0)
        r = encode_source_new(&packer->generation->encode, clean_literal(""),
                              packer->source->id_text, &constant);
    if (r < 0)
        return r;
    packer->source->constant = constant;
    packer->source->input = &packer->input;
    return 0;
}

int packer_new(const struct packer_options *options, struct packer **ret_packer)
{
    struct packer *packer = calloc(1, sizeof *packer);
    if (!packer) {
        blot_ruleset_free(options->rules);
        return -ENOMEM;
    }
    packer->options = *options;
    packer->input =
        (struct input){.id = options->id, .frame = "line", .parser = parse_find("auto")};
    int r = generation_new(options->rules, options->encoder, &packer->generation);
    if (r >= 0)
        r = redactor_new(packer->generation->rules, &packer->redactor);
    if (r >= 0)
        r = arena_pool_new(ARENA_RAW, ARENA_CHUNK_BYTES, options->buffer_bytes, &packer->raw);
    if (r >= 0)
        r = arena_pool_new(ARENA_CLEAN, ARENA_CHUNK_BYTES, options->buffer_bytes, &packer->clean);
    if (r >= 0)
        r = make_source(packer);
    if (r < 0) {
        packer_free(packer);
        return r;
    }
    *ret_packer = packer;
    return 0;
}

struct packer *packer_free(struct packer *packer)
{
    if (!packer)
        return NULL;
    if (packer->source) {
        packer->source->framer = framer_free(packer->source->framer);
        packer->source->constant = encode_source_free(packer->source->constant);
        source_free(packer->source);
    }
    redactor_free(packer->redactor);
    generation_unref(packer->generation);
    arena_pool_free(packer->raw);
    arena_pool_free(packer->clean);
    text_finish(&packer->text);
    free(packer);
    return NULL;
}
