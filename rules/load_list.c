/* The keys of a rule that are lists (contract 7.1, 7.3, 7.9). */
#include "rules/load_list.h"

#include "rules/canary.h"
#include "rules/match/path.h"
#include "rules/validate/validator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void load_list_free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

/* Reads a list of texts; `judge` reports what is wrong with one. */
size_t load_list_texts(struct load *load, const yaml_node_t *node, const char *message,
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

void load_list_keywords(struct reading *reading, const yaml_node_t *node)
{
    struct rule *rule = reading->rule;
    load_list_free_texts(rule->keywords, rule->keyword_count);
    rule->keywords = NULL;
    rule->keyword_count = load_list_texts(
        reading->load, node,
        "keywords: a list of at least one text of 3–64 bytes, plain ASCII without quotes and \\",
        is_keyword, &rule->keywords);
}

void load_list_free_paths(struct path **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        path_free(paths[i]);
    free(paths);
}

/* Paths of members; their names are the rule's keywords. */
void load_list_keys(struct reading *reading, const yaml_node_t *node)
{
    static const char message[] =
        "keys: a list of paths such as $.payment.card.number, or *.cvv for any depth";
    struct load *load = reading->load;
    struct rule *rule = reading->rule;
    const yaml_node_item_t *items;
    size_t count = load_items(load, node, message, &items);
    load_list_free_paths(rule->paths, rule->path_count);
    load_list_free_texts(rule->keywords, rule->keyword_count);
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

void load_list_validators(struct reading *reading, const yaml_node_t *node)
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

void load_list_match(struct reading *reading, const yaml_node_t *node)
{
    read_examples(reading, node, true);
}

void load_list_no_match(struct reading *reading, const yaml_node_t *node)
{
    read_examples(reading, node, false);
}
