/* Any bytes, in any framing and cut into any blocks, become records that lie in their block and
 * payloads that are one line of valid JSON. The first bytes choose how. */
#include "agent/encode.h"
#include "agent/frame.h"
#include "agent/redact.h"
#include "test/fuzz/strict_json.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    CHOICES = 4,
    READ_S = 1795260000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct arena_pool *raw_pool, *clean_pool;
static struct encode_options options;
static struct encode_source *source;

static void set_up(void)
{
    static struct encode_field fields[2];
    static const char *const labels[] = {"pan", "cvv"};
    fields[0] = (struct encode_field){clean_literal("service.name"), clean_literal("shop")};
    fields[1] = (struct encode_field){clean_literal("a.b.c"), clean_literal("\xff\"")};
    options = (struct encode_options){
        .host_name = clean_literal("web1"),
        .fields = fields,
        .field_count = 2,
        .rule_labels = labels,
        .rule_count = 2,
    };
    require(arena_pool_new(ARENA_RAW, 65536, 1 << 26, &raw_pool) == 0);
    require(arena_pool_new(ARENA_CLEAN, 65536, 1 << 26, &clean_pool) == 0);
    require(encode_source_new(&options, clean_literal("/var/log/\x01"), "00ff", &source) == 0);
}

static void encode(const struct batch *batch, struct record *record, struct arena *arena)
{
    static struct event event;
    static const struct parse_options utc = {0};
    struct encode_counts counts = {0};
    require(record->block_offset + record->block_size <= batch->block_size);
    struct clean_builder builder = {.data = batch->block + record->block_offset,
                                    .size = record->block_size,
                                    .capacity = record->block_size};
    record->text = clean_built(&builder);
    parse_find("auto")->parse(&utc, record->text, batch->read_time_ns, &event);
    require(event.is_object <= strict_json_is_valid(record->text.data, record->text.size, 64) ||
            record->text.data[0] == ' ' || record->text.data[0] == '\t' ||
            strchr(" \t\r\n", record->text.data[record->text.size - 1]));
    require(encode_find("ecs")->encode(&options, source, &event, batch, record, arena, &counts) ==
            0);
    require(strict_json_is_valid(record->payload.data, record->payload.size, 64));
    require(strict_json_is_utf8(record->payload.data, record->payload.size));
    require(!memchr(record->payload.data, '\n', record->payload.size));
}

static void run_block(struct framer *framer, const uint8_t *data, size_t size, uint64_t *offset,
                      unsigned flags)
{
    struct batch batch = {.flags = flags, .read_time_ns = READ_S * INT64_C(1000000000)};
    arena_init(&batch.raw, raw_pool);
    arena_init(&batch.clean, clean_pool);
    batch.block = arena_alloc(&batch.raw, size + 1);
    if (size > 0)
        memcpy(batch.block, data, size);
    batch.block_size = size;
    batch.offset = *offset;
    batch.end_offset = *offset = *offset + size;
    require(framer_run(framer, &batch) == 0);
    require(batch.checkpoint <= batch.end_offset);
    for (size_t i = 0; i < batch.record_count; i++) {
        require(batch.records[i].block_size <= framer->max_line_bytes);
        require(batch.records[i].offset + batch.records[i].size_bytes <= batch.end_offset);
        encode(&batch, &batch.records[i], &batch.clean);
    }
    arena_reset(&batch.raw);
    arena_reset(&batch.clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"auto", "line", "cri", "docker"};
    struct framer *framer;
    uint64_t offset = 0;
    if (!source)
        set_up();
    if (size < 2)
        return 0;
    size_t max_line_bytes = data[1] % 2 ? 4096 : 16;
    require(framer_new(names[data[0] % CHOICES], max_line_bytes, &framer) == 0);
    size_t step = 1 + data[1];
    data += 2;
    size -= 2;
    /* Blocks end with a newline, the last one as it comes. */
    while (size > 0) {
        const uint8_t *newline = size > step ? memchr(data + step, '\n', size - step) : NULL;
        size_t block_size = newline ? (size_t)(newline - data) + 1 : size;
        run_block(framer, data, block_size, &offset, newline ? 0 : BATCH_FINAL);
        data += block_size;
        size -= block_size;
    }
    framer_free(framer);
    require(arena_pool_usage(raw_pool).used_bytes == 0);
    return 0;
}
