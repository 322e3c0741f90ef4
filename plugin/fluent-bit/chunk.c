#include "plugin/fluent-bit/chunk.h"

#include "plugin/fluent-bit/event.h"
#include "plugin/fluent-bit/line.h"
#include "plugin/fluent-bit/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BLOCK_BYTES = 128 * 1024, /* searched at once: what stays in the second-level cache */
    BLOCK_EVENTS = 2048,
    KEPT_BYTES = 1024 * 1024,          /* of text, from one chunk to the next */
    LINE_MAX_BYTES = 64 * 1024 * 1024, /* longer ones are withheld */
    OUTPUT_SPARE_BYTES = 4096,
};

/* A record of the block, and where its maps stand in the text. */
struct entry {
    struct event event;
    const uint8_t *end;
    const char *withheld; /* why; NULL: it is judged by its lines */
    size_t line_at[EVENT_PARTS];
    size_t line_size[EVENT_PARTS]; /* 0: there is no line, since there is nothing in the map */
    const uint8_t *part_end[EVENT_PARTS];
};

struct chunk_redactor {
    struct blot_scratch *scratch;
    bool drop;
    struct text text;
    struct text spare;
    struct entry entries[BLOCK_EVENTS];
    size_t entry_count;
    size_t withheld_count; /* of them */
    struct chunk_counts counts;
    size_t rule_count;
    uint64_t rules[];
};

/* One chunk on its way. */
struct pass {
    struct chunk_redactor *redactor;
    struct msgpack_reader reader;
    const uint8_t *copied; /* up to here the input is in the output */
    struct output_bytes output;
    bool is_changed;
    const struct blot_finding *findings; /* of the block; those that are left */
    size_t count;
};

int chunk_redactor_new(const struct blot_ruleset *rules, bool drop,
                       struct chunk_redactor **ret_redactor)
{
    size_t rule_count = blot_ruleset_rule_count(rules);
    struct chunk_redactor *redactor = calloc(1, sizeof *redactor + rule_count * sizeof(uint64_t));
    if (!redactor)
        return -ENOMEM;
    redactor->drop = drop;
    redactor->rule_count = rule_count;
    int r = blot_scratch_new(rules, NULL, &redactor->scratch);
    if (r < 0) {
        free(redactor);
        return r;
    }
    *ret_redactor = redactor;
    return 0;
}

struct chunk_redactor *chunk_redactor_free(struct chunk_redactor *redactor)
{
    if (!redactor)
        return NULL;
    blot_scratch_free(redactor->scratch);
    text_finish(&redactor->text);
    text_finish(&redactor->spare);
    free(redactor);
    return NULL;
}

const struct chunk_counts *chunk_counts(const struct chunk_redactor *redactor)
{
    return &redactor->counts;
}

uint64_t chunk_rule_count(const struct chunk_redactor *redactor, size_t rule)
{
    return redactor->rules[rule];
}

/* ---- records to lines ---- */

static int add_part(struct text *text, struct msgpack_reader *reader, struct entry *entry,
                    unsigned part)
{
    entry->event.parts[part] = reader->next;
    entry->line_at[part] = text->size;
    entry->line_size[part] = 0;
    if (reader->next < reader->end && *reader->next == 0x80) {
        reader->next++;
    } else {
        int r = line_append(text, reader, LINE_SEARCHED);
        if (r < 0)
            return r;
        entry->line_size[part] = text->size - entry->line_at[part];
        if (entry->line_size[part] > LINE_MAX_BYTES)
            return -EMSGSIZE;
    }
    entry->part_end[part] = reader->next;
    return 0;
}

static int add_lines(struct text *text, struct msgpack_reader *reader, struct entry *entry)
{
    int r = event_open(reader, &entry->event);
    if (r < 0)
        return r;
    entry->line_size[0] = 0;
    if (entry->event.parts[0])
        r = add_part(text, reader, entry, 0);
    return r < 0 ? r : add_part(text, reader, entry, 1);
}

/* As the contract names the reasons. */
static const char *reason(int error)
{
    return error == -E2BIG      ? "[WITHHELD depth]"
           : error == -EMSGSIZE ? "[WITHHELD length]"
           : error == -EDOM     ? "[WITHHELD limit]"
                                : "[WITHHELD encoding]";
}

/* The next record of the chunk. What is no record but MessagePack is skipped as a whole; what is
 * not even that takes the rest with it. */
