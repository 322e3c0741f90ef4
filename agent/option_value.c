#include "agent/option_value.h"

#include "agent/nearest.h"
#include "agent/quantity.h"
#include "agent/template.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int fail(struct option_fault *reterr_fault, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct option_fault *reterr_fault, const struct node *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reterr_fault->what, sizeof(reterr_fault->what), format, arguments);
    va_end(arguments);
    reterr_fault->node = node;
    return -EINVAL;
}

/* The value as a message may show it. */
static const char *show(const struct option *row, const struct node *node,
                        char buffer[DIAGNOSTIC_QUOTE_BYTES])
{
    const char *key = node->key ? node->key->text : NULL;
    if (node->outside || node->secret || option_is_secret(row, row->key) ||
        option_is_secret(NULL, key))
        return "the value";
    return diagnostics_quote(buffer, node->text, node->length_bytes);
}

static int fail_expected(struct option_fault *reterr_fault, const struct option *row,
                         const struct node *node)
{
    char quoted[DIAGNOSTIC_QUOTE_BYTES];
    char expected[OPTION_EXPECTED_BYTES];
    option_print_expected(row, expected);
    if (node->kind != NODE_SCALAR)
        return fail(reterr_fault, node, "is %s: write %s", document_kind_name(node->kind),
                    expected);
    return fail(reterr_fault, node, "%s is not %s", show(row, node, quoted), expected);
}

static int check_has_value(const struct option *row, const struct node *node,
                           struct option_fault *reterr_fault)
{
    if (!document_is_null(node))
        return 0;
    char expected[OPTION_EXPECTED_BYTES];
    return fail(reterr_fault, node, "has no value: write %s%s",
                option_print_expected(row, expected),
                row->flags & OPTION_REQUIRED ? "" : ", or leave the key out");
}

static const struct option_word *find_word(const struct option *row, const char *text)
{
    for (const struct option_word *word = row->words; word && word->name; word++) {
        if (strcmp(word->name, text) == 0)
            return word;
    }
    return NULL;
}

static int parse_bool(const struct option *row, const struct node *node, bool *value,
                      struct option_fault *reterr_fault)
{
    bool is_true = strcmp(node->text, "true") == 0;
    if (!is_true && strcmp(node->text, "false") != 0)
        return fail_expected(reterr_fault, row, node);
    *value = is_true;
    return 0;
}

static int parse_number(const struct option *row, const struct node *node, int64_t *value,
                        struct option_fault *reterr_fault)
{
    const struct option_word *word = find_word(row, node->text);
    if (word) {
        *value = word->value;
        return 0;
    }
    int64_t number;
    int r = row->type == OPTION_INT          ? quantity_parse_int(node->text, &number)
            : row->type == OPTION_SIZE_BYTES ? quantity_parse_size(node->text, &number)
                                             : quantity_parse_duration(node->text, &number);
    if (r < 0 || number < row->min || (row->max != 0 && number > row->max))
        return fail_expected(reterr_fault, row, node);
    *value = number;
    return 0;
}

static int parse_enum(const struct option *row, const struct node *node, int *value,
                      struct option_fault *reterr_fault)
{
    const struct option_word *word = find_word(row, node->text);
    if (word) {
        *value = (int)word->value;
        return 0;
    }
    int r = fail_expected(reterr_fault, row, node);
    struct nearest nearest = {.name = node->text};
    for (word = row->words; word->name; word++)
        nearest_offer(&nearest, word->name);
    if (nearest.best[0]) {
        size_t length = strlen(reterr_fault->what);
        snprintf(reterr_fault->what + length, sizeof(reterr_fault->what) - length,
                 ": did you mean %s?", nearest.best);
    }
    return r;
}

static int check_length(const struct option *row, const struct node *node,
                        struct option_fault *reterr_fault)
{
    size_t max = row->max ? (size_t)row->max : OPTION_STRING_MAX_BYTES;
    if (node->length_bytes < (size_t)row->min || node->length_bytes > max)
        return fail_expected(reterr_fault, row, node);
    return 0;
}

static int parse_string(const struct option *row, const struct node *node, char **value,
                        struct option_fault *reterr_fault)
{
    int r = check_length(row, node, reterr_fault);
    if (r < 0)
        return r;
    char *copy = strdup(node->text);
    if (!copy)
        return -ENOMEM;
    *value = copy;
    return 0;
}

static int parse_template(const struct option *row, const struct node *node,
                          struct template **value, struct option_fault *reterr_fault)
{
    int r = check_length(row, node, reterr_fault);
    if (r < 0)
        return r;
    struct template_error error = {0};
    r = template_compile(node->text, node->length_bytes, value, &error);
    if (r == -EINVAL) {
        fail(reterr_fault, node, "%s", error.what);
        /* In a text from outside, or one that is written over lines, a column would mislead. */
        if (!node->outside && !memchr(node->text, '\n', node->length_bytes))
            reterr_fault->offset_bytes = error.offset_bytes + (node->plain ? 0 : 1);
    }
    return r;
}

static int check_count(const struct option *row, const struct node *node, size_t count, size_t most,
                       struct option_fault *reterr_fault)
{
    if (row->max != 0 && (size_t)row->max < most)
        most = (size_t)row->max;
    if (count >= (size_t)row->min && count <= most)
        return 0;
    return fail(reterr_fault, node, "has %zu entries: write at least %lld and at most %zu", count,
                (long long)row->min, most);
}

