/* One rule of a rule file (contract 7). */
#include "rules/load.h"

#include "rules/canary.h"
#include "rules/load_action.h"
#include "rules/match/detector.h"
#include "rules/match/path.h"
#include "rules/match/pattern.h"
#include "rules/validate/validator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RULES_MAX = 4000,
    ID_MAX = 32, /* so that its replacement is inert (contract 1.6) */
    MESSAGE_BYTES = 256,
};

/* Which keys a rule had. */
enum rule_key {
    KEY_ID = 1 << 0,
    KEY_WHY = 1 << 1,
    KEY_SEVERITY = 1 << 2,
    KEY_DETECTOR = 1 << 3,
    KEY_PATTERN = 1 << 4,
    KEY_KEYWORDS = 1 << 5,
    KEY_WHERE = 1 << 6,
    KEY_SLOW = 1 << 7,
    KEY_VALIDATORS = 1 << 8,
    KEY_ALLOW = 1 << 9,
    KEY_ENABLED = 1 << 10,
    KEY_MATCH = 1 << 11,
    KEY_NO_MATCH = 1 << 12,
    KEY_ACTION = 1 << 13, /* from here on in the order of enum load_action_key */
    KEY_KEEP = 1 << 14,
    KEY_REPLACE = 1 << 15,
    KEY_SHADOW = 1 << 16,
    KEY_MASKED = 1 << 17,
    KEY_ACCEPT = 1 << 18,
    KEY_ISSUERS = 1 << 19,
    KEY_KEYS = 1 << 20,
};

/* A rule while it is read. */
struct reading {
    struct load *load;
    struct rule *rule;
    unsigned keys;
    unsigned key;               /* at hand */
    const yaml_node_t *pattern; /* is compiled when all else is known */
};

