/* What a rule file changes of rules that are there: `override`, `disable`, `enable` (contract 7.1).
 */
#include "rules/load_rule.h"

#include <string.h>

enum {
    /* What decides whether a pattern finds anything. */
    PATTERN_KEYS = KEY_PATTERN | KEY_KEYWORDS | KEY_WHERE | KEY_SLOW | KEY_VALIDATORS,
};

/* Notes where a rule was changed, for what is wrong with that. */
static void mark_change(struct load *load, const yaml_node_t *node, struct rule *rule)
{
    rule->document = load->document;
    rule->line = (unsigned)node->start_mark.line + 1;
    rule->column = (unsigned)node->start_mark.column + 1;
}

/* The value of a mapping's key `id`. */
static const yaml_node_t *id_of(struct load *load, const yaml_node_t *node)
{
    if (node->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (strcmp(load_scalar(yaml_document_get_node(load->yaml, pair->key)), "id") == 0)
            return yaml_document_get_node(load->yaml, pair->value);
    }
    return NULL;
}

/* The rule that `node` names. Rules of files with errors are not kept, so then it may be missing.
 */
static struct rule *named_rule(struct load *load, const yaml_node_t *node)
{
    struct rule *rule = load_rule_find(load, load_scalar(node));
    if (!rule && load->report->errors == 0)
        load_error_at(load, node, "there is no rule with this id in the packs and files before");
    return rule;
}

void load_change(struct load *load, const yaml_node_t *node)
{
    const yaml_node_t *id = id_of(load, node);
    if (!id) {
        load_error_at(load, node, "a change is a mapping of id, of a rule, and what is changed");
        return;
    }
    struct rule *rule = named_rule(load, id);
    struct reading reading = {.load = load, .rule = rule};
    if (!rule)
        return;
    bool has_paths = rule->path_count > 0;
    load_rule_members(&reading, node, KEY_ID);
    if ((reading.keys & KEY_KEYS) && !has_paths)
        load_error_at(load, node, "keys: only a rule that has keys gets others");
    if (reading.keys & KEY_DETECTOR)
        load_error_at(load, node, "a rule keeps its detector; disable it and write another rule");
    if (rule->path_count)
        load_rule_check_paths(&reading, node);
    else if (!rule->text && (reading.keys & PATTERN_KEYS))
        load_error_at(load, node, "a rule with a detector has no pattern and no keywords");
    if (rule->text && rule->keyword_count == 0 && !rule->slow)
        load_error_at(load, node, "a pattern without keywords needs slow: true");
    mark_change(load, node, rule);
}

void load_change_switch(struct load *load, const yaml_node_t *node, bool on)
{
    struct rule *rule = named_rule(load, node);
    if (!rule)
        return;
    rule->disabled = !on;
    mark_change(load, node, rule);
}