static int add_entry(struct pass *pass)
{
    struct chunk_redactor *redactor = pass->redactor;
    struct text *text = &redactor->text;
    struct entry *entry = &redactor->entries[redactor->entry_count];
    struct msgpack_reader begin = pass->reader;
    size_t size = text->size;
    entry->withheld = NULL;
    entry->event.time = NULL;
    int r = add_lines(text, &pass->reader, entry);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        entry->withheld = reason(r);
        redactor->withheld_count++;
        entry->event.begin = begin.next;
        text->size = size;
        pass->reader = begin;
        if (msgpack_skip(&pass->reader) < 0)
            pass->reader.next = pass->reader.end;
    }
    entry->end = pass->reader.next;
    redactor->entry_count++;
    return 0;
}

/* ---- findings to records ---- */

static int start_output(struct pass *pass)
{
    if (pass->is_changed)
        return 0;
    size_t size = (size_t)(pass->reader.end - pass->copied);
    pass->output.data = malloc(size + OUTPUT_SPARE_BYTES);
    if (!pass->output.data)
        return -ENOMEM;
    pass->output.capacity = size + OUTPUT_SPARE_BYTES;
    pass->is_changed = true;
    return 0;
}

/* Copies what is unchanged up to `end`. */
static int copy_until(struct pass *pass, const uint8_t *end)
{
    int r = start_output(pass);
    if (r >= 0)
        r = rewrite_append(&pass->output, pass->copied, (size_t)(end - pass->copied));
    pass->copied = end;
    return r;
}

static void append_event_time(uint8_t time[10])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint32_t values[2] = {(uint32_t)now.tv_sec, (uint32_t)now.tv_nsec};
    time[0] = 0xd7;
    time[1] = 0;
    for (unsigned i = 0; i < 8; i++)
        time[2 + i] = (uint8_t)(values[i / 4] >> (24 - 8 * (i % 4)));
}

/* A record that says why there is no other: `[[time, {}], {"log": why}]`. */
static int append_notice(struct pass *pass, const struct event *event, const char *why)
{
    static const uint8_t head[] = {0x92, 0x92};
    static const uint8_t body[] = {0x80, 0x81, 0xa3, 'l', 'o', 'g'};
    uint8_t now[10];
    uint8_t header[MSGPACK_HEADER_BYTES];
    size_t size = strlen(why);
    append_event_time(now);
    struct output_bytes *output = &pass->output;
    int r = rewrite_append(output, head, sizeof head);
    if (r >= 0)
        r = event->time ? rewrite_append(output, event->time, event->time_size)
                        : rewrite_append(output, now, sizeof now);
    if (r >= 0)
        r = rewrite_append(output, body, sizeof body);
    if (r >= 0)
        r = rewrite_append(output, header, msgpack_string_header(header, (uint32_t)size, 0));
    return r < 0 ? r : rewrite_append(output, why, size);
}

static int withhold(struct pass *pass, const struct entry *entry, const char *why)
{
    int r = copy_until(pass, entry->event.begin);
    if (r >= 0 && !pass->redactor->drop)
        r = append_notice(pass, &entry->event, why);
    pass->copied = entry->end;
    pass->redactor->counts.withheld++;
    return r;
}

/* How many of the findings that are left begin before `end`. */
static size_t findings_before(const struct pass *pass, size_t end)
{
    size_t count = 0;
    while (count < pass->count && pass->findings[count].offset < end)
        count++;
    return count;
}

static void take_findings(struct pass *pass, size_t count)
{
    pass->findings += count;
    pass->count -= count;
}

static void count_findings(struct chunk_redactor *redactor, const struct blot_finding *findings,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (findings[i].rule < redactor->rule_count)
            redactor->rules[findings[i].rule]++;
    }
}

/* Writes one map of the record anew where something was found in it. 1: something was. */
static int rewrite_part(struct pass *pass, const struct entry *entry, unsigned part)
{
    struct chunk_redactor *redactor = pass->redactor;
    struct msgpack_reader map = {entry->event.parts[part], entry->part_end[part]};
    size_t end = entry->line_at[part] + entry->line_size[part];
    size_t count = entry->line_size[part] > 0 ? findings_before(pass, end) : 0;
    if (count == 0)
        return 0;
    count_findings(redactor, pass->findings, count);
    int r = copy_until(pass, map.next);
    if (r >= 0)
        r = rewrite_map(map, redactor->text.data, entry->line_at[part], end, pass->findings, count,
                        &redactor->spare, &pass->output);
    take_findings(pass, count);
    pass->copied = map.end;
    return r < 0 ? r : 1;
}

