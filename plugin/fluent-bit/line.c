#include "plugin/fluent-bit/line.h"

#include "plugin/fluent-bit/escape.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCALAR_BYTES = 48, /* the longest token that is no string, with quotes */
    /* What goes behind a token, for which each of them makes room: two quotes, the closing of all
     * containers, and a comma or newline. */
    END_BYTES = LINE_DEPTH_MAX + 3,
};

/* Where the line is: how many tokens each open container still has. */
struct nesting {
    uint64_t left[LINE_DEPTH_MAX];
    bool is_map[LINE_DEPTH_MAX];
    unsigned depth;
};

static char *put(char *out, const char *literal)
{
    size_t size = strlen(literal);
    memcpy(out, literal, size);
    return out + size;
}

static char *put_integer(char *out, uint64_t value)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        *out++ = digits[--count];
    return out;
}

/* The shortest of 15 to 17 digits that reads back as the same. The host's locale may have a comma.
 */
static char *put_digits(char *out, double number)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, SCALAR_BYTES / 2, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            break;
    }
    char *comma = strchr(out, ',');
    if (comma)
        *comma = '.';
    return out + strlen(out);
}

/* Where it is only searched, the digits behind the point stand for themselves no more than a `5`:
 * no rule finds anything there (contract, 2.4 and 3.1). From 2^64 on a float has an exponent. */
static char *put_float(char *out, double number, enum line_style style)
{
    double size = fabs(number);
    if (!isfinite(number))
        return put(out, "null");
    bool is_whole = size < 0x1p64 && size == floor(size);
    if (style == LINE_SHOWN && !is_whole)
        return put_digits(out, number);
    if (number < 0)
        *out++ = '-';
    if (size >= 0x1p64)
        return put(out, "1e20");
    out = put_integer(out, (uint64_t)size);
    return is_whole ? out : put(out, ".5");
}

static char *put_scalar(char *out, const struct msgpack_token *token, enum line_style style)
{
    switch (token->kind) {
    case MSGPACK_FALSE:
        return put(out, "false");
    case MSGPACK_TRUE:
        return put(out, "true");
    case MSGPACK_UNSIGNED:
        return put_integer(out, token->natural);
    case MSGPACK_NEGATIVE:
        *out++ = '-';
        return put_integer(out, 0 - token->natural);
    case MSGPACK_FLOAT:
        return put_float(out, token->number, style);
    default:
        return put(out, "null");
    }
}

static inline bool is_text(const struct msgpack_token *token)
{
    return token->kind == MSGPACK_STRING || token->kind == MSGPACK_BINARY ||
           token->kind == MSGPACK_EXTENSION;
}

static inline int append_text(struct text *text, const uint8_t *data, size_t size,
                              const uint8_t *end)
{
    if (size > TEXT_MAX_BYTES / 8)
        return -EMSGSIZE;
    int r = text_reserve(text, ESCAPE_GROWTH * size + ESCAPE_SPARE_BYTES + END_BYTES);
    if (r < 0)
        return r;
    char *out = text->data + text->size;
    *out++ = '"';
    out = escape_text(out, data, size, end);
    *out++ = '"';
    text->size = (size_t)(out - text->data);
    return 0;
}

/* A scalar of any kind, in quotes where it is a text or a key. */
static int append_scalar(struct text *text, const struct msgpack_token *token, bool is_key,
                         const uint8_t *end, enum line_style style)
{
    if (is_text(token))
        return append_text(text, token->data, token->size, end);
    int r = text_reserve(text, SCALAR_BYTES + END_BYTES);
    if (r < 0)
        return r;
    char *out = text->data + text->size;
    if (is_key)
        *out++ = '"';
    out = put_scalar(out, token, style);
    if (is_key)
        *out++ = '"';
    text->size = (size_t)(out - text->data);
    return 0;
}

/* What goes behind a value: the closing of every container that ends with it, then a comma. */
static void append_end(struct text *text, struct nesting *nesting)
{
    char *out = text->data + text->size;
    while (nesting->depth > 0 && nesting->left[nesting->depth - 1] == 0) {
        nesting->depth--;
        *out++ = nesting->is_map[nesting->depth] ? '}' : ']';
    }
    *out++ = nesting->depth > 0 ? ',' : '\n';
    text->size = (size_t)(out - text->data);
}

static int open_container(struct text *text, struct nesting *nesting,
                          const struct msgpack_token *token)
{
    bool is_map = token->kind == MSGPACK_MAP;
    if (nesting->depth == LINE_DEPTH_MAX)
        return -E2BIG;
    int r = text_reserve(text, 1 + END_BYTES);
    if (r < 0)
        return r;
    nesting->is_map[nesting->depth] = is_map;
    nesting->left[nesting->depth++] = is_map ? 2 * (uint64_t)token->count : token->count;
    text->data[text->size++] = is_map ? '{' : '[';
    if (token->count == 0)
        append_end(text, nesting);
    return 0;
}

static int append_value(struct text *text, struct msgpack_reader *reader, struct nesting *nesting,
                        bool is_key, enum line_style style)
{
    const uint8_t *data;
    size_t size;
    struct msgpack_token token;
    int r;
    if (msgpack_read_string(reader, &data, &size)) {
        r = append_text(text, data, size, reader->end);
    } else {
        r = msgpack_read(reader, &token);
        if (r < 0)
            return r;
        if (token.kind == MSGPACK_MAP || token.kind == MSGPACK_ARRAY)
            return is_key ? -EBADMSG : open_container(text, nesting, &token);
        r = append_scalar(text, &token, is_key, reader->end, style);
    }
    if (r < 0)
        return r;
    if (is_key)
        text->data[text->size++] = ':';
    else
        append_end(text, nesting);
    return 0;
}

int line_append(struct text *text, struct msgpack_reader *reader, enum line_style style)
{
    struct nesting nesting;
    struct msgpack_token token;
    /* The rest is written before it is read, and is too large to clear each time. */
    nesting.depth = 0;
    int r = msgpack_read(reader, &token);
    if (r >= 0 && token.kind != MSGPACK_MAP)
        r = -EBADMSG;
    if (r >= 0)
        r = open_container(text, &nesting, &token);
    while (r >= 0 && nesting.depth > 0) {
        unsigned top = nesting.depth - 1;
        bool is_key = nesting.is_map[top] && nesting.left[top] % 2 == 0;
        nesting.left[top]--;
        r = append_value(text, reader, &nesting, is_key, style);
    }
    return r;
}
