#include "rules/explain.h"
#include "rules/key_block.h"
#include "rules/line.h"
#include "rules/sift.h"
#include "rules/suspect.h"

#include <errno.h>
#include <string.h>

struct blot_scratch {
    const struct blot_ruleset *ruleset;
    struct blot_memory memory;
    struct line line;
    struct edit_list edits;
    struct edit_list shadows; /* without replacements */
    struct edit_pool pool;
    struct buffer findings;
    size_t finding_count; /* of the last search; 0 when it failed */
    struct buffer shadow_findings;
    size_t shadow_count;
    struct buffer field;
    uint32_t key_block; /* in which state the next text begins */
    struct buffer redacted;
    uint64_t events[KERNEL_CHUNK]; /* not on the stack, which may be small in a host */
};

static bool has_allowed_patterns(const struct blot_ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        if (ruleset->rules[i].allow.pattern_count)
            return true;
    }
    return false;
}

int blot_scratch_new(const struct blot_ruleset *ruleset, const struct blot_memory *memory,
                     struct blot_scratch **ret_scratch)
{
    struct blot_memory calls = buffer_memory(memory);
    struct blot_scratch *scratch = calls.allocate(calls.user, sizeof(*scratch));
    if (!scratch)
        return -ENOMEM;
    *scratch = (struct blot_scratch){.ruleset = ruleset, .memory = calls};
    scratch->line.ruleset = ruleset;
    scratch->line.memory = &scratch->memory;
    int r = 0;
    if (ruleset->pattern_count || has_allowed_patterns(ruleset))
        r = pattern_scratch_new(&scratch->memory, &scratch->line.patterns);
    if (r == 0)
        r = prefilter_scratch_new(&ruleset->prefilter, &scratch->line.prefilter);
    if (r == 0 && ruleset->token_key)
        r = token_maker_new(ruleset->token_key, &scratch->line.token);
    if (r < 0) {
        blot_scratch_free(scratch);
        return r;
    }
    *ret_scratch = scratch;
    return 0;
}

struct blot_scratch *blot_scratch_free(struct blot_scratch *scratch)
{
    if (!scratch)
        return NULL;
    line_free(&scratch->line);
    buffer_free(&scratch->memory, &scratch->edits.edits);
    buffer_free(&scratch->memory, &scratch->pool.bytes);
    buffer_free(&scratch->memory, &scratch->findings);
    buffer_free(&scratch->memory, &scratch->shadows.edits);
    buffer_free(&scratch->memory, &scratch->shadow_findings);
    buffer_free(&scratch->memory, &scratch->field);
    buffer_free(&scratch->memory, &scratch->redacted);
    struct blot_memory memory = scratch->memory;
    explicit_bzero(scratch, sizeof(*scratch));
    memory.release(memory.user, scratch, sizeof(*scratch));
    return NULL;
}

/* Adds a line's edits, which count from its begin. */
static int add_edits(struct blot_scratch *scratch, const struct edit_list *from, size_t begin,
                     struct edit_list *list)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->count; i++) {
        struct edit edit = *edit_at(from, i);
        edit.begin += begin;
        edit.end += begin;
        r = edit_add(&scratch->memory, list, &edit);
    }
    return r;
}

static int find_in_line(struct blot_scratch *scratch, const uint8_t *text, size_t begin, size_t end,
                        unsigned flags)
{
    if (end - begin > VIEW_LINE_BYTES_MAX)
        return -EMSGSIZE;
    int r = line_find(&scratch->line, &scratch->pool, text + begin, (uint32_t)(end - begin), flags);
    if (r == 0)
        r = add_edits(scratch, &scratch->line.found, begin, &scratch->edits);
    return r < 0 ? r : add_edits(scratch, &scratch->line.shadow_found, begin, &scratch->shadows);
}

/* How far one text is searched. */
struct progress {
    struct blot_scratch *scratch;
    const uint8_t *text;
    size_t size;
    size_t done;         /* all lines that begin before it */
    size_t next_suspect; /* of the lines that patterns point at */
    size_t masked;       /* begin of the first line that was not looked at for masks of others */
    size_t decoded;      /* up to here no view holds a secret that escapes hide */
    uint32_t key_block;  /* state of the private key that is open */
    unsigned flags;
    const struct path_key *keys; /* of the field that the text is, behind `prefix` bytes */
    size_t key_count, prefix;
    size_t chunk_begin, chunk_end; /* what the events are of */
    size_t event_count, event;     /* which of them is looked at */
};

