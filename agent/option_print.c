#include "agent/option.h"
#include "agent/quantity.h"
#include "agent/template.h"

#include <stdlib.h>
#include <string.h>

static const char *const hidden = "\"***\"";

/* Appends at most what fits; `*used` never passes the end. */
static void append(char buffer[OPTION_EXPECTED_BYTES], size_t *used, const char *text)
{
    size_t length = strlen(text);
    size_t room = OPTION_EXPECTED_BYTES - 1 - *used;
    if (length > room)
        length = room;
    memcpy(buffer + *used, text, length);
    *used += length;
    buffer[*used] = '\0';
}

static const char *print_number(const struct option *row, char text[QUANTITY_TEXT_BYTES],
                                int64_t value)
{
    if (row->type == OPTION_SIZE_BYTES)
        return quantity_print_size(text, value);
    if (row->type == OPTION_DURATION_NS)
        return quantity_print_duration(text, value);
    snprintf(text, QUANTITY_TEXT_BYTES, "%lld", (long long)value);
    return text;
}

static void append_bounds(const struct option *row, char *buffer, size_t *used)
{
    char text[QUANTITY_TEXT_BYTES];
    if (row->max != 0) {
        append(buffer, used, " from ");
        append(buffer, used, print_number(row, text, row->min));
        append(buffer, used, " to ");
        append(buffer, used, print_number(row, text, row->max));
    } else if (row->min > 0) {
        append(buffer, used, " of at least ");
        append(buffer, used, print_number(row, text, row->min));
    }
}

static void append_words(const struct option *row, char *buffer, size_t *used, const char *before)
{
    for (const struct option_word *word = row->words; word && word->name; word++) {
        append(buffer, used, before);
        append(buffer, used, word->name);
        before = word[1].name && word[2].name ? ", " : " or ";
    }
}

const char *option_print_expected(const struct option *row, char buffer[OPTION_EXPECTED_BYTES])
{
    size_t used = 0;
    buffer[0] = '\0';
    switch (row->type) {
    case OPTION_BOOL:
        append(buffer, &used, "true or false");
        break;
    case OPTION_INT:
        append(buffer, &used, "a whole number");
        append_bounds(row, buffer, &used);
        append_words(row, buffer, &used, " or ");
        break;
    case OPTION_SIZE_BYTES:
        append(buffer, &used, "a size such as 100MiB");
        append_bounds(row, buffer, &used);
        append_words(row, buffer, &used, " or ");
        break;
    case OPTION_DURATION_NS:
        append(buffer, &used, "a duration such as 60s");
        append_bounds(row, buffer, &used);
        append_words(row, buffer, &used, " or ");
        break;
    case OPTION_ENUM:
        append_words(row, buffer, &used, "");
        break;
    case OPTION_STRING:
    case OPTION_TEMPLATE:
        append(buffer, &used, row->type == OPTION_STRING ? "text" : "text with %{key}");
        if (row->min > 0 || row->max > 0) {
            char bounds[64];
            snprintf(bounds, sizeof(bounds), " of %lld to %lld bytes", (long long)row->min,
                     (long long)(row->max ? row->max : OPTION_STRING_MAX_BYTES));
            append(buffer, &used, bounds);
        }
        break;
    case OPTION_STRING_LIST:
        append(buffer, &used, "a list such as [a, b]");
        break;
    case OPTION_STRING_MAP:
        append(buffer, &used, "a map such as {key: value}");
        break;
    case OPTION_NODE:
        append(buffer, &used, "a name, or a map such as {type: name}");
        break;
    }
    return buffer;
}

