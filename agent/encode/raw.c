/* The clean text itself. It must outlive the raw arena, so text that redaction left in the block is
 * copied once; what redaction has rewritten is in the clean arena already. */
#include "agent/encode.h"
#include "agent/redact.h"

#include <errno.h>
#include <string.h>

static bool is_in_block(const struct batch *batch, const char *text)
{
    return (uintptr_t)text - (uintptr_t)batch->block < batch->block_size;
}

static int raw_encode(const struct encode_options *options, struct encode_source *source,
                      const struct event *event, const struct batch *batch, struct record *record,
                      struct arena *arena, struct encode_counts *counts)
{
    record->time_ns =
        record->frame_time_ns != INT64_MIN ? record->frame_time_ns : batch->read_time_ns;
    if (record->flags & RECORD_WITHHELD) {
        record->payload = encode_withheld(batch, record);
        return 0;
    }
    record->payload = record->text;
    if (record->text.size == 0 || !is_in_block(batch, record->text.data))
        return 0;
    char *copy = arena_reserve(arena, record->text.size);
    if (!copy)
        return -ENOMEM;
    struct clean_builder builder = {.data = copy, .capacity = record->text.size};
    clean_append(&builder, record->text);
    arena_take(arena, record->text.size);
    record->payload = clean_built(&builder);
    return 0;
}

const struct encode_type raw_encode_type = {
    .name = "raw",
    .summary = "the clean text as it is",
    .needs_event = false,
    .encode = raw_encode,
};