/* The events of the line [begin, end), when it is in the chunk as a whole. */
static struct recheck line_events(const struct progress *progress, size_t begin, size_t end)
{
    const uint64_t *events = progress->scratch->events;
    size_t first = progress->event, last;
    if (begin < progress->chunk_begin || end > progress->chunk_end)
        return (struct recheck){.events = NULL};
    while (first > 0 && events[first - 1] >> KERNEL_KINDS >= begin)
        first--;
    while (first < progress->event_count && events[first] >> KERNEL_KINDS < begin)
        first++;
    for (last = first; last < progress->event_count && events[last] >> KERNEL_KINDS < end;)
        last++;
    return (struct recheck){events + first, last - first, begin};
}

/* Of a field, says where in the line its value stands: all but the key before and the quote after.
 */
static void set_field(const struct progress *progress, size_t begin, size_t end)
{
    size_t prefix = progress->prefix > begin ? progress->prefix - begin : 0;
    progress->scratch->line.field = (struct line_field){
        .keys = progress->keys,
        .key_count = progress->key_count,
        .begin = (uint32_t)prefix,
        .end = (uint32_t)(end - begin - (end == progress->size)),
    };
}

/* Searches the line around `at`. */
static int find_line_around(struct progress *progress, size_t at)
{
    const uint8_t *text = progress->text;
    const uint8_t *before =
        at > progress->done ? memrchr(text + progress->done, '\n', at - progress->done) : NULL;
    const uint8_t *after =
        at < progress->size ? memchr(text + at, '\n', progress->size - at) : NULL;
    size_t begin = before ? (size_t)(before - text) + 1 : progress->done;
    size_t end = after ? (size_t)(after - text) : progress->size;
    unsigned flags = (begin == 0 ? progress->flags & BLOT_CUT_START : 0u) |
                     (after ? 0u : progress->flags & BLOT_CUT_END);
    progress->done = after ? end + 1 : end;
    if (progress->scratch->ruleset->has_key_blocks) {
        size_t key_begin, key_end;
        key_block_step(&progress->key_block, text + begin, end - begin, &key_begin, &key_end);
        progress->scratch->line.key_begin = (uint32_t)key_begin;
        progress->scratch->line.key_end = (uint32_t)key_end;
    }
    progress->scratch->line.recheck = line_events(progress, begin, end);
    set_field(progress, begin, end);
    return find_in_line(progress->scratch, text, begin, end, flags);
}

/* And all that follow while a private key is open: they are part of it. */
static int find_around(struct progress *progress, size_t at)
{
    int r = find_line_around(progress, at);
    while (r == 0 && progress->key_block && progress->done < progress->size)
        r = find_line_around(progress, progress->done);
    return r;
}

/* Whether a line may hold what others have masked: masks and digits, or escapes of some. */
static bool may_be_masked(const uint8_t *line, size_t size)
{
    enum { MASKS_MIN = 4, DIGITS_MIN = 4 };
    unsigned masks = 0, digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (line[i] >= 0x80 || symbol_is(line[i], CLASS_ESCAPE))
            return true;
        masks += symbol_is(line[i], CLASS_MASK) != 0;
        digits += symbol_is(line[i], CLASS_DIGIT) != 0;
    }
    return masks >= MASKS_MIN && digits >= DIGITS_MIN;
}