void option_print_quoted(const char *text, FILE *stream)
{
    fputc('"', stream);
    for (const char *at = text; *at; at++) {
        unsigned char c = (unsigned char)*at;
        unsigned char next = (unsigned char)at[1];
        if (c == '"' || c == '\\')
            fprintf(stream, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(stream, "\\x%02x", c);
        else if (c == '$' && next == '{')
            fputs("$$", stream);
        else if (c == 0xc2 && next < 0xa0)
            fprintf(stream, "\\x%02x", *(const unsigned char *)++at); /* U+0080 to U+009F */
        else
            fputc(c, stream);
    }
    fputc('"', stream);
}

static void print_list(const struct option_list *list, bool secret, FILE *stream)
{
    fputc('[', stream);
    for (size_t i = 0; i < list->count; i++) {
        fputs(i ? ", " : "", stream);
        if (secret)
            fputs(hidden, stream);
        else
            option_print_quoted(list->items[i], stream);
    }
    fputs("]\n", stream);
}

static void print_map(const struct option_map *map, unsigned indent, FILE *stream)
{
    if (map->count == 0)
        fputs("{}", stream);
    fputc('\n', stream);
    for (size_t i = 0; i < map->count; i++) {
        fprintf(stream, "%*s", (int)indent + 2, "");
        option_print_quoted(map->pairs[i].key, stream);
        fputs(": ", stream);
        if (map->pairs[i].secret)
            fputs(hidden, stream);
        else
            option_print_quoted(map->pairs[i].value, stream);
        fputc('\n', stream);
    }
}

static const char *word_of(const struct option *row, int64_t value)
{
    for (const struct option_word *word = row->words; word && word->name; word++) {
        if (word->value == value)
            return word->name;
    }
    return NULL;
}

/* After `key: `; ends the line. */
static void print_value(const struct option *row, const void *value, bool secret, unsigned indent,
                        FILE *stream)
{
    char text[QUANTITY_TEXT_BYTES];
    const char *shown = text;
    switch (row->type) {
    case OPTION_BOOL:
        shown = *(const bool *)value ? "true" : "false";
        break;
    case OPTION_INT:
    case OPTION_SIZE_BYTES:
    case OPTION_DURATION_NS:
        shown = word_of(row, *(const int64_t *)value);
        if (!shown)
            shown = print_number(row, text, *(const int64_t *)value);
        break;
    case OPTION_ENUM:
        shown = word_of(row, *(const int *)value);
        break;
    case OPTION_STRING:
        if (!secret) {
            option_print_quoted(*(char *const *)value, stream);
            shown = "";
        }
        break;
    case OPTION_TEMPLATE:
        if (!secret) {
            option_print_quoted(template_text(*(struct template *const *)value), stream);
            shown = "";
        }
        break;
    case OPTION_STRING_LIST:
        print_list(value, secret, stream);
        return;
    case OPTION_STRING_MAP:
        print_map(value, indent, stream);
        return;
    case OPTION_NODE:
        return;
    }
    fprintf(stream, "%s\n", secret ? hidden : shown);
}

static bool has_value(const struct option *row, const void *value)
{
    if (row->type == OPTION_NODE)
        return false;
    if (row->type == OPTION_STRING || row->type == OPTION_TEMPLATE)
        return *(void *const *)value != NULL;
    return true;
}

static bool came_secret(const struct node *node)
{
    if (!node)
        return false;
    if (node->secret)
        return true;
    for (const struct node *child = node->first; child; child = child->next) {
        if (child->secret)
            return true;
    }
    return false;
}

/* The groups of a path that the row before did not open yet, a line each. */
static unsigned print_groups(const char *before, const char *key, unsigned indent, FILE *stream)
{
    bool same = true;
    for (const char *dot; (dot = strchr(key, '.')) != NULL; key = dot + 1) {
        size_t length = (size_t)(dot - key) + 1;
        same = same && strncmp(before, key, length) == 0;
        if (same)
            before += length;
        else
            fprintf(stream, "%*s%.*s:\n", (int)indent, "", (int)(length - 1), key);
        indent += 2;
    }
    return indent;
}

void option_print(const struct option *table, const void *config, const struct node *map,
                  unsigned indent, FILE *stream)
{
    const char *before = "";
    for (const struct option *row = table; row && row->key; row++) {
        const void *value = (const char *)config + row->offset;
        if (!has_value(row, value))
            continue;
        unsigned depth = print_groups(before, row->key, indent, stream);
        const char *dot = strrchr(row->key, '.');
        bool secret = option_is_secret(row, row->key) || came_secret(option_find(map, row->key));
        fprintf(stream, "%*s%s: ", (int)depth, "", dot ? dot + 1 : row->key);
        print_value(row, value, secret, depth, stream);
        before = row->key;
    }
}

void option_print_help(const struct option *table, unsigned indent, FILE *stream)
{
    for (const struct option *row = table; row && row->key; row++) {
        char expected[OPTION_EXPECTED_BYTES];
        fprintf(stream, "%*s%s: %s", (int)indent, "", row->key,
                option_print_expected(row, expected));
        if (row->flags & OPTION_REQUIRED)
            fputs("; required", stream);
        else if (row->default_text)
            fprintf(stream, "; default %s", *row->default_text ? row->default_text : "\"\"");
        if (row->flags & OPTION_SECRET)
            fputs("; secret", stream);
        fprintf(stream, "\n%*s%s.\n", (int)indent + 4, "", row->help);
    }
}
