#include "rules/order.h"

#include "rules/match/detector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Keywords, from which on Vectorscan is faster than the own kernels: with 500 it makes 1.4 GB/s
     * and they 3.6, with 2,000 it is 2.2 and 1.8, with 8,000 1.9 and 0.7. */
    VECTORSCAN_FROM = 1500,
};

static bool has_patterns(const struct rule *rule)
{
    return (rule->pattern || rule->detector || rule->path_count) && !rule->disabled;
}

/* Adds an item to a rule. `item`: its number, or an error. */
static int add_item(struct rule *rule, int item)
{
    if (item >= 0)
        rule->items[rule->item_count++] = (uint32_t)item;
    return item < 0 ? item : 0;
}

/* A keyword, and where it has a `/`, how JSON may spell that: the kernel does not point at `\/`. */
static int add_keyword(struct blot_ruleset *ruleset, struct rule *rule, const char *keyword)
{
    char escaped[2 * KEYWORD_MAX + 1], *end = escaped;
    int r = add_item(rule, prefilter_add_keyword(&ruleset->prefilter, keyword));
    if (r < 0 || !strchr(keyword, '/'))
        return r;
    for (; *keyword && end < escaped + sizeof(escaped) - 2; keyword++) {
        if (*keyword == '/')
            *end++ = '\\';
        *end++ = *keyword;
    }
    *end = '\0';
    return add_item(rule, prefilter_add_keyword(&ruleset->prefilter, escaped));
}

static int add_items(struct blot_ruleset *ruleset, struct rule *rule)
{
    const char *const *shape = rule->detector ? rule->detector->shapes : NULL;
    int r = 0;
    rule->items = calloc(2 * rule->keyword_count + DETECTOR_SHAPES_MAX, sizeof(*rule->items));
    if (!rule->items)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < rule->keyword_count; i++)
        r = add_keyword(ruleset, rule, rule->keywords[i]);
    for (; r == 0 && shape && *shape; shape++)
        r = add_item(rule,
                     prefilter_add_shape(&ruleset->prefilter, *shape, rule->detector->window));
    return r;
}

/* Lists for each item the rules that have it: those of item i are item_rules[item_first[i]] up to
 * item_first[i + 1]. */
static int index_items(struct blot_ruleset *ruleset)
{
    size_t items = prefilter_item_count(&ruleset->prefilter), total = 0;
    for (size_t i = 0; i < ruleset->rule_count; i++)
        total += ruleset->rules[i].item_count;
    ruleset->item_first = calloc(items + 2, sizeof(*ruleset->item_first));
    ruleset->item_rules = calloc(total + 1, sizeof(*ruleset->item_rules));
    if (!ruleset->item_first || !ruleset->item_rules)
        return -ENOMEM;
    uint32_t *first = ruleset->item_first + 1;
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        for (size_t n = 0; n < ruleset->rules[i].item_count; n++)
            first[ruleset->rules[i].items[n]]++;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i <= items; i++) {
        uint32_t count = first[i];
        first[i] = sum;
        sum += count;
    }
    /* Filling moves each begin on to the next one's, which is where it is wanted. */
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        for (size_t n = 0; n < ruleset->rules[i].item_count; n++)
            ruleset->item_rules[first[ruleset->rules[i].items[n]]++] = (uint16_t)i;
    }
    return 0;
}

/* Secrets before personal data, each in the order in which they were loaded. */
static int order_rules(struct blot_ruleset *ruleset)
{
    ruleset->order = calloc(ruleset->rule_count + 1, sizeof(*ruleset->order));
    if (!ruleset->order)
        return -ENOMEM;
    for (unsigned personal = 0; personal < 2; personal++) {
        for (size_t i = 0; i < ruleset->rule_count; i++) {
            const struct rule *rule = &ruleset->rules[i];
            if (has_patterns(rule) && rule->personal == personal)
                ruleset->order[ruleset->pattern_count++] = (uint16_t)i;
            ruleset->slow_count += rule->slow && has_patterns(rule) && personal == 0;
        }
    }
    return 0;
}

static int add_key_block(struct blot_ruleset *ruleset, uint16_t rule)
{
    int item = prefilter_add_keyword(&ruleset->prefilter, "-----BEGIN");
    if (item < 0)
        return item;
    ruleset->has_key_blocks = true;
    ruleset->key_rule = rule;
    ruleset->key_item = (uint32_t)item;
    return 0;
}

int order_compile(struct blot_ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        if (rule->kind != MATCH_PATTERN && rule->disabled)
            ruleset->rule_of_kind[rule->kind] = -1;
    }
    int r = order_rules(ruleset);
    for (size_t i = 0; r == 0 && i < ruleset->rule_count; i++) {
        if (has_patterns(&ruleset->rules[i]))
            r = add_items(ruleset, &ruleset->rules[i]);
    }
    for (size_t i = 0; r == 0 && i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        if (rule->is_key_block && !rule->disabled)
            r = add_key_block(ruleset, (uint16_t)i);
    }
    if (r == 0)
        prefilter_compile(&ruleset->prefilter);
    if (r == 0 && ruleset->prefilter.keyword_count >= VECTORSCAN_FROM)
        r = prefilter_use_vectorscan(&ruleset->prefilter);
    r = r == -ENOTSUP ? 0 : r;
    return r == 0 ? index_items(ruleset) : r;
}