/* Searches the lines that begin up to `at` and may hold what others have masked. */
static int find_masked(struct progress *progress, size_t at)
{
    if (!progress->scratch->ruleset->normalises)
        return 0;
    while (progress->masked < progress->size && progress->masked <= at) {
        size_t begin = progress->masked;
        const uint8_t *line = progress->text + begin;
        const uint8_t *newline = memchr(line, '\n', progress->size - begin);
        size_t size = newline ? (size_t)(newline - line) : progress->size - begin;
        progress->masked = begin + size + 1;
        int r =
            begin >= progress->done && may_be_masked(line, size) ? find_around(progress, begin) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* Searches the suspected lines that begin before `at`. */
static int find_suspects(struct progress *progress, size_t at)
{
    const struct line *line = &progress->scratch->line;
    const size_t *suspects = line->suspects.data;
    while (progress->next_suspect < line->suspect_count && suspects[progress->next_suspect] <= at) {
        size_t suspect = suspects[progress->next_suspect++];
        int r = find_masked(progress, suspect);
        if (r == 0 && suspect >= progress->done)
            r = find_around(progress, suspect);
        if (r < 0)
            return r;
    }
    return find_masked(progress, at);
}

/* Whether the line around `at` holds a secret that only a decoded view shows. 1, 0 or -ENOMEM. */
static int find_hidden(struct progress *progress, size_t at)
{
    struct line *line = &progress->scratch->line;
    if (at < progress->decoded || !suspect_is_hidden(line, progress->text, progress->size, at))
        return 0;
    const uint8_t *before =
        at > progress->done ? memrchr(progress->text + progress->done, '\n', at - progress->done)
                            : NULL;
    const uint8_t *after = memchr(progress->text + at, '\n', progress->size - at);
    size_t begin = before ? (size_t)(before - progress->text) + 1 : progress->done;
    progress->decoded = after ? (size_t)(after - progress->text) + 1 : progress->size;
    size_t size = progress->decoded - (after ? 1 : 0) - begin;
    if (size > VIEW_LINE_BYTES_MAX)
        return 0;
    return suspect_in_decoded(line, progress->text + begin, (uint32_t)size);
}

/* Whether the line around the event deserves the exact search. 1, 0 or -ENOMEM. */
static int is_worth(struct progress *progress, struct sift *sift, size_t at, unsigned kinds)
{
    if (sift_event(sift, at, kinds))
        return 1;
    if (!(kinds & KERNEL_ESCAPE) || progress->scratch->ruleset->pattern_count == 0)
        return 0;
    return find_hidden(progress, at);
}

static int find_events(struct progress *progress)
{
    uint64_t *events = progress->scratch->events;
    const struct blot_ruleset *ruleset = progress->scratch->ruleset;
    struct kernel_state state = {.keys = &ruleset->sift.keys};
    struct sift sift = {.tables = &ruleset->sift, .text = progress->text, .size = progress->size};
    const struct scan_kernel *kernel = ruleset->kernel;
    while (state.at < progress->size) {
        progress->chunk_begin = state.at;
        size_t count = kernel->run(&state, progress->text, progress->size, events, KERNEL_CHUNK);
        count = kernel->thin(progress->text, progress->size, events, count);
        progress->chunk_end = state.at;
        progress->event_count = count;
        for (size_t i = 0; i < count; i++) {
            progress->event = i;
            size_t at = (size_t)(events[i] >> KERNEL_KINDS);
            unsigned kinds = events[i] & ((1u << KERNEL_KINDS) - 1);
            int r = find_suspects(progress, at);
            if (r == 0 && at >= progress->done)
                r = is_worth(progress, &sift, at, kinds);
            if (r > 0)
                r = find_around(progress, at);
            if (r < 0)
                return r;
        }
    }
    return find_suspects(progress, progress->size);
}

static int find_edits(struct blot_scratch *scratch, const uint8_t *text, size_t size,
                      unsigned flags)
{
    struct progress progress = {.scratch = scratch, .text = text, .size = size, .flags = flags};
    scratch->edits.count = 0;
    scratch->shadows.count = 0;
    scratch->pool.size = 0;
    scratch->finding_count = 0;
    scratch->shadow_count = 0;
    progress.key_block = scratch->ruleset->has_key_blocks ? scratch->key_block : 0;
    scratch->key_block = 0;
    if (size == 0)
        return 0;
    int r = (flags & BLOT_CUT_START) || progress.key_block ? find_around(&progress, 0) : 0;
    if (r == 0 && (scratch->ruleset->prefilter.any || scratch->ruleset->slow_count))
        r = suspect_list(&scratch->line, text, size);
    if (r == 0)
        r = find_events(&progress);
    const uint8_t *newline = memrchr(text, '\n', size);
    size_t last = newline ? (size_t)(newline - text) + 1 : 0;
    if (r == 0 && (flags & BLOT_CUT_END) && progress.done <= last && last < size)
        r = find_around(&progress, last);
    return r;
}

/* Makes findings of the edits, `prefix` bytes nearer to the begin and cut to `size`. */
static int make_findings(struct blot_scratch *scratch, const struct edit_list *edits, size_t prefix,
                         size_t size, struct buffer *into, size_t *ret_count)
{
    int r =
        buffer_reserve(&scratch->memory, into, (edits->count + 1) * sizeof(struct blot_finding), 0);
    if (r < 0)
        return r;
    struct blot_finding *findings = into->data;
    size_t count = 0;
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = edit_at(edits, i);
        size_t begin = edit->begin > prefix ? edit->begin - prefix : 0;
        size_t end = edit->end > prefix ? edit->end - prefix : 0;
        end = end < size ? end : size;
        if (begin >= end)
            continue;
        findings[count++] = (struct blot_finding){
            .offset = begin,
            .size = end - begin,
            .replacement =
                edit->text_size ? (const char *)scratch->pool.bytes.data + edit->text : "",
            .replacement_size = edit->text_size,
            .rule = edit->rule,
            .reason = edit->reason,
            .effects = edit->effects,
        };
    }
    *ret_count = count;
    return 0;
}

/* Hands out what was found, the shadows kept until they are asked for. */
static int give_findings(struct blot_scratch *scratch, size_t prefix, size_t size,
                         const struct blot_finding **ret_findings, size_t *ret_count)
{
    size_t count = 0, shadow_count = 0;
    int r = make_findings(scratch, &scratch->edits, prefix, size, &scratch->findings, &count);
    if (r == 0 && scratch->shadows.count)
        r = make_findings(scratch, &scratch->shadows, prefix, size, &scratch->shadow_findings,
                          &shadow_count);
    if (r < 0)
        return r;
    scratch->finding_count = count;
    scratch->shadow_count = shadow_count;
    *ret_findings = scratch->findings.data;
    *ret_count = count;
    return 0;
}

uint32_t blot_state_after(const struct blot_ruleset *ruleset, uint32_t state, const char *text,
                          size_t size)
{
    return ruleset->has_key_blocks ? key_block_after(state, (const uint8_t *)text, size) : 0;
}

void blot_resume(struct blot_scratch *scratch, uint32_t state)
{
    scratch->key_block = state;
}

int blot_find(struct blot_scratch *scratch, const char *text, size_t size, unsigned flags,
              const struct blot_finding **ret_findings, size_t *ret_count)
{
    int r = find_edits(scratch, (const uint8_t *)text, size, flags);
    return r < 0 ? r : give_findings(scratch, 0, size, ret_findings, ret_count);
}

/* Whether a rule has the value of a field by its path. */
static bool has_field(const struct blot_ruleset *ruleset, const struct path_key *keys, size_t count)
{
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        for (size_t n = 0; n < rule->path_count && !rule->disabled; n++) {
            if (path_has(rule->paths[n], keys, count))
                return true;
        }
    }
    return false;
}

