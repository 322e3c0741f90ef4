#include "agent/interpolate.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128
#define PATH_MAX_BYTES 1024
#define WHERE_BYTES    256

/* One value while it is built. */
struct expansion {
    struct document *document;
    struct diagnostics *diagnostics;
    const char *where; /* the value's key path, for messages */
    struct node *node;
    char *text;
    size_t length_bytes;
    size_t capacity_bytes;
    bool outside;
    bool secret;
};

static int complain(struct expansion *expansion, size_t offset_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int complain(struct expansion *expansion, size_t offset_bytes, const char *format, ...)
{
    char what[DIAGNOSTIC_MAX_BYTES / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    const struct node *node = expansion->node;
    /* The column is exact where the value is written as it reads: plain. */
    unsigned column = node->column + (node->plain ? (unsigned)offset_bytes : 0);
    diagnostics_add(expansion->diagnostics, DIAGNOSTIC_ERROR, node->line, column, expansion->where,
                    "%s", what);
    return -EINVAL;
}

static int append(struct expansion *expansion, const char *text, size_t length_bytes)
{
    size_t needed_bytes = expansion->length_bytes + length_bytes + 1;
    if (needed_bytes > INTERPOLATE_VALUE_MAX_BYTES)
        return complain(expansion, 0, "becomes longer than 256 KiB: put less in");
    if (needed_bytes > expansion->capacity_bytes) {
        size_t capacity_bytes = needed_bytes * 2;
        /* Not realloc: it would leave a copy of a secret behind. */
        char *larger = malloc(capacity_bytes);
        if (!larger)
            return -ENOMEM;
        if (expansion->text) {
            memcpy(larger, expansion->text, expansion->length_bytes);
            explicit_bzero(expansion->text, expansion->length_bytes);
            free(expansion->text);
        }
        expansion->text = larger;
        expansion->capacity_bytes = capacity_bytes;
    }
    memcpy(expansion->text + expansion->length_bytes, text, length_bytes);
    expansion->length_bytes += length_bytes;
    expansion->text[expansion->length_bytes] = '\0';
    return 0;
}

/* Well-formed UTF-8 (RFC 3629), control characters other than tab and newlines refused. */
static bool is_text(const char *bytes, size_t length_bytes)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + length_bytes;
    while (at < end) {
        unsigned char c = *at;
        if (c < 0x80) {
            if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
                return false;
            at++;
            continue;
        }
        int more = c >= 0xc2 && c <= 0xdf   ? 1
                   : c >= 0xe0 && c <= 0xef ? 2
                   : c >= 0xf0 && c <= 0xf4 ? 3
                                            : 0;
        if (more == 0 || end - at <= more)
            return false;
        if ((c == 0xe0 && at[1] < 0xa0) || (c == 0xed && at[1] > 0x9f) ||
            (c == 0xf0 && at[1] < 0x90) || (c == 0xf4 && at[1] > 0x8f))
            return false;
        for (int i = 1; i <= more; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return false;
        }
        at += 1 + more;
    }
    return true;
}

static bool is_secret_name(const char *name)
{
    static const char *const words[] = {"PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcasestr(name, words[i]))
            return true;
    }
    return false;
}

static bool is_variable_name(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    }
    return true;
}

static int expand_file(struct expansion *expansion, size_t offset_bytes, const char *path)
{
    if (*path != '/')
        return complain(expansion, offset_bytes, "${file:%s} needs a path that begins with /",
                        path);
    char *text;
    size_t length_bytes;
    int r = document_read_file(path, INTERPOLATE_FILE_MAX_BYTES, &text, &length_bytes);
    if (r == -ENOMEM)
        return r;
    if (r == -EFBIG)
        return complain(expansion, offset_bytes,
                        "${file:%s} is larger than 64 KiB: a value is short", path);
    if (r < 0)
        return complain(expansion, offset_bytes, "${file:%s} cannot be read: %s", path,
                        strerrordesc_np(-r));
    size_t used_bytes = length_bytes;
    if (used_bytes > 0 && text[used_bytes - 1] == '\n')
        used_bytes--;
    if (used_bytes > 0 && text[used_bytes - 1] == '\r')
        used_bytes--;
    expansion->outside = true;
    expansion->secret = true;
    if (is_text(text, used_bytes))
        r = append(expansion, text, used_bytes);
    else
        r = complain(expansion, offset_bytes,
                     "${file:%s} does not hold text in UTF-8 without control characters", path);
    explicit_bzero(text, length_bytes);
    free(text);
    return r;
}

