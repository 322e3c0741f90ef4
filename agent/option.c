#include "agent/option.h"

#include "agent/nearest.h"
#include "agent/option_value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A row that the map may name, and where it did. */
struct slot {
    const struct option *row;
    void *config;
    const struct node *seen;
};

struct parse {
    struct slot *slots;
    size_t slot_count;
    const char *path;
    struct diagnostics *diagnostics;
    bool invalid;
};

static void *field(const struct option *row, void *config)
{
    return (char *)config + row->offset;
}

bool option_is_secret(const struct option *row, const char *key)
{
    if (row && (row->flags & OPTION_SECRET))
        return true;
    if (!key)
        return false;
    return strcasestr(key, "password") || strcasestr(key, "secret") ||
           strncasecmp(key, "ssl.key.", 8) == 0;
}

const struct node *option_find(const struct node *map, const char *key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    for (const struct node *child = map->first; child; child = child->next) {
        size_t length = child->key->length_bytes;
        if (strncmp(key, child->key->text, length) != 0)
            continue;
        if (key[length] == '\0')
            return child;
        if (key[length] == '.') {
            const struct node *found = option_find(child, key + length + 1);
            if (found)
                return found;
        }
    }
    return NULL;
}

static void complain(struct parse *parse, const struct node *place, const char *key,
                     const char *what)
{
    char full[2 * OPTION_KEY_BYTES];
    const char *dot = *parse->path && *key ? "." : "";
    snprintf(full, sizeof(full), "%s%s%s", parse->path, dot, key);
    diagnostics_add(parse->diagnostics, DIAGNOSTIC_ERROR, place ? place->line : 0,
                    place ? place->column : 0, full, "%s", what);
    parse->invalid = true;
}

void option_complain(struct option_check *check, const char *key, enum diagnostic_severity severity,
                     const char *format, ...)
{
    char what[DIAGNOSTIC_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);

    const struct node *place = key ? document_get(check->node, key) : NULL;
    char full[3 * OPTION_KEY_BYTES];
    snprintf(full, sizeof(full), "%s%s%s%s%s", check->path, *check->path ? "." : "",
             check->row->key, key ? "." : "", key ? key : "");
    if (!place)
        place = check->node;
    diagnostics_add(check->diagnostics, severity, place->line, place->column, full, "%s", what);
    if (severity == DIAGNOSTIC_ERROR)
        check->invalid = true;
}

static struct slot *find_slot(struct parse *parse, const char *key)
{
    for (size_t i = 0; i < parse->slot_count; i++) {
        if (strcmp(parse->slots[i].row->key, key) == 0)
            return &parse->slots[i];
    }
    return NULL;
}

/* Some row's key goes on after `group` and a dot. */
static bool is_group(const struct parse *parse, const char *group)
{
    size_t length = strlen(group);
    for (size_t i = 0; i < parse->slot_count; i++) {
        const char *key = parse->slots[i].row->key;
        if (strncmp(key, group, length) == 0 && key[length] == '.')
            return true;
    }
    return false;
}

/* `key` is the whole path, of which the first `prefix_length` bytes name the map it stands in. */
static void complain_unknown(struct parse *parse, const struct node *place, const char *key,
                             size_t prefix_length)
{
    struct nearest nearest = {.name = key + prefix_length};
    for (size_t i = 0; i < parse->slot_count; i++) {
        const char *known = parse->slots[i].row->key;
        if (strncmp(known, key, prefix_length) != 0)
            continue;
        /* The word that may stand here, and the rest of the path in its flat spelling. */
        const char *rest = known + prefix_length;
        char word[OPTION_KEY_BYTES];
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(rest, "."), rest);
        nearest_offer(&nearest, word);
        nearest_offer(&nearest, rest);
    }
    char what[DIAGNOSTIC_MAX_BYTES];
    if (nearest.best[0])
        snprintf(what, sizeof(what), "unknown key: did you mean %s?", nearest.best);
    else
        snprintf(what, sizeof(what), "unknown key: take it out");
    complain(parse, place, key, what);
}

