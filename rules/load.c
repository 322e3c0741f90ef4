#include "rules/load.h"

#include "rules/canary.h"
#include "rules/load_action.h"
#include "rules/match/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    DOCUMENT_BYTES_MAX = 1 << 20,
    RULES_MAX = 1000,
    ITEMS_MAX = 1000, /* of one list */
    ID_MAX = 32,      /* so that its replacement is inert (contract 1.6) */
    MESSAGE_BYTES = 256,
};

struct loader {
    struct blot_ruleset *ruleset;
    yaml_document_t *yaml;
    struct load_report *report;
    const char *name; /* of the document */
    int result;       /* -ENOMEM once memory failed */
};

void load_error(struct load_report *report, unsigned line, unsigned column, const char *message)
{
    report->errors++;
    if (!report->on_error)
        return;
    struct blot_error error = {
        .document = report->document, .line = line, .column = column, .message = message};
    report->on_error(report->user, &error);
}

static void error_at(struct loader *loader, const yaml_node_t *node, const char *message)
{
    load_error(loader->report, (unsigned)node->start_mark.line + 1,
               (unsigned)node->start_mark.column + 1, message);
}

static void *out_of_memory(struct loader *loader)
{
    loader->result = -ENOMEM;
    return NULL;
}

static const char *scalar(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

/* The text of a scalar without NUL bytes, owned by the caller; NULL when it is none, reported. */
static char *read_text(struct loader *loader, const yaml_node_t *node, const char *message)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 ||
        strlen(scalar(node)) != node->data.scalar.length) {
        error_at(loader, node, message);
        return NULL;
    }
    char *text = strdup(scalar(node));
    return text ? text : out_of_memory(loader);
}

/* Sets `rule->id` and the replacement `[REDACTED_ID]`. */
static void read_id(struct loader *loader, const yaml_node_t *node, struct rule *rule)
{
    static const char message[] = "id: 1–32 of a–z 0–9 _ that begin with a letter, such as api_key";
    char *id = read_text(loader, node, message);
    if (!id)
        return;
    size_t size = strlen(id);
    if (size > ID_MAX || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != size ||
        id[0] < 'a') {
        error_at(loader, node, message);
        free(id);
        return;
    }
    for (size_t i = 0; i < loader->ruleset->rule_count; i++) {
        if (strcmp(loader->ruleset->rules[i].id, id) == 0) {
            error_at(loader, node, "id: another rule has this id; give it one of its own");
            free(id);
            return;
        }
    }
    rule->replacement = malloc(sizeof("[REDACTED_]") + size);
    if (!rule->replacement)
        out_of_memory(loader);
    else
        sprintf(rule->replacement, "[REDACTED_%s]", id);
    for (char *at = rule->replacement; at && *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    rule->id = id;
}

static void read_detector(struct loader *loader, const yaml_node_t *node, struct rule *rule)
{
    static const struct {
        const char *name;
        enum match_kind kind;
    } detectors[] = {
        {"pan", MATCH_PAN}, {"track1", MATCH_TRACK1}, {"track2", MATCH_TRACK2},
        {"cvv", MATCH_CVV}, {"pin", MATCH_PIN},
    };
    for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++) {
        if (node->type != YAML_SCALAR_NODE || strcmp(scalar(node), detectors[i].name) != 0)
            continue;
        rule->kind = detectors[i].kind;
        if (loader->ruleset->rule_of_kind[rule->kind] >= 0)
            error_at(loader, node, "detector: another rule already uses it");
        return;
    }
    error_at(loader, node, "detector: one of pan, track1, track2, cvv, pin");
}

static void read_pattern(struct loader *loader, const yaml_node_t *node, struct rule *rule)
{
    char *text = read_text(loader, node, "pattern: a PCRE2 pattern");
    if (!text)
        return;
    char message[MESSAGE_BYTES];
    int r = pattern_new(text, message, sizeof(message), &rule->pattern);
    free(text);
    if (r == -ENOMEM)
        out_of_memory(loader);
    else if (r < 0)
        error_at(loader, node, message);
    rule->kind = MATCH_PATTERN;
}

/* The items of a list of texts. */
static size_t list_items(struct loader *loader, const yaml_node_t *node, const char *message,
                         const yaml_node_item_t **ret_items)
{
    if (node->type == YAML_SEQUENCE_NODE) {
        size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
        *ret_items = node->data.sequence.items.start;
        if (count > 0 && count <= ITEMS_MAX)
            return count;
    }
    error_at(loader, node, message);
    return 0;
}

