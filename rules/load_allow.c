/* The exceptions of a rule (contract 7.6). */
#include "rules/load_allow.h"

#include "rules/load_list.h"
#include "rules/match/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_BYTES = 256,
};

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

void load_allow(struct reading *reading, const yaml_node_t *node)
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
            load_list_free_texts(allow->keys, allow->key_count);
            allow->keys = NULL;
            allow->key_count =
                load_list_texts(load, value, "keys: a list of names of keys", is_any, &allow->keys);
        } else if (strcmp(load_scalar(key), "hashes") == 0) {
            load_list_free_texts(allow->hashes, allow->hash_count);
            allow->hashes = NULL;
            allow->hash_count = load_list_texts(
                load, value, "hashes: a list of what `blotter rules allow` prints: tok_ID_…",
                is_hash, &allow->hashes);
        } else {
            load_error_at(load, key, message);
        }
    }
}

void load_allow_free(struct allow *allow)
{
    load_list_free_texts(allow->keys, allow->key_count);
    load_list_free_texts(allow->hashes, allow->hash_count);
    free_patterns(allow->patterns, allow->pattern_count);
}
