#include "plugin/fluent-bit/msgpack.h"

#include <errno.h>
#include <string.h>

static uint64_t big_endian(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void take_unsigned(struct msgpack_token *token, uint64_t value)
{
    token->kind = MSGPACK_UNSIGNED;
    token->natural = value;
}

static void take_signed(struct msgpack_token *token, uint64_t bits, unsigned bytes)
{
    uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
    uint64_t value = (bits ^ sign) - sign;
    token->kind = (int64_t)value < 0 ? MSGPACK_NEGATIVE : MSGPACK_UNSIGNED;
    token->natural = value;
}

static void take_float(struct msgpack_token *token, uint64_t bits, unsigned bytes)
{
    token->kind = MSGPACK_FLOAT;
    if (bytes == 8) {
        memcpy(&token->number, &bits, sizeof token->number);
        return;
    }
    uint32_t bits32 = (uint32_t)bits;
    float number;
    memcpy(&number, &bits32, sizeof number);
    token->number = (double)number;
}

/* The payload of `size` bytes at `at`. */
static int take_data(struct msgpack_reader *reader, struct msgpack_token *token,
                     enum msgpack_kind kind, const uint8_t *at, uint64_t size)
{
    if (size > (size_t)(reader->end - at))
        return -ENODATA;
    token->kind = kind;
    token->data = at;
    token->size = (size_t)size;
    reader->next = at + size;
    return 0;
}

static int take_container(struct msgpack_reader *reader, struct msgpack_token *token,
                          enum msgpack_kind kind, const uint8_t *at, uint64_t count)
{
    token->kind = kind;
    token->count = (uint32_t)count;
    reader->next = at;
    return 0;
}

/* Codes 0xc0 to 0xdf: `width` bytes of length or value stand behind the code. INVALID is 0xc1. */
enum { INVALID = -1, FIXED_EXTENSION = 0xd4 };

static const struct {
    int8_t kind;
    uint8_t width;
} codes[32] = {
    /* c0 */ {MSGPACK_NIL, 0},       {INVALID, 0},           {MSGPACK_FALSE, 0},
    /* c3 */ {MSGPACK_TRUE, 0},      {MSGPACK_BINARY, 1},    {MSGPACK_BINARY, 2},
    /* c6 */ {MSGPACK_BINARY, 4},    {MSGPACK_EXTENSION, 1}, {MSGPACK_EXTENSION, 2},
    /* c9 */ {MSGPACK_EXTENSION, 4}, {MSGPACK_FLOAT, 4},     {MSGPACK_FLOAT, 8},
    /* cc */ {MSGPACK_UNSIGNED, 1},  {MSGPACK_UNSIGNED, 2},  {MSGPACK_UNSIGNED, 4},
    /* cf */ {MSGPACK_UNSIGNED, 8},  {MSGPACK_NEGATIVE, 1},  {MSGPACK_NEGATIVE, 2},
    /* d2 */ {MSGPACK_NEGATIVE, 4},  {MSGPACK_NEGATIVE, 8},  {MSGPACK_EXTENSION, 0},
    /* d5 */ {MSGPACK_EXTENSION, 0}, {MSGPACK_EXTENSION, 0}, {MSGPACK_EXTENSION, 0},
    /* d8 */ {MSGPACK_EXTENSION, 0}, {MSGPACK_STRING, 1},    {MSGPACK_STRING, 2},
    /* db */ {MSGPACK_STRING, 4},    {MSGPACK_ARRAY, 2},     {MSGPACK_ARRAY, 4},
    /* de */ {MSGPACK_MAP, 2},       {MSGPACK_MAP, 4},
};

static int read_extension(struct msgpack_reader *reader, struct msgpack_token *token,
                          const uint8_t *at, uint64_t size)
{
    if (at == reader->end)
        return -ENODATA;
    token->extension = (int8_t)*at;
    return take_data(reader, token, MSGPACK_EXTENSION, at + 1, size);
}

static int read_coded(struct msgpack_reader *reader, struct msgpack_token *token, uint8_t code,
                      const uint8_t *at)
{
    int kind = codes[code - 0xc0].kind;
    unsigned width = codes[code - 0xc0].width;
    if (kind == INVALID)
        return -EBADMSG;
    if (width > (size_t)(reader->end - at))
        return -ENODATA;
    uint64_t value = big_endian(at, width);
    at += width;
    switch (kind) {
    case MSGPACK_STRING:
    case MSGPACK_BINARY:
        return take_data(reader, token, (enum msgpack_kind)kind, at, value);
    case MSGPACK_EXTENSION:
        return read_extension(reader, token, at,
                              width > 0 ? value : UINT64_C(1) << (code - FIXED_EXTENSION));
    case MSGPACK_ARRAY:
    case MSGPACK_MAP:
        return take_container(reader, token, (enum msgpack_kind)kind, at, value);
    case MSGPACK_FLOAT:
        take_float(token, value, width);
        break;
    case MSGPACK_NEGATIVE:
        take_signed(token, value, width);
        break;
    case MSGPACK_UNSIGNED:
        take_unsigned(token, value);
        break;
    default:
        token->kind = (enum msgpack_kind)kind;
    }
    reader->next = at;
    return 0;
}

int msgpack_read(struct msgpack_reader *reader, struct msgpack_token *ret_token)
{
    const uint8_t *at = reader->next;
    if (at == reader->end)
        return -ENODATA;
    uint8_t code = *at++;
    if (code >= 0xa0 && code <= 0xbf)
        return take_data(reader, ret_token, MSGPACK_STRING, at, code & 0x1f);
    if (code >= 0x80 && code <= 0x8f)
        return take_container(reader, ret_token, MSGPACK_MAP, at, code & 0x0f);
    if (code >= 0x90 && code <= 0x9f)
        return take_container(reader, ret_token, MSGPACK_ARRAY, at, code & 0x0f);
    if (code < 0x80) {
        take_unsigned(ret_token, code);
    } else if (code >= 0xe0) {
        take_signed(ret_token, code, 1);
    } else {
        return read_coded(reader, ret_token, code, at);
    }
    reader->next = at;
    return 0;
}

int msgpack_skip(struct msgpack_reader *reader)
{
    struct msgpack_token token;
    /* At most 2^33 more for each token of five bytes: it cannot run over. */
    for (uint64_t left = 1; left > 0; left--) {
        int r = msgpack_read(reader, &token);
        if (r < 0)
            return r;
        if (token.kind == MSGPACK_ARRAY)
            left += token.count;
        else if (token.kind == MSGPACK_MAP)
            left += 2 * (uint64_t)token.count;
    }
    return 0;
}

static size_t put_header(uint8_t *header, unsigned code, uint32_t value, unsigned width)
{
    header[0] = (uint8_t)code;
    for (unsigned i = 0; i < width; i++)
        header[1 + i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    return 1 + width;
}

size_t msgpack_string_header(uint8_t header[MSGPACK_HEADER_BYTES], uint32_t size, int binary)
{
    unsigned width = size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
    if (!binary && size < 32)
        return put_header(header, 0xa0 | size, 0, 0);
    return put_header(header, (binary ? 0xc4 : 0xd9) + (width >> 1), size, width);
}

size_t msgpack_map_header(uint8_t header[MSGPACK_HEADER_BYTES], uint32_t count)
{
    if (count < 16)
        return put_header(header, 0x80 | count, 0, 0);
    bool is_short = count <= 0xffff;
    return put_header(header, is_short ? 0xde : 0xdf, count, is_short ? 2 : 4);
}

void msgpack_map_lessen(uint8_t *header, uint32_t count)
{
    if (header[0] < 0xde) {
        header[0] = (uint8_t)(header[0] - count);
        return;
    }
    unsigned width = header[0] == 0xde ? 2 : 4;
    put_header(header, header[0], (uint32_t)big_endian(header + 1, width) - count, width);
}
