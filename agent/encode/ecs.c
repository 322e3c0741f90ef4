/* Elastic Common Schema, keys dotted at top level. Each part is written with a comma behind it; the
 * last comma becomes the closing brace, or the line's own members follow it. */
#include "agent/encode/digits.h"
#include "agent/encode/ecs_member.h"
#include "agent/json_escape.h"
#include "agent/redact.h"
#include "agent/utf8.h"

#include <errno.h>
#include <string.h>

enum {
    FIXED_BYTES = 512,  /* every key and number that the functions below write */
    COUNTER_BYTES = 32, /* of one rule in blotter.redacted */
};

struct writer {
    char *out;
    size_t repaired;
};

static void write_bytes(struct writer *writer, const char *text, size_t size)
{
    memcpy(writer->out, text, size);
    writer->out += size;
}

#define write_literal(writer, text) write_bytes(writer, "" text "", sizeof(text) - 1)

static void write_escaped(struct writer *writer, struct clean text)
{
    writer->out += json_escape(text.data, text.size, writer->out, &writer->repaired);
}

/* Copies a part of a JSON line. Newlines in it are blanks between tokens (strings cannot hold
 * them), and the record must stay one line. */
static void write_json(struct writer *writer, const char *text, size_t size, bool is_plain)
{
    if (is_plain) {
        write_bytes(writer, text, size);
        return;
    }
    char *first = writer->out;
    writer->out += utf8_repair(text, size, writer->out, &writer->repaired);
    for (char *newline = first; (newline = memchr(newline, '\n', (size_t)(writer->out - newline)));)
        *newline = ' ';
}

static void write_times(struct writer *writer, struct encode_source *source,
                        const struct event *event, const struct batch *batch, struct record *record,
                        bool has_own)
{
    bool is_read = false;
    record->time_ns = event->time_ns;
    if (record->time_ns == INT64_MIN)
        record->time_ns = record->frame_time_ns;
    if (record->time_ns == INT64_MIN) {
        record->time_ns = batch->read_time_ns;
        is_read = true;
    }
    if (!has_own) {
        write_literal(writer, "\"@timestamp\":\"");
        writer->out += digits_time(record->time_ns, &source->event_stamp, writer->out);
        write_literal(writer, "\",");
    }
    if (is_read)
        write_literal(writer, "\"blotter.time\":\"read\",");
}

static void write_level(struct writer *writer, enum level level)
{
    const char *name = level_name(level);
    if (!name)
        return;
    write_literal(writer, "\"log.level\":\"");
    write_bytes(writer, name, strlen(name));
    write_literal(writer, "\",");
}

/* The constant members, but those that yield. */
static void write_constant(struct writer *writer, const struct encode_source *source,
                           const struct ecs_plan *plan)
{
    if (!plan || !plan->has_yielding) {
        write_bytes(writer, source->constant, source->constant_size);
        return;
    }
    size_t fixed_size =
        source->optional_count > 0 ? source->optionals[0].offset : source->constant_size;
    write_bytes(writer, source->constant, fixed_size);
    for (size_t i = 0; i < source->optional_count; i++) {
        if (!(plan->yielding[i / 64] >> i % 64 & 1))
            write_bytes(writer, source->constant + source->optionals[i].offset,
                        source->optionals[i].size);
    }
}

static void write_origin(struct writer *writer, struct encode_source *source,
                         const struct batch *batch, const struct record *record)
{
    write_literal(writer, "\"log.offset\":");
    writer->out += digits_integer(record->offset, writer->out);
    if (record->stream == 1)
        write_literal(writer, ",\"log.iostream\":\"stdout\"");
    else if (record->stream == 2)
        write_literal(writer, ",\"log.iostream\":\"stderr\"");
    write_literal(writer, ",\"event.ingested\":\"");
    writer->out += digits_time(batch->read_time_ns, &source->read_stamp, writer->out);
    write_literal(writer, "\",");
}

static const char *label_of(const struct encode_options *options, const struct redaction *redaction)
{
    return redaction->rule < options->rule_count ? options->rule_labels[redaction->rule]
                                                 : "unknown";
}

/* {"pan":2,"cvv":1}: rules may share a label, and a rule may have redacted and withheld. */
static void write_redacted(struct writer *writer, const struct encode_options *options,
                           const struct batch *batch, const struct record *record)
{
    size_t count = record->redaction_count;
    if (count == 0)
        return;
    const struct redaction *redactions = batch->redactions + record->redaction_first;
    write_literal(writer, "\"blotter.redacted\":{");
    for (size_t i = 0; i < count; i++) {
        const char *label = label_of(options, &redactions[i]);
        uint64_t sum = redactions[i].count;
        bool is_first = true;
        for (size_t j = 0; j < count; j++) {
            if (j == i || strcmp(label_of(options, &redactions[j]), label) != 0)
                continue;
            is_first &= j > i;
            sum += redactions[j].count;
        }
        if (!is_first)
            continue;
        write_literal(writer, "\"");
        writer->out += json_escape(label, strlen(label), writer->out, &writer->repaired);
        write_literal(writer, "\":");
        writer->out += digits_integer(sum, writer->out);
        write_literal(writer, ",");
    }
    writer->out[-1] = '}';
    write_literal(writer, ",");
}

