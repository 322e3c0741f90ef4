#pragma once
/* Reads MessagePack one token at a time, out of memory that may hold anything.
 *
 * Nothing is allocated and nothing is believed: a count or a length is bounded by the bytes that
 * are there when they are read. A reader is two pointers; copying it remembers a place. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum msgpack_kind {
    MSGPACK_NIL,
    MSGPACK_FALSE,
    MSGPACK_TRUE,
    MSGPACK_UNSIGNED,
    MSGPACK_NEGATIVE,
    MSGPACK_FLOAT,
    MSGPACK_STRING,
    MSGPACK_BINARY,
    MSGPACK_EXTENSION,
    MSGPACK_ARRAY,
    MSGPACK_MAP,
};

struct msgpack_token {
    enum msgpack_kind kind;
    int8_t extension;    /* type of an extension */
    uint32_t count;      /* elements of an array, pairs of a map: they follow as tokens */
    const uint8_t *data; /* of a string, binary or extension */
    size_t size;
    union {
        uint64_t natural; /* UNSIGNED; two's complement of NEGATIVE */
        double number;    /* FLOAT */
    };
};

struct msgpack_reader {
    const uint8_t *next;
    const uint8_t *end;
};

enum {
    MSGPACK_HEADER_BYTES = 5, /* the longest header of a string, binary, array or map */
};

/* A string of less than 64 KiB, without a call, since logs are made of them. False: something else
 * stands there, or too little for one; the reader stays where it was. */
static inline bool msgpack_read_string(struct msgpack_reader *reader, const uint8_t **ret_data,
                                       size_t *ret_size)
{
    const uint8_t *at = reader->next;
    size_t left = (size_t)(reader->end - at);
    size_t header = 1;
    size_t size;
    if (left < 3)
        return false;
    if ((at[0] & 0xe0) == 0xa0) {
        size = at[0] & 0x1f;
    } else if (at[0] == 0xd9) {
        size = at[1];
        header = 2;
    } else if (at[0] == 0xda) {
        size = (size_t)at[1] << 8 | at[2];
        header = 3;
    } else {
        return false;
    }
    if (size > left - header)
        return false;
    *ret_data = at + header;
    *ret_size = size;
    reader->next = at + header + size;
    return true;
}
/* The next token; `reader` stays where it was on failure. 0, -ENODATA: the bytes end within it,
 * -EBADMSG: 0xc1, which stands for nothing. */
int msgpack_read(struct msgpack_reader *reader, struct msgpack_token *ret_token);
/* Goes over a whole value, however deep. Errors as above; the reader is where it failed. */
int msgpack_skip(struct msgpack_reader *reader);
/* Writes the header of a string (binary: of a binary value) of `size` bytes, in its shortest form,
 * and returns its length. */
size_t msgpack_string_header(uint8_t header[MSGPACK_HEADER_BYTES], uint32_t size, int binary);
/* Likewise the header of a map of `count` pairs. */
size_t msgpack_map_header(uint8_t header[MSGPACK_HEADER_BYTES], uint32_t count);
/* Makes the map of that header `count` pairs smaller, which it has, in the same form. */
void msgpack_map_lessen(uint8_t *header, uint32_t count);
