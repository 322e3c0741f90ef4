/* One rule of a rule file (contract 7). */
#include "rules/load_rule.h"

#include "rules/load_action.h"
#include "rules/load_allow.h"
#include "rules/load_list.h"
#include "rules/match/detector.h"
#include "rules/match/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RULES_MAX = 4000,
    ID_MAX = 32, /* so that its replacement is inert (contract 1.6) */
    MESSAGE_BYTES = 256,
};

struct rule *load_rule_find(struct load *load, const char *id)
{
    for (size_t i = 0; i < load->ruleset->rule_count; i++) {
        if (strcmp(load->ruleset->rules[i].id, id) == 0)
            return &load->ruleset->rules[i];
    }
    return NULL;
}

/* Sets `rule->id` and the replacement `[REDACTED_ID]`. */
static void read_id(struct reading *reading, const yaml_node_t *node)
{
    static const char message[] = "id: 1–32 of a–z 0–9 _ that begin with a letter, such as api_key";
    struct load *load = reading->load;
    struct rule *rule = reading->rule;
    char *id = load_text(load, node, message);
    if (!id)
        return;
    size_t size = strlen(id);
    if (size > ID_MAX || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != size ||
        id[0] < 'a') {
        load_error_at(load, node, message);
        free(id);
        return;
    }
    if (load_rule_find(load, id)) {
        load_error_at(load, node,
                      "id: another rule has this id; give it one of its own, or change that one "
                      "under override");
        free(id);
        return;
    }
    rule->id = id;
    rule->replacement = malloc(sizeof("[REDACTED_]") + size);
    if (!rule->replacement) {
        load->result = -ENOMEM;
        return;
    }
    sprintf(rule->replacement, "[REDACTED_%s]", id);
    for (char *at = rule->replacement; *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
}

static void read_why(struct reading *reading, const yaml_node_t *node)
{
    free(reading->rule->why);
    reading->rule->why =
        load_text(reading->load, node, "why: the clause or page that asks for the rule");
}

static void read_severity(struct reading *reading, const yaml_node_t *node)
{
    static const char *const names[] = {"low", "medium", "high", "critical"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(load_scalar(node), names[i]) == 0) {
            reading->rule->severity = (enum severity)i;
            return;
        }
    }
    load_error_at(reading->load, node, "severity: one of low, medium, high, critical");
}

static void read_detector(struct reading *reading, const yaml_node_t *node)
{
    static const struct {
        const char *name;
        enum match_kind kind;
    } detectors[] = {
        {"pan", MATCH_PAN}, {"track1", MATCH_TRACK1}, {"track2", MATCH_TRACK2},
        {"cvv", MATCH_CVV}, {"pin", MATCH_PIN},
    };
    struct rule *rule = reading->rule;
    struct load *load = reading->load;
    rule->detector = detector_of(load_scalar(node));
    rule->is_key_block = strcmp(load_scalar(node), "private_key") == 0;
    if (rule->detector || rule->is_key_block) {
        rule->kind = MATCH_PATTERN;
        return;
    }
    for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++) {
        if (strcmp(load_scalar(node), detectors[i].name) != 0)
            continue;
        rule->kind = detectors[i].kind;
        for (size_t n = 0; n < load->ruleset->rule_count; n++) {
            if (load->ruleset->rules[n].kind == rule->kind)
                load_error_at(load, node, "detector: another rule already uses it");
        }
        return;
    }
    load_error_at(
        load, node,
        "detector: one of pan, track1, track2, cvv, pin, private_key, email, iban, phone, "
        "ssn, ipv4, ipv6");
}

static void read_pattern(struct reading *reading, const yaml_node_t *node)
{
    reading->pattern = node;
    reading->rule->kind = MATCH_PATTERN;
}

static void read_where(struct reading *reading, const yaml_node_t *node)
{
    reading->rule->in_line = strcmp(load_scalar(node), "line") == 0;
    if (!reading->rule->in_line && strcmp(load_scalar(node), "keyword") != 0)
        load_error_at(reading->load, node,
                      "where: line, or keyword: the pattern begins with the keyword");
}