/* The line's own members, with the keys that the plan changes. */
static void write_members(struct writer *writer, const struct event *event,
                          const struct ecs_plan *plan, struct clean text, bool is_plain)
{
    if (event->member_count == 0) {
        writer->out--;
        return;
    }
    const char *end = text.data + text.size;
    while (*--end != '}')
        ;
    const char *from = event->members[0].key.data - 1;
    for (size_t i = 0; i < event->member_count && plan->change_count > 0; i++) {
        const struct clean *key = &event->members[i].key;
        if (!plan->members[i].is_changed)
            continue;
        write_json(writer, from, (size_t)(key->data - from), is_plain);
        write_json(writer, plan->members[i].key, plan->members[i].key_size, is_plain);
        from = key->data + key->size;
    }
    write_json(writer, from, (size_t)(end - from), is_plain);
}

/* Room for all parts but the text. */
static size_t bound_around(const struct encode_options *options, const struct encode_source *source,
                           const struct batch *batch, const struct record *record)
{
    size_t bound = FIXED_BYTES + source->constant_size;
    for (uint32_t i = 0; i < record->redaction_count; i++) {
        const char *label = label_of(options, &batch->redactions[record->redaction_first + i]);
        bound += json_escape_bound(label, strlen(label)) + COUNTER_BYTES;
    }
    return bound;
}

static void finish(struct writer *writer, char *first, struct record *record, struct arena *arena,
                   struct encode_counts *counts)
{
    size_t size = (size_t)(writer->out - first);
    arena_take(arena, size);
    record->payload =
        clean_built(&(struct clean_builder){.data = first, .size = size, .capacity = size});
    counts->repaired_records += writer->repaired > 0;
}

static int encode_text(const struct encode_options *options, struct encode_source *source,
                       const struct event *event, const struct batch *batch, struct record *record,
                       struct arena *arena, struct encode_counts *counts)
{
    struct clean message = event->message;
    char *first = arena_reserve(arena, bound_around(options, source, batch, record) +
                                           json_escape_bound(message.data, message.size));
    if (!first)
        return -ENOMEM;
    struct writer writer = {.out = first};
    write_literal(&writer, "{");
    write_times(&writer, source, event, batch, record, false);
    write_level(&writer, event->level);
    write_literal(&writer, "\"message\":\"");
    write_escaped(&writer, message);
    write_literal(&writer, "\",");
    write_constant(&writer, source, NULL);
    write_origin(&writer, source, batch, record);
    write_redacted(&writer, options, batch, record);
    writer.out[-1] = '}';
    finish(&writer, first, record, arena, counts);
    return 0;
}

static int encode_object(const struct encode_options *options, struct encode_source *source,
                         const struct event *event, const struct batch *batch,
                         struct record *record, struct arena *arena, struct encode_counts *counts)
{
    struct ecs_plan plan;
    int error = ecs_member_plan(source, event, arena, &plan);
    if (error < 0)
        return error;
    struct clean text = record->text;
    bool is_plain = utf8_is_valid(text.data, text.size) && !memchr(text.data, '\n', text.size);
    size_t line_bytes = text.size + event->logger.size + plan.change_bytes;
    char *first = arena_reserve(arena, bound_around(options, source, batch, record) +
                                           (is_plain ? line_bytes : 3 * line_bytes));
    if (!first)
        return -ENOMEM;
    struct writer writer = {.out = first};
    write_literal(&writer, "{");
    write_times(&writer, source, event, batch, record, plan.has_timestamp);
    if (!plan.has_level)
        write_level(&writer, event->level);
    if (!plan.has_logger && event->logger.size > 0) {
        write_literal(&writer, "\"log.logger\":");
        write_json(&writer, event->logger.data, event->logger.size, is_plain);
        write_literal(&writer, ",");
    }
    write_constant(&writer, source, &plan);
    write_origin(&writer, source, batch, record);
    write_redacted(&writer, options, batch, record);
    write_members(&writer, event, &plan, text, is_plain);
    write_literal(&writer, "}");
    counts->renamed_members += plan.renamed;
    finish(&writer, first, record, arena, counts);
    return 0;
}

static int ecs_encode(const struct encode_options *options, struct encode_source *source,
                      const struct event *event, const struct batch *batch, struct record *record,
                      struct arena *arena, struct encode_counts *counts)
{
    if (record->flags & RECORD_WITHHELD) {
        struct event stub;
        stub.message = encode_withheld(batch, record);
        stub.level = LEVEL_NONE;
        stub.time_ns = INT64_MIN;
        return encode_text(options, source, &stub, batch, record, arena, counts);
    }
    if (event->is_object)
        return encode_object(options, source, event, batch, record, arena, counts);
    return encode_text(options, source, event, batch, record, arena, counts);
}

const struct encode_type ecs_encode_type = {
    .name = "ecs",
    .summary = "Elastic Common Schema, one JSON object a line",
    .needs_event = true,
    .encode = ecs_encode,
};