/* All lines of a field that a rule has by its path; the key of the field stands before `prefix`. */
static int find_edits_of_field(struct blot_scratch *scratch, const uint8_t *text, size_t size,
                               size_t prefix, const struct path_key *keys, size_t key_count)
{
    struct progress progress = {.scratch = scratch,
                                .text = text,
                                .size = size,
                                .keys = keys,
                                .key_count = key_count,
                                .prefix = prefix};
    int r = 0;
    scratch->edits.count = 0;
    scratch->shadows.count = 0;
    scratch->pool.size = 0;
    while (r == 0 && progress.done < size)
        r = find_around(&progress, progress.done);
    scratch->line.field = (struct line_field){.keys = NULL};
    return r;
}

/* Every line, whatever the kernel thinks of it: nothing is to be explained by its absence. */
static int explain_lines(struct blot_scratch *scratch, const uint8_t *text, size_t size,
                         unsigned flags, struct explain *explain, struct explain_target *target)
{
    struct progress progress = {.scratch = scratch, .text = text, .size = size, .flags = flags};
    int r = 0;
    while (r == 0 && progress.done < size) {
        target->base = progress.done;
        r = find_around(&progress, progress.done);
        if (r == 0)
            r = explain_give(explain, scratch->ruleset, target);
    }
    return r;
}

