#include "plugin/fluent-bit/line.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    SCALAR_BYTES = 48, /* the longest token that is no string, with quotes; or a vector */
};

/* Where the line is: how many tokens each open container still has. */
struct nesting {
    uint64_t left[LINE_DEPTH_MAX];
    bool is_map[LINE_DEPTH_MAX];
    unsigned depth;
};

/* 16 bytes at a time; GCC's and clang's vectors are plain C for every processor. */
typedef uint8_t vector __attribute__((vector_size(16)));

enum {
    VECTOR_BYTES = sizeof(vector),
};

/* Which bytes need an escape: one bit each. */
static inline unsigned escape_mask(vector bytes)
{
    vector hit = (vector)(bytes < 0x20) | (vector)(bytes == '"') | (vector)(bytes == '\\');
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)hit);
#else
    uint64_t halves[2];
    unsigned mask = 0;
    memcpy(halves, &hit, sizeof halves);
    if ((halves[0] | halves[1]) == 0)
        return 0;
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        mask |= (unsigned)(hit[i] & 1) << i;
    return mask;
#endif
}

static char *escape_byte(char *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    *out++ = '\\';
    if (byte >= 0x20) {
        *out++ = (char)byte;
    } else if (letters[byte]) {
        *out++ = letters[byte];
    } else {
        memcpy(out, "u00", 3);
        out[3] = hex[byte >> 4];
        out[4] = hex[byte & 15];
        out += 5;
    }
    return out;
}

/* The bytes at `data`, of which `left` belong to the string and `readable` may be read. */
static inline vector load(const uint8_t *data, size_t left, size_t readable)
{
    vector bytes;
    uint8_t padded[VECTOR_BYTES] = {0};
    if (__builtin_expect(readable >= VECTOR_BYTES, 1)) {
        memcpy(&bytes, data, VECTOR_BYTES);
        return bytes;
    }
    memcpy(padded, data, left);
    memcpy(&bytes, padded, VECTOR_BYTES);
    return bytes;
}

/* There is room for six times the size, and a vector. `end` is that of what may be read. */
static char *escape(char *out, const uint8_t *data, size_t size, const uint8_t *end)
{
    while (size > 0) {
        vector bytes = load(data, size, (size_t)(end - data));
        memcpy(out, &bytes, VECTOR_BYTES);
        unsigned mask = escape_mask(bytes);
        size_t plain = mask ? (size_t)__builtin_ctz(mask) : VECTOR_BYTES;
        if (plain >= size)
            return out + size;
        data += plain;
        out += plain;
        size -= plain;
        if (mask) {
            out = escape_byte(out, *data++);
            size--;
        }
    }
    return out;
}

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

/* A scalar, in quotes where it is a text or a key. */
static int append_scalar(struct text *text, const struct msgpack_token *token, bool is_key,
                         const uint8_t *end, enum line_style style)
{
    size_t size = is_text(token) ? token->size : 0;
    if (size > TEXT_MAX_BYTES / 8)
        return -EMSGSIZE;
    int r = text_reserve(text, 6 * size + SCALAR_BYTES);
    if (r < 0)
        return r;
    char *out = text->data + text->size;
    bool quoted = is_key || is_text(token);
    if (quoted)
        *out++ = '"';
    out = is_text(token) ? escape(out, token->data, size, end) : put_scalar(out, token, style);
    if (quoted)
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
    nesting->is_map[nesting->depth] = is_map;
    nesting->left[nesting->depth++] = is_map ? 2 * (uint64_t)token->count : token->count;
    text->data[text->size++] = is_map ? '{' : '[';
    return 0;
}

int line_append(struct text *text, struct msgpack_reader *reader, enum line_style style)
{
    struct nesting nesting;
    struct msgpack_token token;
    nesting.depth =
        0; /* the rest is written before it is read, and is too large to clear each time */
    do {
        int r = text_reserve(text, LINE_DEPTH_MAX + SCALAR_BYTES);
        if (r >= 0)
            r = msgpack_read(reader, &token);
        if (r < 0)
            return r;
        bool is_container = token.kind == MSGPACK_MAP || token.kind == MSGPACK_ARRAY;
        bool is_key = false;
        if (nesting.depth > 0) {
            unsigned top = nesting.depth - 1;
            is_key = nesting.is_map[top] && nesting.left[top] % 2 == 0;
            nesting.left[top]--;
        }
        if (nesting.depth == 0 ? token.kind != MSGPACK_MAP : is_key && is_container)
            return -EBADMSG;
        r = is_container ? open_container(text, &nesting, &token)
                         : append_scalar(text, &token, is_key, reader->end, style);
        if (r >= 0)
            r = text_reserve(text, LINE_DEPTH_MAX + SCALAR_BYTES);
        if (r < 0)
            return r;
        if (is_key)
            text->data[text->size++] = ':';
        else if (!is_container || token.count == 0)
            append_end(text, &nesting);
    } while (nesting.depth > 0);
    return 0;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The bytes that the escape at `at` takes, and what it stands for; 0: it is none of ours. */
static size_t read_escape(const char *at, size_t size, char *ret_byte)
{
    static const char letters[] = "\"\"\\\\b\bt\tn\nf\fr\r";
    if (size < 2)
        return 0;
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == at[1]) {
            *ret_byte = letters[i + 1];
            return 2;
        }
    }
    if (size < 6 || memcmp(at + 1, "u00", 3) != 0 || hex_value(at[4]) < 0 || hex_value(at[5]) < 0)
        return 0;
    *ret_byte = (char)(hex_value(at[4]) << 4 | hex_value(at[5]));
    return 6;
}

size_t line_unescape(const char *content, size_t size, char *output)
{
    size_t written = 0;
    for (size_t at = 0; at < size;) {
        char byte = content[at];
        size_t taken = byte == '\\' ? read_escape(content + at, size - at, &byte) : 0;
        output[written++] = byte;
        at += taken > 0 ? taken : 1;
    }
    return written;
}
