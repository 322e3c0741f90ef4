#pragma once
/* Brings what was found in a line (line.h) back to the map that the line was made of.
 *
 * Whatever has no finding is copied byte for byte, so types, key order and the spelling of every
 * header stay. A string with a finding is written anew as a string, a binary value as a binary one;
 * numbers and extensions become strings. Members that a rule drops go with their keys, and the map
 * counts fewer. */
#include "plugin/fluent-bit/msgpack.h"
#include "plugin/fluent-bit/text.h"
#include "rules/blotter.h"

/* Bytes for the host, which frees `data`. */
struct output_bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/* Appends bytes. 0 or -ENOMEM. */
int rewrite_append(struct output_bytes *output, const void *data, size_t size);
/* One pair, packed, that a map gets at its end. Size 0: none. */
struct rewrite_mark {
    const uint8_t *data;
    size_t size;
};

/* Appends the map with the findings applied, and the mark. Its line is `text` from `at` to `end`,
 * newline included (an empty one: there is none, since nothing is in the map); the findings'
 * offsets count from the beginning of `text`. `spare` is memory to work in. 0; -EDOM: a finding is
 * part of more than one scalar, so the map must be withheld; -EMSGSIZE, -ENOMEM. */
int rewrite_map(struct msgpack_reader map, const char *text, size_t at, size_t end,
                const struct blot_finding *findings, size_t count, struct rewrite_mark mark,
                struct text *spare, struct output_bytes *output);