static void read_keywords(struct loader *loader, const yaml_node_t *node, struct rule *rule)
{
    static const char message[] = "keywords: a list of at least one text of 3 bytes or more";
    const yaml_node_item_t *items;
    size_t count = list_items(loader, node, message, &items);
    rule->keywords = count ? calloc(count, sizeof(*rule->keywords)) : NULL;
    if (count && !rule->keywords)
        out_of_memory(loader);
    for (size_t i = 0; rule->keywords && i < count; i++) {
        const yaml_node_t *item = yaml_document_get_node(loader->yaml, items[i]);
        char *text = read_text(loader, item, message);
        if (text && strlen(text) < 3)
            error_at(loader, item, message);
        if (text)
            rule->keywords[rule->keyword_count++] = text;
    }
}

static void read_examples(struct loader *loader, const yaml_node_t *node, struct rule *rule,
                          bool must_match)
{
    const char *message = must_match ? "match: a list of at least one text that the rule finds"
                                     : "no_match: a list of texts in which it finds nothing";
    const yaml_node_item_t *items;
    size_t count = list_items(loader, node, message, &items);
    struct example *examples =
        realloc(rule->examples, (rule->example_count + count + 1) * sizeof(*examples));
    if (!examples) {
        out_of_memory(loader);
        return;
    }
    rule->examples = examples;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yaml_document_get_node(loader->yaml, items[i]);
        char *text = read_text(loader, item, message);
        if (!text)
            continue;
        canary_strip(text);
        examples[rule->example_count++] = (struct example){
            .text = text,
            .must_match = must_match,
            .line = (unsigned)item->start_mark.line + 1,
            .column = (unsigned)item->start_mark.column + 1,
        };
    }
}

/* Which keys a rule had. */
enum rule_key {
    KEY_ID = 1 << 0,
    KEY_WHY = 1 << 1,
    KEY_DETECTOR = 1 << 2,
    KEY_PATTERN = 1 << 3,
    KEY_KEYWORDS = 1 << 4,
    KEY_MATCH = 1 << 5,
    KEY_NO_MATCH = 1 << 6,
    KEY_ACTION = 1 << 7, /* from here on in the order of enum load_action_key */
    KEY_KEEP = 1 << 8,
    KEY_REPLACE = 1 << 9,
    KEY_SHADOW = 1 << 10,
    KEY_MASKED = 1 << 11,
    KEY_ACCEPT = 1 << 12,
};

/* The key of that name; 0: there is none. */
static unsigned key_of(const yaml_node_t *node)
{
    static const struct {
        const char *name;
        enum rule_key key;
    } keys[] = {
        {"id", KEY_ID},
        {"why", KEY_WHY},
        {"detector", KEY_DETECTOR},
        {"pattern", KEY_PATTERN},
        {"keywords", KEY_KEYWORDS},
        {"match", KEY_MATCH},
        {"no_match", KEY_NO_MATCH},
        {"action", KEY_ACTION},
        {"keep", KEY_KEEP},
        {"replace", KEY_REPLACE},
        {"shadow", KEY_SHADOW},
        {"masked", KEY_MASKED},
        {"i_accept_pan_in_clear", KEY_ACCEPT},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (node->type == YAML_SCALAR_NODE && strcmp(scalar(node), keys[i].name) == 0)
            return keys[i].key;
    }
    return 0;
}

static void read_member(struct loader *loader, unsigned key, const yaml_node_t *value,
                        struct rule *rule)
{
    switch (key) {
    case KEY_ID:
        read_id(loader, value, rule);
        break;
    case KEY_WHY:
        free(read_text(loader, value, "why: the clause or page that asks for the rule"));
        break;
    case KEY_DETECTOR:
        read_detector(loader, value, rule);
        break;
    case KEY_PATTERN:
        read_pattern(loader, value, rule);
        break;
    case KEY_KEYWORDS:
        read_keywords(loader, value, rule);
        break;
    case KEY_MATCH:
    case KEY_NO_MATCH:
        read_examples(loader, value, rule, key == KEY_MATCH);
        break;
    default:
        if (load_action(loader->report, (enum load_action_key)__builtin_ctz(key / KEY_ACTION),
                        value, rule) < 0)
            out_of_memory(loader);
    }
}