static int add_item(const struct option *row, const struct node *node, struct option_list *list,
                    struct option_fault *reterr_fault)
{
    if (node->kind != NODE_SCALAR)
        return fail(reterr_fault, node, "holds %s: write %s", document_kind_name(node->kind),
                    "a list of plain values such as [a, b]");
    if (node->length_bytes == 0 || document_is_null(node))
        return fail(reterr_fault, node, "holds an empty entry: give it a value or take it out");
    char *copy = strdup(node->text);
    if (!copy)
        return -ENOMEM;
    list->items[list->count++] = copy;
    return 0;
}

/* One value without brackets is a list of one. */
static int parse_list(const struct option *row, const struct node *node, struct option_list *list,
                      struct option_fault *reterr_fault)
{
    size_t count = node->kind == NODE_LIST ? node->count : 1;
    int r = check_count(row, node, count, OPTION_LIST_MAX, reterr_fault);
    if (r < 0 || count == 0)
        return r;
    list->items = calloc(count, sizeof(*list->items));
    if (!list->items)
        return -ENOMEM;
    if (node->kind == NODE_SCALAR)
        return add_item(row, node, list, reterr_fault);
    for (const struct node *child = node->first; child; child = child->next) {
        r = add_item(row, child, list, reterr_fault);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_pair(const struct option *row, const struct node *node, struct option_map *map,
                    struct option_fault *reterr_fault)
{
    char quoted[DIAGNOSTIC_QUOTE_BYTES];
    const struct node *key = node->key;
    diagnostics_quote(quoted, key->text, key->length_bytes);
    if (key->length_bytes == 0)
        return fail(reterr_fault, key, "holds an empty key: give it a name");
    if (node->kind != NODE_SCALAR)
        return fail(reterr_fault, node, "%s is %s: write a plain value", quoted,
                    document_kind_name(node->kind));
    if (document_is_null(node))
        return fail(reterr_fault, node, "%s has no value: write one, or \"\"", quoted);
    struct option_pair *pair = &map->pairs[map->count];
    *pair = (struct option_pair){
        .key = strdup(key->text),
        .value = strdup(node->text),
        .secret = node->secret || option_is_secret(row, key->text),
        .line = node->line,
        .column = node->column,
    };
    map->count++;
    return pair->key && pair->value ? 0 : -ENOMEM;
}

static int parse_string_map(const struct option *row, const struct node *node,
                            struct option_map *map, struct option_fault *reterr_fault)
{
    int r = check_count(row, node, node->count, OPTION_MAP_MAX, reterr_fault);
    if (r < 0 || node->count == 0)
        return r;
    map->pairs = calloc(node->count, sizeof(*map->pairs));
    if (!map->pairs)
        return -ENOMEM;
    for (const struct node *child = node->first; child; child = child->next) {
        r = add_pair(row, child, map, reterr_fault);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool takes_kind(enum option_type type, enum node_kind kind)
{
    switch (type) {
    case OPTION_NODE:
        return true;
    case OPTION_STRING_LIST:
        return kind != NODE_MAP;
    case OPTION_STRING_MAP:
        return kind == NODE_MAP;
    default:
        return kind == NODE_SCALAR;
    }
}

int option_value_parse(const struct option *row, const struct node *node, void *value,
                       struct option_fault *reterr_fault)
{
    int r = check_has_value(row, node, reterr_fault);
    if (r < 0)
        return r;
    if (!takes_kind(row->type, node->kind))
        return fail_expected(reterr_fault, row, node);

    switch (row->type) {
    case OPTION_BOOL:
        return parse_bool(row, node, value, reterr_fault);
    case OPTION_INT:
    case OPTION_SIZE_BYTES:
    case OPTION_DURATION_NS:
        return parse_number(row, node, value, reterr_fault);
    case OPTION_ENUM:
        return parse_enum(row, node, value, reterr_fault);
    case OPTION_STRING:
        return parse_string(row, node, value, reterr_fault);
    case OPTION_TEMPLATE:
        return parse_template(row, node, value, reterr_fault);
    case OPTION_STRING_LIST:
        r = parse_list(row, node, value, reterr_fault);
        break;
    case OPTION_STRING_MAP:
        r = parse_string_map(row, node, value, reterr_fault);
        break;
    case OPTION_NODE:
        *(const struct node **)value = node;
        return 0;
    }
    if (r < 0)
        option_value_finish(row, value);
    return r;
}

/* Configuration strings may be passwords: none stays behind in the heap. */
static void free_string(char *text)
{
    if (!text)
        return;
    explicit_bzero(text, strlen(text));
    free(text);
}

void option_value_finish(const struct option *row, void *value)
{
    if (row->type == OPTION_STRING) {
        char **text = value;
        free_string(*text);
        *text = NULL;
    } else if (row->type == OPTION_TEMPLATE) {
        struct template **template = value;
        template_free(*template);
        *template = NULL;
    } else if (row->type == OPTION_STRING_LIST) {
        struct option_list *list = value;
        for (size_t i = 0; i < list->count; i++)
            free_string(list->items[i]);
        free(list->items);
        *list = (struct option_list){0};
    } else if (row->type == OPTION_STRING_MAP) {
        struct option_map *map = value;
        for (size_t i = 0; i < map->count; i++) {
            free(map->pairs[i].key);
            free_string(map->pairs[i].value);
        }
        free(map->pairs);
        *map = (struct option_map){0};
    } else if (row->type == OPTION_NODE) {
        *(const struct node **)value = NULL;
    }
}