static void read_slow(struct reading *reading, const yaml_node_t *node)
{
    reading->rule->slow = load_flag(reading->load, node, "slow: true or false");
}

static void read_enabled(struct reading *reading, const yaml_node_t *node)
{
    reading->rule->disabled = !load_flag(reading->load, node, "enabled: true or false");
}

static void read_action(struct reading *reading, const yaml_node_t *node)
{
    enum load_action_key key =
        (enum load_action_key)__builtin_ctz(reading->key / (unsigned)KEY_ACTION);
    if (load_action(reading->load->report, key, node, reading->rule) < 0)
        reading->load->result = -ENOMEM;
}

/* The keys of a rule. */
static const struct {
    const char *name;
    enum rule_key key;
    void (*read)(struct reading *reading, const yaml_node_t *node);
} rule_keys[] = {
    {"id", KEY_ID, read_id},
    {"why", KEY_WHY, read_why},
    {"severity", KEY_SEVERITY, read_severity},
    {"detector", KEY_DETECTOR, read_detector},
    {"pattern", KEY_PATTERN, read_pattern},
    {"keys", KEY_KEYS, load_list_keys},
    {"keywords", KEY_KEYWORDS, load_list_keywords},
    {"where", KEY_WHERE, read_where},
    {"slow", KEY_SLOW, read_slow},
    {"validators", KEY_VALIDATORS, load_list_validators},
    {"allow", KEY_ALLOW, load_allow},
    {"enabled", KEY_ENABLED, read_enabled},
    {"match", KEY_MATCH, load_list_match},
    {"no_match", KEY_NO_MATCH, load_list_no_match},
    {"action", KEY_ACTION, read_action},
    {"keep", KEY_KEEP, read_action},
    {"replace", KEY_REPLACE, read_action},
    {"shadow", KEY_SHADOW, read_action},
    {"masked", KEY_MASKED, read_action},
    {"i_accept_pan_in_clear", KEY_ACCEPT, read_action},
    {"issuers", KEY_ISSUERS, read_action},
};

enum {
    RULE_KEYS = sizeof(rule_keys) / sizeof(rule_keys[0]),
};

void load_rule_check_paths(struct reading *reading, const yaml_node_t *node)
{
    const struct rule *rule = reading->rule;
    if (reading->keys & (KEY_PATTERN | KEY_KEYWORDS | KEY_WHERE))
        load_error_at(reading->load, node, "pattern, keywords and where are not for keys");
    if (rule->keyword_count < rule->path_count && !rule->slow)
        load_error_at(reading->load, node,
                      "keys: a path without a name of 3 bytes or more needs slow: true");
}

static void check_new(struct reading *reading, const yaml_node_t *node)
{
    struct load *load = reading->load;
    unsigned keys = reading->keys, how = keys & (KEY_DETECTOR | KEY_PATTERN | KEY_KEYS);
    if (!(keys & KEY_ID))
        load_error_at(load, node, "the rule has no id");
    if (!(keys & KEY_WHY))
        load_error_at(load, node, "the rule has no why: the clause or page that asks for it");
    if (how != KEY_DETECTOR && how != KEY_PATTERN && how != KEY_KEYS)
        load_error_at(load, node, "the rule needs a detector, or a pattern, or keys");
    if (how == KEY_PATTERN && !(keys & KEY_KEYWORDS) && !reading->rule->slow)
        load_error_at(load, node,
                      "the rule has no keywords, one of which stands in every line it finds "
                      "something in; a pattern without them needs slow: true");
    if (how == KEY_DETECTOR && (keys & (KEY_KEYWORDS | KEY_WHERE | KEY_SLOW)))
        load_error_at(load, node, "keywords, where and slow are for a pattern");
    if (how == KEY_KEYS)
        load_rule_check_paths(reading, node);
    if (!(keys & KEY_MATCH))
        load_error_at(load, node, "the rule has no match: examples, which are its tests");
}

