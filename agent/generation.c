#include "agent/generation.h"

#include "rules/blotter.h"

#include <errno.h>
#include <stdlib.h>

static const char **rule_labels(const struct blot_ruleset *rules, size_t count)
{
    const char **labels = calloc(count + 1, sizeof *labels);
    if (!labels)
        return NULL;
    for (size_t rule = 0; rule < count; rule++)
        labels[rule] = blot_ruleset_rule_id(rules, rule);
    return labels;
}

int generation_new(struct blot_ruleset *rules, const struct encode_type *encoder,
                   struct generation **ret_generation)
{
    size_t count = blot_ruleset_rule_count(rules);
    const char **labels = rule_labels(rules, count);
    struct generation *generation = calloc(1, sizeof *generation);
    if (!generation || !labels) {
        free(generation);
        free(labels);
        blot_ruleset_free(rules);
        return -ENOMEM;
    }
    atomic_init(&generation->references, 1);
    generation->number = 1;
    generation->rules = rules;
    generation->encoder = encoder;
    generation->encode.rule_labels = labels;
    generation->encode.rule_count = count;
    *ret_generation = generation;
    return 0;
}

struct generation *generation_ref(struct generation *generation)
{
    atomic_fetch_add_explicit(&generation->references, 1, memory_order_relaxed);
    return generation;
}

struct generation *generation_unref(struct generation *generation)
{
    if (!generation || atomic_fetch_sub(&generation->references, 1) > 1)
        return NULL;
    if (generation->release)
        generation->release(generation->owner);
    free((void *)generation->encode.rule_labels);
    blot_ruleset_free(generation->rules);
    free(generation);
    return NULL;
}
