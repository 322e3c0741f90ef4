#include "agent/config_fallback.h"

#include "agent/interpolate.h"

#include <string.h>

/* The default of a top-level row. */
static const char *default_of(const char *key)
{
    const struct option *row = config_options;
    while (row->key && strcmp(row->key, key) != 0)
        row++;
    return row->key ? row->default_text : "";
}

static const char *value_of(const struct node *root, const char *key)
{
    const struct node *node = option_find(root, key);
    return node && node->kind == NODE_SCALAR ? node->text : NULL;
}

/* Whether the text is a document; what it says is taken over. */
static bool read_document(const char *text, size_t length_bytes,
                          struct config_fallback *ret_fallback)
{
    struct document *document;
    if (document_parse(text, length_bytes, NULL, &document) < 0)
        return false;
    interpolate_document(document, NULL);
    const struct node *root = document_root(document);
    const char *on_bad = value_of(root, "on_bad_config");
    if (on_bad)
        ret_fallback->on_bad = strcmp(on_bad, "hold") == 0 ? CONFIG_HOLD : CONFIG_EXIT;
    const char *listen = value_of(root, "http.listen");
    if (listen && strlen(listen) < sizeof(ret_fallback->http_listen))
        strcpy(ret_fallback->http_listen, listen);
    document_free(document);
    return true;
}

static bool begins_with(const char *text, size_t length_bytes, const char *prefix)
{
    size_t prefix_bytes = strlen(prefix);
    return length_bytes >= prefix_bytes && memcmp(text, prefix, prefix_bytes) == 0;
}

static bool begins_block(const char *line)
{
    return *line != ' ' && *line != '\t' && *line != '\n' && *line != '\r' && *line != '#' &&
           *line != '}' && *line != ']';
}

void config_fallback_read(const char *text, size_t length_bytes,
                          struct config_fallback *ret_fallback)
{
    *ret_fallback = (struct config_fallback){.on_bad = CONFIG_EXIT};
    strcpy(ret_fallback->http_listen, default_of("http.listen"));
    if (read_document(text, length_bytes, ret_fallback))
        return;

    const char *end = text + length_bytes;
    const char *block = text;
    while (block < end) {
        const char *next = block;
        do {
            const char *newline = memchr(next, '\n', (size_t)(end - next));
            next = newline ? newline + 1 : end;
        } while (next < end && !begins_block(next));
        size_t block_bytes = (size_t)(next - block);
        if (begins_with(block, block_bytes, "on_bad_config:") ||
            begins_with(block, block_bytes, "http"))
            read_document(block, block_bytes, ret_fallback);
        block = next;
    }
}