static int parse_slot(struct parse *parse, struct slot *slot, const struct node *node)
{
    const char *key = slot->row->key;
    if (slot->seen) {
        char what[128];
        snprintf(what, sizeof(what), "is set twice, first in line %u: keep one of them",
                 slot->seen->line);
        complain(parse, node, key, what);
        return 0;
    }
    slot->seen = node;

    struct option_fault fault = {0};
    int r = option_value_parse(slot->row, node, field(slot->row, slot->config), &fault);
    if (r == -EINVAL) {
        struct node place = *(fault.node ? fault.node : node);
        place.column += (unsigned)fault.offset_bytes;
        complain(parse, &place, key, fault.what);
        return 0;
    }
    if (r == 0 && slot->row->check) {
        struct option_check check = {
            .row = slot->row,
            .node = node,
            .path = parse->path,
            .diagnostics = parse->diagnostics,
        };
        slot->row->check(field(slot->row, slot->config), &check);
        parse->invalid = parse->invalid || check.invalid;
    }
    return r;
}

static int parse_map(struct parse *parse, const struct node *map, const char *group)
{
    for (const struct node *child = map->first; child; child = child->next) {
        char key[OPTION_KEY_BYTES];
        size_t prefix_length = *group ? strlen(group) + 1 : 0;
        size_t length = prefix_length + child->key->length_bytes;
        if (length >= sizeof(key)) {
            complain(parse, child->key, group, "holds a key that is too long to be one");
            continue;
        }
        snprintf(key, sizeof(key), "%s%s%s", group, *group ? "." : "", child->key->text);

        struct slot *slot = find_slot(parse, key);
        int r = 0;
        if (slot)
            r = parse_slot(parse, slot, child);
        else if (!is_group(parse, key))
            complain_unknown(parse, child->key, key, prefix_length);
        else if (child->kind == NODE_MAP)
            r = parse_map(parse, child, key);
        else
            complain(parse, child, key, "is a group of keys: write a map such as {key: value}");
        if (r < 0)
            return r;
    }
    return 0;
}

/* Defaults go through the parser of the file, so that the two cannot disagree. */
static int parse_default(struct parse *parse, struct slot *slot)
{
    const struct option *row = slot->row;
    const char *text = row->default_text;
    if (!text)
        return 0;
    struct node scalar = {.kind = NODE_SCALAR, .text = text, .length_bytes = strlen(text)};
    const struct node *node = &scalar;
    struct document *document = NULL;
    int r = 0;
    if (row->type == OPTION_STRING_LIST || row->type == OPTION_STRING_MAP) {
        r = document_parse(text, strlen(text), NULL, &document);
        node = r == 0 ? document_root(document) : NULL;
    }
    if (r == 0) {
        struct option_fault fault = {0};
        r = option_value_parse(row, node, field(row, slot->config), &fault);
    }
    document_free(document);
    if (r == -EINVAL || r == -EBADMSG) {
        complain(parse, NULL, row->key, "the built-in default is invalid");
        return 0;
    }
    return r;
}

static int parse_slots(struct parse *parse, const struct node *map)
{
    if (map && map->kind != NODE_MAP) {
        char what[128];
        snprintf(what, sizeof(what), "is %s: write a map such as {key: value}",
                 document_kind_name(map->kind));
        complain(parse, map, "", what);
        return -EINVAL;
    }
    if (map) {
        int r = parse_map(parse, map, "");
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < parse->slot_count; i++) {
        struct slot *slot = &parse->slots[i];
        if (slot->seen)
            continue;
        if (slot->row->flags & OPTION_REQUIRED) {
            char expected[OPTION_EXPECTED_BYTES];
            char what[DIAGNOSTIC_MAX_BYTES];
            snprintf(what, sizeof(what), "is missing: give %s (%s)",
                     option_print_expected(slot->row, expected), slot->row->help);
            complain(parse, map, slot->row->key, what);
            continue;
        }
        int r = parse_default(parse, slot);
        if (r < 0)
            return r;
    }
    return parse->invalid ? -EINVAL : 0;
}

int option_parse(const struct option_target *targets, size_t target_count, const struct node *map,
                 const char *path, struct diagnostics *diagnostics)
{
    struct parse parse = {.path = path, .diagnostics = diagnostics};
    size_t count = 0;
    for (size_t i = 0; i < target_count; i++) {
        for (const struct option *row = targets[i].table; row && row->key; row++)
            count++;
    }
    parse.slots = calloc(count ? count : 1, sizeof(*parse.slots));
    if (!parse.slots)
        return -ENOMEM;
    for (size_t i = 0; i < target_count; i++) {
        for (const struct option *row = targets[i].table; row && row->key; row++)
            parse.slots[parse.slot_count++] =
                (struct slot){.row = row, .config = targets[i].config};
    }
    int r = parse_slots(&parse, map);
    free(parse.slots);
    return r;
}

void option_finish(const struct option *table, void *config)
{
    for (const struct option *row = table; row && row->key && config; row++)
        option_value_finish(row, field(row, config));
}
