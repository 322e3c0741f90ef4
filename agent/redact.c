#include "agent/redact.h"

#include "agent/metrics.h"
#include "agent/restart.h"
#include "agent/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct redactor {
    const struct blot_ruleset *rules;
    struct blot_scratch *scratch;
};

/* What one batch needs while it is redacted. */
struct pass {
    const struct blot_ruleset *rules;
    struct blot_scratch *scratch;
    struct batch *batch;
    size_t redaction_capacity;
    bool streams_apart; /* a private key may be open in one stream and not in another */
};

/* The engine's scratch sees raw bytes, so it stays out of core images like the raw arenas. */
static void *scratch_allocate(void *user, size_t size)
{
    (void)user;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (madvise(memory, size, MADV_DONTDUMP) < 0) {
        munmap(memory, size);
        return NULL;
    }
    return memory;
}

static void scratch_release(void *user, void *memory, size_t size)
{
    (void)user;
    munmap(memory, size);
}

int redactor_new(const struct blot_ruleset *rules, struct redactor **ret_redactor)
{
    static const struct blot_memory memory = {scratch_allocate, scratch_release, NULL};
    struct redactor *redactor = calloc(1, sizeof *redactor);
    if (!redactor)
        return -ENOMEM;
    int r = blot_scratch_new(rules, &memory, &redactor->scratch);
    if (r < 0) {
        free(redactor);
        return r;
    }
    redactor->rules = rules;
    *ret_redactor = redactor;
    return 0;
}

struct redactor *redactor_free(struct redactor *redactor)
{
    if (!redactor)
        return NULL;
    blot_scratch_free(redactor->scratch);
    free(redactor);
    return NULL;
}

/* Room for `count` more redactions. They are clean: an index, a reason and a number. */
static int redactions_reserve(struct pass *pass, size_t count)
{
    struct batch *batch = pass->batch;
    if (count <= pass->redaction_capacity - batch->redaction_count)
        return 0;
    size_t capacity = 2 * pass->redaction_capacity + count;
    struct redaction *larger = arena_alloc(&batch->clean, capacity * sizeof *larger);
    if (!larger)
        return -ENOMEM;
    if (batch->redaction_count > 0)
        memcpy(larger, batch->redactions, batch->redaction_count * sizeof *larger);
    batch->redactions = larger;
    pass->redaction_capacity = capacity;
    return 0;
}

/* Counts a finding under its record; there is room. */
static void count_finding(struct batch *batch, struct record *record,
                          const struct blot_finding *finding)
{
    struct redaction *redactions = batch->redactions + record->redaction_first;
    for (uint32_t i = 0; i < record->redaction_count; i++) {
        if (redactions[i].rule == finding->rule && redactions[i].reason == finding->reason) {
            redactions[i].count++;
            return;
        }
    }
    redactions[record->redaction_count++] =
        (struct redaction){.rule = finding->rule, .reason = finding->reason, .count = 1};
    batch->redaction_count++;
}

/* Writes `text` with the findings applied, whose offsets count from `base`; returns the end. */
static char *apply(const char *text, size_t size, size_t base, const struct blot_finding *findings,
                   size_t count, char *output)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = findings[i].offset - base;
        memcpy(output, text + done, at - done);
        output += at - done;
        memcpy(output, findings[i].replacement, findings[i].replacement_size);
        output += findings[i].replacement_size;
        done = at + findings[i].size;
    }
    memcpy(output, text + done, size - done);
    return output + size - done;
}

/* What the findings say of the record besides its text. */
static void take_effects(struct record *record, const struct blot_finding *finding)
{
    if (finding->effects & BLOT_DROP_RECORD && !(record->flags & RECORD_DROPPED)) {
        record->flags |= RECORD_DROPPED;
        record->dropped_by = finding->rule;
    }
    if (finding->effects & BLOT_QUARANTINE)
        record->flags |= RECORD_QUARANTINED;
}

/* The record's text, from the findings that lie in it; their offsets count from `base`. */
static int redact_record(struct pass *pass, struct record *record, size_t base,
                         const struct blot_finding *findings, size_t count)
{
    struct batch *batch = pass->batch;
    const char *text = batch->block + record->block_offset;
    record->redaction_first = (uint32_t)batch->redaction_count;
    record->redaction_count = 0;
    if (count == 0) {
        record->text = (struct clean){text, record->block_size};
        return 0;
    }
    int r = redactions_reserve(pass, count);
    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        count_finding(batch, record, &findings[i]);
        take_effects(record, &findings[i]);
    }
    size_t size = blot_applied_size(record->block_size, findings, count);
    char *output = arena_alloc(&batch->clean, size);
    if (!output)
        return -ENOMEM;
    apply(text, record->block_size, record->block_offset - base, findings, count, output);
    record->text = (struct clean){output, size};
    return 0;
}

static void withhold(struct record *record)
{
    record->text = clean_literal("[WITHHELD length]");
    record->redaction_first = 0;
    record->redaction_count = 0;
}

/* Counts what rules found that only report, under no record. */
static int count_shadows(struct pass *pass)
{
    const struct blot_finding *findings;
    size_t count = blot_shadow_findings(pass->scratch, &findings);
    int r = count > 0 ? redactions_reserve(pass, count) : 0;
    for (size_t i = 0; r == 0 && i < count; i++)
        pass->batch->redactions[pass->batch->redaction_count++] = (struct redaction){
            .rule = findings[i].rule, .reason = METRIC_RULE_REPORTED, .count = 1};
    return r;
}

/* A finding that goes over the edge of a record: no line of the engine is cut so, but if it were,
 * replacing a part of it would show the rest. */
static bool crosses(const struct blot_finding *finding, size_t from, size_t to)
{
    size_t end = finding->offset + finding->size;
    return end > from && finding->offset < to && (finding->offset < from || end > to);
}