int blot_explain(struct blot_scratch *scratch, const char *text, size_t size, unsigned flags,
                 blot_candidate_function *use, void *user, const struct blot_finding **ret_findings,
                 size_t *ret_count)
{
    struct explain explain;
    struct explain_target target = {.use = use, .user = user};
    scratch->edits.count = 0;
    scratch->pool.size = 0;
    scratch->finding_count = 0;
    explain_begin(&explain, &scratch->memory);
    scratch->line.trace = &explain.trace;
    int r = explain_lines(scratch, (const uint8_t *)text, size, flags, &explain, &target);
    scratch->line.trace = NULL;
    explain_end(&explain);
    return r != 0 ? r : give_findings(scratch, 0, size, ret_findings, ret_count);
}

/* The field is searched as it would stand in JSON: `"path":"value"`. */
int blot_find_field(struct blot_scratch *scratch, const char *path, size_t path_size,
                    const char *value, size_t size, const struct blot_finding **ret_findings,
                    size_t *ret_count)
{
    size_t prefix = path_size + 4;
    scratch->finding_count = 0;
    scratch->shadow_count = 0;
    if (size > SIZE_MAX - prefix - 1)
        return -ENOMEM;
    int r = buffer_reserve(&scratch->memory, &scratch->field, prefix + size + 1, 0);
    if (r < 0)
        return r;
    char *field = scratch->field.data;
    field[0] = '"';
    if (path_size)
        memcpy(field + 1, path, path_size);
    memcpy(field + 1 + path_size, "\":\"", 3);
    if (size)
        memcpy(field + prefix, value, size);
    field[prefix + size] = '"';
    struct path_key keys[PATH_DEPTH_MAX];
    size_t key_count = path_keys(path, path_size, keys);
    if (has_field(scratch->ruleset, keys, key_count))
        r = find_edits_of_field(scratch, (const uint8_t *)field, prefix + size + 1, prefix, keys,
                                key_count);
    else
        r = find_edits(scratch, (const uint8_t *)field, prefix + size + 1, 0);
    return r < 0 ? r : give_findings(scratch, prefix, size, ret_findings, ret_count);
}

size_t blot_applied_size(size_t size, const struct blot_finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        size = size - findings[i].size + findings[i].replacement_size;
    return size;
}

void blot_apply(const char *text, size_t size, const struct blot_finding *findings, size_t count,
                char *output)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(output, text + at, findings[i].offset - at);
        output += findings[i].offset - at;
        memcpy(output, findings[i].replacement, findings[i].replacement_size);
        output += findings[i].replacement_size;
        at = findings[i].offset + findings[i].size;
    }
    if (size > at)
        memcpy(output, text + at, size - at);
}

size_t blot_findings(const struct blot_scratch *scratch, const struct blot_finding **ret_findings)
{
    *ret_findings = scratch->findings.data;
    return scratch->finding_count;
}

size_t blot_shadow_findings(const struct blot_scratch *scratch,
                            const struct blot_finding **ret_findings)
{
    *ret_findings = scratch->shadow_findings.data;
    return scratch->shadow_count;
}

/* Writes `text` with the findings of the search that came before into the scratch. */
static int write_redacted(struct blot_scratch *scratch, const char *text, size_t size,
                          const char **ret_text, size_t *ret_size)
{
    const struct blot_finding *findings;
    size_t count = blot_findings(scratch, &findings);
    if (count == 0) {
        *ret_text = text;
        *ret_size = size;
        return 0;
    }
    size_t applied_size = blot_applied_size(size, findings, count);
    int r = buffer_reserve(&scratch->memory, &scratch->redacted, applied_size, 0);
    if (r < 0)
        return r;
    blot_apply(text, size, findings, count, scratch->redacted.data);
    *ret_text = scratch->redacted.data;
    *ret_size = applied_size;
    return 0;
}

int blot_redact(struct blot_scratch *scratch, const char *text, size_t size, unsigned flags,
                const char **ret_text, size_t *ret_size)
{
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find(scratch, text, size, flags, &findings, &count);
    return r < 0 ? r : write_redacted(scratch, text, size, ret_text, ret_size);
}

int blot_redact_field(struct blot_scratch *scratch, const char *path, size_t path_size,
                      const char *value, size_t size, const char **ret_text, size_t *ret_size)
{
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find_field(scratch, path, path_size, value, size, &findings, &count);
    return r < 0 ? r : write_redacted(scratch, value, size, ret_text, ret_size);
}