static void check_keys(struct loader *loader, const yaml_node_t *node, unsigned keys)
{
    unsigned how = keys & (KEY_DETECTOR | KEY_PATTERN);
    if (!(keys & KEY_ID))
        error_at(loader, node, "the rule has no id");
    if (!(keys & KEY_WHY))
        error_at(loader, node, "the rule has no why: the clause or page that asks for it");
    if (how != KEY_DETECTOR && how != KEY_PATTERN)
        error_at(loader, node, "the rule needs either a detector or a pattern");
    if (how == KEY_PATTERN && !(keys & KEY_KEYWORDS))
        error_at(
            loader, node,
            "the rule has no keywords, one of which stands in every line it finds something in");
    if (how == KEY_DETECTOR && (keys & KEY_KEYWORDS))
        error_at(loader, node, "keywords are for a pattern; a detector has its own");
    if (!(keys & KEY_MATCH))
        error_at(loader, node, "the rule has no match: examples, which are its tests");
}

static void read_rule(struct loader *loader, const yaml_node_t *node)
{
    struct blot_ruleset *ruleset = loader->ruleset;
    if (node->type != YAML_MAPPING_NODE) {
        error_at(loader, node,
                 "a rule is a mapping of id, why, detector or pattern, match, no_match");
        return;
    }
    struct rule rule = {
        .document = loader->name,
        .line = (unsigned)node->start_mark.line + 1,
        .column = (unsigned)node->start_mark.column + 1,
        .kind = -1,
    };
    unsigned keys = 0;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(loader->yaml, pair->key);
        unsigned known = key_of(key);
        if (!known)
            error_at(loader, key,
                     "unknown key; a rule has id, why, detector or pattern, keywords, match, "
                     "no_match, action, keep, replace, shadow, masked, i_accept_pan_in_clear");
        else if (keys & known)
            error_at(loader, key, "the key stands twice in this rule");
        else
            read_member(loader, known, yaml_document_get_node(loader->yaml, pair->value), &rule);
        keys |= known;
    }
    check_keys(loader, node, keys);
    struct rule *rules = NULL;
    if (loader->result == 0 && loader->report->errors == 0 && rule.id)
        rules = realloc(ruleset->rules, (ruleset->rule_count + 1) * sizeof(*rules));
    if (!rules) {
        load_free_rule(&rule);
        return;
    }
    ruleset->rules = rules;
    if (rule.kind != MATCH_PATTERN)
        ruleset->rule_of_kind[rule.kind] = (int)ruleset->rule_count;
    ruleset->pattern_count += rule.kind == MATCH_PATTERN;
    rules[ruleset->rule_count++] = rule;
}

static void read_root(struct loader *loader, const yaml_node_t *root)
{
    static const char message[] = "a rule file is a mapping with one key: rules, a list";
    if (root->type != YAML_MAPPING_NODE) {
        error_at(loader, root, message);
        return;
    }
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(loader->yaml, pair->key);
        const yaml_node_t *value = yaml_document_get_node(loader->yaml, pair->value);
        if (key->type != YAML_SCALAR_NODE || strcmp(scalar(key), "rules") != 0) {
            error_at(loader, key, "unknown key; a rule file has one: rules");
            continue;
        }
        const yaml_node_item_t *items;
        size_t count = list_items(loader, value, "rules: a list of 1–1000 rules", &items);
        for (size_t i = 0; i < count && loader->result == 0; i++)
            read_rule(loader, yaml_document_get_node(loader->yaml, items[i]));
    }
}

int load_document(struct blot_ruleset *ruleset, const struct blot_document *document,
                  struct load_report *report)
{
    yaml_parser_t parser;
    yaml_document_t yaml;
    size_t errors = report->errors;
    report->document = document->name;
    if (document->size > DOCUMENT_BYTES_MAX) {
        load_error(report, 0, 1, "larger than 1 MiB; split it");
        return -EINVAL;
    }
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)document->data, document->size);
    struct loader loader = {
        .ruleset = ruleset, .yaml = &yaml, .report = report, .name = document->name};
    if (!yaml_parser_load(&parser, &yaml)) {
        loader.result = parser.error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL;
        load_error(report, (unsigned)parser.problem_mark.line + 1,
                   (unsigned)parser.problem_mark.column + 1,
                   parser.problem ? parser.problem : "not readable as YAML");
        yaml_parser_delete(&parser);
        return loader.result;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&yaml);
    if (root)
        read_root(&loader, root);
    yaml_document_delete(&yaml);
    yaml_parser_delete(&parser);
    if (loader.result < 0)
        return loader.result;
    return report->errors > errors ? -EINVAL : 0;
}

void load_free_rule(struct rule *rule)
{
    for (size_t i = 0; i < rule->example_count; i++)
        free(rule->examples[i].text);
    for (size_t i = 0; i < rule->keyword_count; i++)
        free(rule->keywords[i]);
    pattern_free(rule->pattern);
    free(rule->examples);
    free(rule->keywords);
    free(rule->replacement);
    free(rule->own_text);
    free(rule->id);
}
