#include "rules/scratch.h"

#include <errno.h>
#include <string.h>

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
