#include "plugin/fluent-bit/chunk.h"

#include "plugin/fluent-bit/answer.h"
#include "plugin/fluent-bit/line.h"
#include "plugin/fluent-bit/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 128 * 1024, /* searched at once: what stays in the second-level cache */
    BLOCK_EVENTS = 2048,
    KEPT_BYTES = 1024 * 1024,          /* of text, from one chunk to the next */
    LINE_MAX_BYTES = 64 * 1024 * 1024, /* longer ones are withheld */
    MARK_BYTES = CHUNK_KEY_MAX_BYTES + 16,
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
    const struct blot_ruleset *rules;
    struct blot_scratch *scratch;
    bool drop;
    struct text text;
    struct text spare;
    struct entry entries[BLOCK_EVENTS];
    size_t entry_count;
    size_t withheld_count;    /* of them */
    uint8_t mark[MARK_BYTES]; /* "quarantine_key": "quarantine" */
    size_t mark_size;
    struct chunk_counts counts;
    size_t rule_count;
    uint64_t rule_counts[];
};

/* One chunk on its way. */
struct pass {
    struct chunk_redactor *redactor;
    struct msgpack_reader reader;
    struct answer answer;
    uint32_t state;                      /* of the rules, after the blocks before */
    const struct blot_finding *findings; /* of the block; those that are left */
    size_t count;
};

static size_t print_string(uint8_t *output, const char *text)
{
    size_t size = strlen(text);
    size_t header = msgpack_string_header(output, (uint32_t)size, 0);
    memcpy(output + header, text, size);
    return header + size;
}

int chunk_redactor_new(const struct blot_ruleset *rules, const struct chunk_options *options,
                       struct chunk_redactor **ret_redactor)
{
    size_t rule_count = blot_ruleset_rule_count(rules);
    if (strlen(options->quarantine_key) > CHUNK_KEY_MAX_BYTES)
        return -EINVAL;
    struct chunk_redactor *redactor = calloc(1, sizeof *redactor + rule_count * sizeof(uint64_t));
    if (!redactor)
        return -ENOMEM;
    redactor->rules = rules;
    redactor->drop = options->drop;
    redactor->mark_size = print_string(redactor->mark, options->quarantine_key);
    redactor->mark_size += print_string(redactor->mark + redactor->mark_size, "quarantine");
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
    return redactor->rule_counts[rule];
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

static int withhold(struct pass *pass, const struct entry *entry, const char *why,
                    struct rewrite_mark mark)
{
    struct answer *answer = &pass->answer;
    int r = answer_copy(answer, entry->event.begin);
    if (r >= 0 && !pass->redactor->drop)
        r = answer_notice(answer, &entry->event, why, mark);
    answer_skip(answer, entry->end);
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
            redactor->rule_counts[findings[i].rule]++;
    }
}

/* Writes one map of the record anew where something was found in it, or it gets a mark. 1: done. */
static int rewrite_part(struct pass *pass, const struct entry *entry, unsigned part,
                        struct rewrite_mark mark)
{
    struct chunk_redactor *redactor = pass->redactor;
    struct answer *answer = &pass->answer;
    struct msgpack_reader map = {entry->event.parts[part], entry->part_end[part]};
    size_t end = entry->line_at[part] + entry->line_size[part];
    size_t count = entry->line_size[part] > 0 ? findings_before(pass, end) : 0;
    if (count == 0 && mark.size == 0)
        return 0;
    count_findings(redactor, pass->findings, count);
    int r = answer_copy(answer, map.next);
    if (r >= 0)
        r = rewrite_map(map, redactor->text.data, entry->line_at[part], end, pass->findings, count,
                        mark, &redactor->spare, &answer->output);
    answer_skip(answer, map.end);
    take_findings(pass, count);
    return r < 0 ? r : 1;
}

/* The record as it was before, for one whose findings cannot be written back. */
static int take_back(struct pass *pass, const struct answer *before, const struct entry *entry,
                     int error, struct rewrite_mark mark)
{
    pass->answer.output.size = before->output.size;
    pass->answer.copied = before->copied;
    take_findings(pass, findings_before(pass, entry->line_at[1] + entry->line_size[1]));
    return withhold(pass, entry, reason(error), mark);
}

/* What rules want to be done with the record as a whole. */
static unsigned effects_of(const struct pass *pass, size_t count)
{
    unsigned effects = 0;
    for (size_t i = 0; i < count; i++)
        effects |= pass->findings[i].effects;
    return effects;
}

static int drop(struct pass *pass, const struct entry *entry, size_t count)
{
    count_findings(pass->redactor, pass->findings, count);
    take_findings(pass, count);
    int r = answer_copy(&pass->answer, entry->event.begin);
    answer_skip(&pass->answer, entry->end);
    pass->redactor->counts.dropped++;
    return r;
}

static int finish_entry(struct pass *pass, const struct entry *entry)
{
    struct chunk_redactor *redactor = pass->redactor;
    struct rewrite_mark mark = {NULL, 0};
    redactor->counts.records++;
    if (entry->withheld)
        return withhold(pass, entry, entry->withheld, mark);
    size_t count = findings_before(pass, entry->line_at[1] + entry->line_size[1]);
    if (count == 0)
        return 0;
    unsigned effects = effects_of(pass, count);
    if (effects & BLOT_DROP_RECORD)
        return drop(pass, entry, count);
    if (effects & BLOT_QUARANTINE) {
        mark = (struct rewrite_mark){redactor->mark, redactor->mark_size};
        redactor->counts.quarantined++;
    }
    struct answer before = pass->answer;
    for (unsigned part = 0; part < EVENT_PARTS; part++) {
        int r = rewrite_part(pass, entry, part, part == 1 ? mark : (struct rewrite_mark){NULL, 0});
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            return take_back(pass, &before, entry, r, mark);
    }
    redactor->counts.changed++;
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
    const struct text *text = &redactor->text;
    int r = 0;
    pass->findings = NULL;
    pass->count = 0;
    if (text->size > 0) {
        blot_resume(redactor->scratch, pass->state);
        pass->state = blot_state_after(redactor->rules, pass->state, text->data, text->size);
        r = blot_find(redactor->scratch, text->data, text->size, 0, &pass->findings, &pass->count);
    }
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
    if (r >= 0 && pass->answer.is_changed)
        r = answer_copy(&pass->answer, pass->reader.end);
    return r;
}

int chunk_redact(struct chunk_redactor *redactor, const void *data, size_t size, void **ret_data,
                 size_t *ret_size)
{
    const uint8_t *bytes = data;
    struct pass pass = {
        .redactor = redactor,
        .reader = {bytes, bytes + size},
        .answer = {.copied = bytes, .end = bytes + size},
    };
    struct output_bytes *output = &pass.answer.output;
    clear_block(redactor);
    int r = size > 0 ? run(&pass) : 0;
    if (r < 0) {
        free(output->data);
        redactor->counts.dropped_chunks++;
        return r;
    }
    if (!pass.answer.is_changed) {
        redactor->counts.untouched_chunks++;
        return 0;
    }
    redactor->counts.changed_chunks++;
    if (output->size == 0) {
        free(output->data);
        output->data = NULL;
    }
    *ret_data = output->data;
    *ret_size = output->size;
    return 1;
}
