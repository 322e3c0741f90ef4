#include "rules/explain.h"
#include "rules/key_block.h"
#include "rules/pass.h"

#include <errno.h>
#include <string.h>

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
    int r = pass_text(scratch, (const uint8_t *)text, size, flags);
    scratch->ruleset->kernel->wipe();
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
    struct pass pass = {.scratch = scratch,
                        .text = text,
                        .size = size,
                        .keys = keys,
                        .key_count = key_count,
                        .prefix = prefix};
    int r = 0;
    scratch->edits.count = 0;
    scratch->shadows.count = 0;
    scratch->pool.size = 0;
    while (r == 0 && pass.done < size)
        r = pass_next_line(&pass);
    scratch->line.field = (struct line_field){.keys = NULL};
    scratch->ruleset->kernel->wipe();
    return r;
}

/* Every line, whatever the kernel thinks of it: nothing is to be explained by its absence. */
static int explain_lines(struct blot_scratch *scratch, const uint8_t *text, size_t size,
                         unsigned flags, struct explain *explain, struct explain_target *target)
{
    struct pass pass = {.scratch = scratch, .text = text, .size = size, .flags = flags};
    int r = 0;
    pass.key_block = scratch->ruleset->has_key_blocks ? scratch->key_block : 0;
    scratch->key_block = 0;
    while (r == 0 && pass.done < size) {
        target->base = pass.done;
        r = pass_next_line(&pass);
        if (r == 0)
            r = explain_give(explain, scratch->ruleset, target);
    }
    scratch->ruleset->kernel->wipe();
    return r;
}

int blot_explain(struct blot_scratch *scratch, const char *text, size_t size, unsigned flags,
                 blot_candidate_function *use, void *user, const struct blot_finding **ret_findings,
                 size_t *ret_count)
{
    struct explain explain;
    struct explain_target target = {.use = use, .user = user};
    scratch->edits.count = 0;
    scratch->shadows.count = 0;
    scratch->pool.size = 0;
    scratch->finding_count = 0;
    scratch->shadow_count = 0;
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
        r = pass_text(scratch, (const uint8_t *)field, prefix + size + 1, 0);
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