/* Redacts the records [first, last) with one call of the engine, over the bytes that hold them. */
static int redact_run(struct pass *pass, size_t first, size_t last, unsigned flags)
{
    struct batch *batch = pass->batch;
    struct record *records = batch->records;
    size_t base = records[first].block_offset;
    size_t end = records[last - 1].block_offset + records[last - 1].block_size;
    const struct blot_finding *findings;
    size_t count;
    uint32_t *state = batch->source ? &batch->source->redact_state[records[first].stream] : NULL;
    if (state && !(records[first].flags & RECORD_ALONE)) {
        blot_resume(pass->scratch, *state);
        *state = blot_state_after(pass->rules, *state, batch->block + base, end - base);
    }
    int r = blot_find(pass->scratch, batch->block + base, end - base, flags, &findings, &count);
    if (r < 0)
        return r;
    size_t next = 0;
    for (size_t i = first; i < last; i++) {
        size_t from = records[i].block_offset - base;
        size_t to = from + records[i].block_size;
        while (next < count && findings[next].offset + findings[next].size <= from)
            next++;
        size_t until = next;
        bool whole = true;
        while (until < count && findings[until].offset < to)
            whole = !crosses(&findings[until++], from, to) && whole;
        if (!whole) {
            withhold(&records[i]);
            continue;
        }
        r = redact_record(pass, &records[i], base, findings + next, until - next);
        if (r < 0)
            return r;
        next = until;
    }
    return count_shadows(pass);
}

static unsigned cut_flags(const struct record *record)
{
    return (record->flags & RECORD_CUT_START ? BLOT_CUT_START : 0u) |
           (record->flags & RECORD_CUT_END ? BLOT_CUT_END : 0u);
}

/* Whether records of several streams stand in the batch, and a key is open or begins in one: then
 * the engine sees each stream's records apart, for which a key goes on from one to the next. */
static bool must_keep_streams_apart(const struct pass *pass, const uint32_t before[RECORD_STREAMS])
{
    const struct batch *batch = pass->batch;
    bool is_mixed = false, any_key = before[0] != 0 || before[1] != 0 || before[2] != 0;
    for (size_t i = 1; i < batch->record_count && !is_mixed; i++)
        is_mixed = batch->records[i].stream != batch->records[0].stream;
    for (size_t i = 0; i < batch->record_count && is_mixed && !any_key; i++) {
        const struct record *record = &batch->records[i];
        any_key = blot_state_after(pass->rules, 0, batch->block + record->block_offset,
                                   record->block_size) != 0;
    }
    return is_mixed && any_key;
}

int redact_batch(struct redactor *redactor, struct batch *batch)
{
    struct pass pass = {.rules = redactor->rules, .scratch = redactor->scratch, .batch = batch};
    struct record *records = batch->records;
    uint32_t before[RECORD_STREAMS] = {0};
    if (batch->source)
        memcpy(before, batch->source->redact_state, sizeof before);
    pass.streams_apart = must_keep_streams_apart(&pass, before);
    batch->redaction_count = 0;
    size_t first = 0;
    while (first < batch->record_count) {
        if (records[first].flags & RECORD_WITHHELD) {
            withhold(&records[first++]);
            continue;
        }
        /* The engine takes the cut flags for a text as a whole: a record that has one goes alone,
         * all between two such records in one call. */
        const uint8_t alone = RECORD_CUT_START | RECORD_CUT_END | RECORD_ALONE;
        bool is_alone = records[first].flags & alone;
        size_t last = first + 1;
        while (!is_alone && last < batch->record_count &&
               (!pass.streams_apart || records[last].stream == records[first].stream) &&
               !(records[last].flags & (RECORD_WITHHELD | alone)))
            last++;
        int r = redact_run(&pass, first, last, cut_flags(&records[first]));
        if (r < 0)
            return r;
        first = last;
    }
    if (batch->source)
        restart_set(redactor->rules, batch, before);
    return 0;
}

static struct clean redact_part(struct redactor *redactor, struct raw text, unsigned flags,
                                char *buffer, size_t size)
{
    const struct blot_finding *findings;
    size_t count;
    if (blot_find(redactor->scratch, text.data, text.size, flags, &findings, &count) < 0)
        return clean_literal("[WITHHELD limit]");
    struct clean_builder builder = {.data = buffer, .capacity = size};
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        clean_append(&builder, (struct clean){text.data + done, findings[i].offset - done});
        clean_append(&builder,
                     (struct clean){findings[i].replacement, findings[i].replacement_size});
        done = findings[i].offset + findings[i].size;
    }
    clean_append(&builder, (struct clean){text.data + done, text.size - done});
    return clean_built(&builder);
}

struct clean redact_text(struct redactor *redactor, struct raw text, char *buffer, size_t size)
{
    return redact_part(redactor, text, 0, buffer, size);
}

int64_t redact_for_log(const char *text, size_t length_bytes, bool is_cut, char *ret_clean,
                       size_t capacity_bytes, void *data)
{
    struct clean clean = redact_part(data, (struct raw){text, length_bytes},
                                     is_cut ? BLOT_CUT_END : 0, ret_clean, capacity_bytes);
    return clean.data == ret_clean ? (int64_t)clean.size : -EIO;
}

int redact_copy(struct redactor *redactor, struct raw text, struct clean *ret_text)
{
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find(redactor->scratch, text.data, text.size, 0, &findings, &count);
    if (r < 0)
        return r;
    size_t size = blot_applied_size(text.size, findings, count);
    char *copy = malloc(size + 1);
    if (!copy)
        return -ENOMEM;
    apply(text.data, text.size, 0, findings, count, copy);
    *ret_text = (struct clean){copy, size};
    return 0;
}