/* The record as it was before, for one whose findings cannot be written back. */
static int take_back(struct pass *pass, const struct pass *before, const struct entry *entry,
                     int error)
{
    pass->output.size = before->output.size;
    pass->copied = before->copied;
    take_findings(pass, findings_before(pass, entry->line_at[1] + entry->line_size[1]));
    return withhold(pass, entry, reason(error));
}

/* Whether a rule wants the whole record gone. */
static bool is_unwanted(const struct pass *pass, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pass->findings[i].effects & BLOT_DROP_RECORD)
            return true;
    }
    return false;
}

static int drop(struct pass *pass, const struct entry *entry, size_t count)
{
    count_findings(pass->redactor, pass->findings, count);
    take_findings(pass, count);
    int r = copy_until(pass, entry->event.begin);
    pass->copied = entry->end;
    pass->redactor->counts.dropped++;
    return r;
}

static int finish_entry(struct pass *pass, const struct entry *entry)
{
    struct chunk_redactor *redactor = pass->redactor;
    redactor->counts.records++;
    if (entry->withheld)
        return withhold(pass, entry, entry->withheld);
    size_t count = findings_before(pass, entry->line_at[1] + entry->line_size[1]);
    if (count == 0)
        return 0;
    struct pass before = *pass;
    int changed = 0;
    if (is_unwanted(pass, count))
        return drop(pass, entry, count);
    for (unsigned part = 0; part < EVENT_PARTS; part++) {
        int r = rewrite_part(pass, entry, part);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            return take_back(pass, &before, entry, r);
        changed |= r;
    }
    redactor->counts.changed += (uint64_t)changed;
    return 0;
}

/* The records of the block, of which most have nothing to be done. */
static int finish_entries(struct pass *pass)
{
    struct chunk_redactor *redactor = pass->redactor;
    if (pass->count == 0 && redactor->withheld_count == 0) {
        redactor->counts.records += redactor->entry_count;
        return 0;
    }
    for (size_t i = 0; i < redactor->entry_count; i++) {
        int r = finish_entry(pass, &redactor->entries[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static void clear_block(struct chunk_redactor *redactor)
{
    redactor->entry_count = 0;
    redactor->withheld_count = 0;
    text_clear(&redactor->text, KEPT_BYTES);
    text_clear(&redactor->spare, KEPT_BYTES);
}

static int finish_block(struct pass *pass)
{
    struct chunk_redactor *redactor = pass->redactor;
    int r = 0;
    pass->findings = NULL;
    pass->count = 0;
    if (redactor->text.size > 0)
        r = blot_find(redactor->scratch, redactor->text.data, redactor->text.size, 0,
                      &pass->findings, &pass->count);
    if (r >= 0)
        r = finish_entries(pass);
    clear_block(redactor);
    return r;
}

static int run(struct pass *pass)
{
    struct chunk_redactor *redactor = pass->redactor;
    int r = 0;
    while (r >= 0 && pass->reader.next < pass->reader.end) {
        r = add_entry(pass);
        bool is_full = redactor->text.size >= BLOCK_BYTES || redactor->entry_count == BLOCK_EVENTS;
        if (r >= 0 && (is_full || pass->reader.next == pass->reader.end))
            r = finish_block(pass);
    }
    if (r >= 0 && pass->is_changed)
        r = copy_until(pass, pass->reader.end);
    return r;
}

int chunk_redact(struct chunk_redactor *redactor, const void *data, size_t size, void **ret_data,
                 size_t *ret_size)
{
    const uint8_t *bytes = data;
    struct pass pass = {.redactor = redactor, .reader = {bytes, bytes + size}, .copied = bytes};
    clear_block(redactor);
    int r = size > 0 ? run(&pass) : 0;
    if (r < 0) {
        free(pass.output.data);
        redactor->counts.dropped_chunks++;
        return r;
    }
    if (!pass.is_changed) {
        redactor->counts.untouched_chunks++;
        return 0;
    }
    redactor->counts.changed_chunks++;
    if (pass.output.size == 0) {
        free(pass.output.data);
        pass.output.data = NULL;
    }
    *ret_data = pass.output.data;
    *ret_size = pass.output.size;
    return 1;
}