static int expand_variable(struct expansion *expansion, size_t offset_bytes, const char *name,
                           const char *default_text, size_t default_bytes)
{
    if (!is_variable_name(name))
        return complain(expansion, offset_bytes,
                        "${ must be followed by a variable's name or file:/path, then }; write $${ "
                        "for a plain ${");
    const char *value = getenv(name);
    if (default_text && (!value || !*value))
        return append(expansion, default_text, default_bytes);
    if (!value)
        return complain(expansion, offset_bytes,
                        "${%s} is not set: set the variable, or write ${%s:-default}", name, name);
    expansion->outside = true;
    if (is_secret_name(name))
        expansion->secret = true;
    if (!is_text(value, strlen(value)))
        return complain(expansion, offset_bytes,
                        "${%s} does not hold text in UTF-8 without control characters", name);
    return append(expansion, value, strlen(value));
}

/* `start` is behind `${`, `close` is its `}`. */
static int expand_reference(struct expansion *expansion, const char *start, const char *close)
{
    size_t offset_bytes = (size_t)(start - expansion->node->text) - 2;
    size_t length_bytes = (size_t)(close - start);
    if (strncmp(start, "file:", 5) == 0) {
        char path[PATH_MAX_BYTES];
        if (length_bytes - 5 >= sizeof(path))
            return complain(expansion, offset_bytes, "${file:...} has a path that is too long");
        snprintf(path, sizeof(path), "%.*s", (int)(length_bytes - 5), start + 5);
        return expand_file(expansion, offset_bytes, path);
    }
    const char *default_text = NULL;
    size_t name_bytes = length_bytes;
    for (const char *at = start; at + 1 < close; at++) {
        if (at[0] == ':' && at[1] == '-') {
            default_text = at + 2;
            name_bytes = (size_t)(at - start);
            break;
        }
    }
    char name[NAME_MAX_BYTES];
    if (name_bytes >= sizeof(name))
        name_bytes = 0; /* no name is as wrong as one that long */
    snprintf(name, sizeof(name), "%.*s", (int)name_bytes, start);
    return expand_variable(expansion, offset_bytes, name, default_text,
                           default_text ? (size_t)(close - default_text) : 0);
}

/* One value; goes on after an error to show those behind it. */
static int expand(struct expansion *expansion)
{
    const char *at = expansion->node->text;
    int result = 0;
    for (;;) {
        const char *reference = strstr(at, "${");
        if (!reference)
            break;
        int r;
        if (reference > at && reference[-1] == '$') {
            r = append(expansion, at, (size_t)(reference - at) - 1);
            if (r == 0)
                r = append(expansion, "${", 2);
            at = reference + 2;
        } else {
            const char *close = strchr(reference, '}');
            if (!close)
                return complain(expansion, (size_t)(reference - expansion->node->text),
                                "${ is not closed: write ${NAME}, or $${ for a plain ${");
            r = append(expansion, at, (size_t)(reference - at));
            if (r == 0)
                r = expand_reference(expansion, reference + 2, close);
            at = close + 1;
        }
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result < 0 ? result : append(expansion, at, strlen(at));
}

static int expand_scalar(struct document *document, struct node *node, const char *where,
                         struct diagnostics *diagnostics)
{
    if (!strstr(node->text, "${"))
        return 0;
    struct expansion expansion = {
        .document = document, .diagnostics = diagnostics, .where = where, .node = node};
    int r = expand(&expansion);
    if (r == 0)
        r = document_set_text(document, node, expansion.text, expansion.length_bytes);
    node->outside = expansion.outside;
    node->secret = expansion.secret;
    if (expansion.text)
        explicit_bzero(expansion.text, expansion.length_bytes);
    free(expansion.text);
    return r;
}

/* The document's depth is bounded, so the recursion is. */
static int expand_node(struct document *document, struct node *node, const char *where,
                       struct diagnostics *diagnostics)
{
    if (node->kind == NODE_SCALAR)
        return expand_scalar(document, node, where, diagnostics);
    int result = 0;
    for (struct node *child = node->first; child; child = child->next) {
        char path[WHERE_BYTES];
        snprintf(path, sizeof(path), "%s%s%s", where, *where && child->key ? "." : "",
                 child->key ? child->key->text : "");
        int r = expand_node(document, child, path, diagnostics);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result;
}

int interpolate_document(struct document *document, struct diagnostics *diagnostics)
{
    return expand_node(document, document_root(document), "", diagnostics);
}