static struct rule *find_rule(struct load *load, const char *id)
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
    if (find_rule(load, id)) {
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

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

/* Reads a list of texts; `judge` reports what is wrong with one. */
static size_t read_texts(struct load *load, const yaml_node_t *node, const char *message,
                         bool (*is_good)(const char *text), char ***ret_texts)
{
    const yaml_node_item_t *items;
    size_t count = load_items(load, node, message, &items), kept = 0;
    char **texts = calloc(count + 1, sizeof(*texts));
    if (!texts) {
        load->result = -ENOMEM;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yaml_document_get_node(load->yaml, items[i]);
        char *text = load_text(load, item, message);
        if (text && !is_good(text))
            load_error_at(load, item, message);
        if (text)
            texts[kept++] = text;
    }
    *ret_texts = texts;
    return kept;
}

static bool is_keyword(const char *text)
{
    size_t size = 0;
    for (; text[size]; size++) {
        unsigned char byte = (unsigned char)text[size];
        /* Escaped quotes are not looked at one by one, so none may be part of a keyword. */
        if (byte < 0x20 || byte > 0x7E || byte == '"' || byte == '\'' || byte == '\\')
            return false;
    }
    return size >= PREFILTER_KEYWORD_MIN && size <= KEYWORD_MAX;
}

static void read_keywords(struct reading *reading, const yaml_node_t *node)
{
    struct rule *rule = reading->rule;
    free_texts(rule->keywords, rule->keyword_count);
    rule->keywords = NULL;
    rule->keyword_count = read_texts(
        reading->load, node,
        "keywords: a list of at least one text of 3–64 bytes, plain ASCII without quotes and \\",
        is_keyword, &rule->keywords);
}

static void free_paths(struct path **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        path_free(paths[i]);
    free(paths);
}

/* Paths of members; their names are the rule's keywords. */
static void read_keys(struct reading *reading, const yaml_node_t *node)
{
    static const char message[] =
        "keys: a list of paths such as $.payment.card.number, or *.cvv for any depth";
    struct load *load = reading->load;
    struct rule *rule = reading->rule;
    const yaml_node_item_t *items;
    size_t count = load_items(load, node, message, &items);
    free_paths(rule->paths, rule->path_count);
    free_texts(rule->keywords, rule->keyword_count);
    rule->path_count = rule->keyword_count = 0;
    rule->kind = MATCH_PATTERN;
    rule->paths = calloc(count + 1, sizeof(struct path *));
    rule->keywords = calloc(count + 1, sizeof(*rule->keywords));
    if (!rule->paths || !rule->keywords) {
        load->result = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < count && load->result == 0; i++) {
        const yaml_node_t *item = yaml_document_get_node(load->yaml, items[i]);
        int r = path_new(load_scalar(item), &rule->paths[rule->path_count]);
        if (r == -EINVAL) {
            load_error_at(load, item, message);
            continue;
        }
        load->result = r;
        const char *name = r == 0 ? path_longest_name(rule->paths[rule->path_count++]) : NULL;
        if (name && strlen(name) >= PREFILTER_KEYWORD_MIN &&
            !(rule->keywords[rule->keyword_count++] = strdup(name)))
            load->result = -ENOMEM;
    }
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

static void read_validators(struct reading *reading, const yaml_node_t *node)
{
    static const char message[] =
        "validators: a list of at most 8 of no_placeholder, random, mixed, jwt, luhn";
    struct load *load = reading->load;
    struct rule *rule = reading->rule;
    const yaml_node_item_t *items;
    size_t count = load_items(load, node, message, &items);
    if (count > VALIDATORS_MAX) {
        load_error_at(load, node, message);
        count = 0;
    }
    rule->validator_count = 0;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yaml_document_get_node(load->yaml, items[i]);
        const struct validator *validator = validator_of(load_scalar(item));
        if (!validator)
            load_error_at(load, item,
                          "validators: there is none of that name; there are no_placeholder, "
                          "random, mixed, jwt, luhn");
        else
            rule->validators[rule->validator_count++] = validator;
    }
}

static bool is_any(const char *text)
{
    return true;
}

/* `tok_`, the key's name, `_` and a code in base32. */
static bool is_hash(const char *text)
{
    size_t id =
        strspn(text + 4 * (strncmp(text, "tok_", 4) == 0), "abcdefghijklmnopqrstuvwxyz0123456789");
    if (strncmp(text, "tok_", 4) != 0 || id == 0 || id > TOKEN_KEY_ID_MAX || text[4 + id] != '_')
        return false;
    const char *code = text + 4 + id + 1;
    return strlen(code) == TOKEN_CODE_BYTES &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == TOKEN_CODE_BYTES;
}

static void free_patterns(struct pattern **patterns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pattern_free(patterns[i]);
    free(patterns);
}

static void read_allowed_patterns(struct reading *reading, const yaml_node_t *node)
{
    static const char message[] = "patterns: a list of PCRE2 patterns, each of whole values";
    struct load *load = reading->load;
    struct allow *allow = &reading->rule->allow;
    const yaml_node_item_t *items;
    size_t count = load_items(load, node, message, &items);
    free_patterns(allow->patterns, allow->pattern_count);
    allow->pattern_count = 0;
    allow->patterns = calloc(count + 1, sizeof(struct pattern *));
    if (!allow->patterns) {
        load->result = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yaml_document_get_node(load->yaml, items[i]);
        char *text = load_text(load, item, message), why[MESSAGE_BYTES];
        if (!text)
            continue;
        int r = pattern_new(text, PATTERN_WHOLE, why, sizeof(why),
                            &allow->patterns[allow->pattern_count]);
        free(text);
        if (r == -EINVAL)
            load_error_at(load, item, why);
        else if (r < 0)
            load->result = r;
        else
            allow->pattern_count++;
    }
}

static void read_allow(struct reading *reading, const yaml_node_t *node)
{
    static const char message[] = "allow: a mapping of patterns, keys, hashes, each a list";
    struct load *load = reading->load;
    struct allow *allow = &reading->rule->allow;
    if (node->type != YAML_MAPPING_NODE) {
        load_error_at(load, node, message);
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(load->yaml, pair->key);
        const yaml_node_t *value = yaml_document_get_node(load->yaml, pair->value);
        if (strcmp(load_scalar(key), "patterns") == 0) {
            read_allowed_patterns(reading, value);
        } else if (strcmp(load_scalar(key), "keys") == 0) {
            free_texts(allow->keys, allow->key_count);
            allow->keys = NULL;
            allow->key_count =
                read_texts(load, value, "keys: a list of names of keys", is_any, &allow->keys);
        } else if (strcmp(load_scalar(key), "hashes") == 0) {
            free_texts(allow->hashes, allow->hash_count);
            allow->hashes = NULL;
            allow->hash_count = read_texts(
                load, value, "hashes: a list of what `blotter rules allow` prints: tok_ID_…",
                is_hash, &allow->hashes);
        } else {
            load_error_at(load, key, message);
        }
    }
}

static void read_examples(struct reading *reading, const yaml_node_t *node, bool must_match)
{
    const char *message = must_match ? "match: a list of at least one text that the rule finds"
                                     : "no_match: a list of texts in which it finds nothing";
    struct load *load = reading->load;
    struct rule *rule = reading->rule;
    const yaml_node_item_t *items;
    size_t count = load_items(load, node, message, &items), kept = 0;
    for (size_t i = 0; i < rule->example_count; i++) {
        if (rule->examples[i].must_match == must_match)
            free(rule->examples[i].text);
        else
            rule->examples[kept++] = rule->examples[i];
    }
    rule->example_count = kept;
    struct example *examples = realloc(rule->examples, (kept + count + 1) * sizeof(*examples));
    if (!examples) {
        load->result = -ENOMEM;
        return;
    }
    rule->examples = examples;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = yaml_document_get_node(load->yaml, items[i]);
        char *text = load_text(load, item, message);
        if (!text)
            continue;
        canary_strip(text);
        examples[rule->example_count++] = (struct example){
            .text = text,
            .must_match = must_match,
            .document = load->document,
            .line = (unsigned)item->start_mark.line + 1,
            .column = (unsigned)item->start_mark.column + 1,
        };
    }
}