static void compile_pattern(struct reading *reading, const char *text)
{
    struct load *load = reading->load;
    struct rule *rule = reading->rule;
    char message[MESSAGE_BYTES];
    struct pattern *pattern = NULL;
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at >= 0x80) {
            load_error_at(load, reading->pattern,
                          "pattern: plain ASCII; a character above it is one byte from \\x80 on");
            return;
        }
    }
    enum pattern_kind kind = rule->in_line || rule->slow ? PATTERN_IN : PATTERN_AT;
    int r = pattern_new(text, kind, message, sizeof(message), &pattern);
    if (r == -ENOMEM)
        load->result = r;
    else if (r < 0)
        load_error_at(load, reading->pattern, message);
    pattern_free(rule->pattern);
    rule->pattern = pattern;
}

/* Compiles the pattern when it, or where it is tried, has changed. */
static void settle_pattern(struct reading *reading)
{
    struct rule *rule = reading->rule;
    if (reading->pattern) {
        free(rule->text);
        rule->text = load_text(reading->load, reading->pattern, "pattern: a PCRE2 pattern");
    }
    if (rule->text && reading->load->result == 0 &&
        (reading->keys & (KEY_PATTERN | KEY_WHERE | KEY_SLOW)))
        compile_pattern(reading, rule->text);
}

static const char unknown_key[] =
    "unknown key; a rule has id, why, severity, detector, pattern or keys, keywords, where, slow, "
    "validators, allow, enabled, match, no_match, action, keep, replace, shadow, masked, "
    "i_accept_pan_in_clear, issuers";

void load_rule_members(struct reading *reading, const yaml_node_t *node, unsigned known)
{
    struct load *load = reading->load;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(load->yaml, pair->key);
        unsigned i = 0;
        while (i < RULE_KEYS && strcmp(load_scalar(key), rule_keys[i].name) != 0)
            i++;
        if (i == RULE_KEYS)
            load_error_at(load, key, unknown_key);
        else if (reading->keys & rule_keys[i].key)
            load_error_at(load, key, "the key stands twice in this rule");
        else if (!(rule_keys[i].key & known) && (reading->key = rule_keys[i].key))
            rule_keys[i].read(reading, yaml_document_get_node(load->yaml, pair->value));
        if (i < RULE_KEYS)
            reading->keys |= rule_keys[i].key;
    }
    if (load->result == 0)
        settle_pattern(reading);
}

void load_rule_read(struct load *load, const yaml_node_t *node)
{
    struct blot_ruleset *ruleset = load->ruleset;
    if (node->type != YAML_MAPPING_NODE) {
        load_error_at(load, node,
                      "a rule is a mapping of id, why, detector or pattern, match, no_match");
        return;
    }
    struct rule rule = {.document = load->document,
                        .line = (unsigned)node->start_mark.line + 1,
                        .column = (unsigned)node->start_mark.column + 1,
                        .kind = -1,
                        .severity = SEVERITY_HIGH,
                        .personal = load->personal,
                        .in_line = true};
    struct reading reading = {.load = load, .rule = &rule};
    load_rule_members(&reading, node, 0);
    rule.in_line = rule.in_line && !rule.detector && !rule.path_count;
    check_new(&reading, node);
    if (ruleset->rule_count == RULES_MAX)
        load_error_at(load, node, "there are more than 4000 rules: use fewer");
    struct rule *rules = NULL;
    if (load->result == 0 && load->report->errors == 0 && rule.id)
        rules = realloc(ruleset->rules, (ruleset->rule_count + 1) * sizeof(*rules));
    if (!rules) {
        load_rule_free(&rule);
        return;
    }
    ruleset->rules = rules;
    if (rule.kind != MATCH_PATTERN)
        ruleset->rule_of_kind[rule.kind] = (int)ruleset->rule_count;
    rules[ruleset->rule_count++] = rule;
}

void load_rule_free(struct rule *rule)
{
    for (size_t i = 0; i < rule->example_count; i++)
        free(rule->examples[i].text);
    load_list_free_texts(rule->keywords, rule->keyword_count);
    load_list_free_paths(rule->paths, rule->path_count);
    load_allow_free(&rule->allow);
    pattern_free(rule->pattern);
    free(rule->text);
    free(rule->items);
    free(rule->examples);
    free(rule->replacement);
    free(rule->own_text);
    free(rule->why);
    free(rule->id);
}