static void read_match(struct reading *reading, const yaml_node_t *node)
{
    read_examples(reading, node, true);
}

static void read_no_match(struct reading *reading, const yaml_node_t *node)
{
    read_examples(reading, node, false);
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
    {"keys", KEY_KEYS, read_keys},
    {"keywords", KEY_KEYWORDS, read_keywords},
    {"where", KEY_WHERE, read_where},
    {"slow", KEY_SLOW, read_slow},
    {"validators", KEY_VALIDATORS, read_validators},
    {"allow", KEY_ALLOW, read_allow},
    {"enabled", KEY_ENABLED, read_enabled},
    {"match", KEY_MATCH, read_match},
    {"no_match", KEY_NO_MATCH, read_no_match},
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
    /* What decides whether it finds anything. */
    PATTERN_KEYS = KEY_PATTERN | KEY_KEYWORDS | KEY_WHERE | KEY_SLOW | KEY_VALIDATORS,
};

/* Of a rule that finds by path. */
static void check_paths(struct reading *reading, const yaml_node_t *node)
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
        check_paths(reading, node);
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

/* Reads all keys but `known` ones, which were read before. */
static void read_members(struct reading *reading, const yaml_node_t *node, unsigned known)
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
    read_members(&reading, node, 0);
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
    struct rule *rule = find_rule(load, load_scalar(node));
    if (!rule && load->report->errors == 0)
        load_error_at(load, node, "there is no rule with this id in the packs and files before");
    return rule;
}

void load_rule_change(struct load *load, const yaml_node_t *node)
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
    read_members(&reading, node, KEY_ID);
    if ((reading.keys & KEY_KEYS) && !has_paths)
        load_error_at(load, node, "keys: only a rule that has keys gets others");
    if (reading.keys & KEY_DETECTOR)
        load_error_at(load, node, "a rule keeps its detector; disable it and write another rule");
    if (rule->path_count)
        check_paths(&reading, node);
    else if (!rule->text && (reading.keys & PATTERN_KEYS))
        load_error_at(load, node, "a rule with a detector has no pattern and no keywords");
    if (rule->text && rule->keyword_count == 0 && !rule->slow)
        load_error_at(load, node, "a pattern without keywords needs slow: true");
    mark_change(load, node, rule);
}

void load_rule_switch(struct load *load, const yaml_node_t *node, bool on)
{
    struct rule *rule = named_rule(load, node);
    if (!rule)
        return;
    rule->disabled = !on;
    mark_change(load, node, rule);
}

void load_rule_free(struct rule *rule)
{
    for (size_t i = 0; i < rule->example_count; i++)
        free(rule->examples[i].text);
    free_texts(rule->keywords, rule->keyword_count);
    free_paths(rule->paths, rule->path_count);
    free_texts(rule->allow.keys, rule->allow.key_count);
    free_texts(rule->allow.hashes, rule->allow.hash_count);
    free_patterns(rule->allow.patterns, rule->allow.pattern_count);
    pattern_free(rule->pattern);
    free(rule->text);
    free(rule->items);
    free(rule->examples);
    free(rule->replacement);
    free(rule->own_text);
    free(rule->why);
    free(rule->id);
}
