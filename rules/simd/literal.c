/* Compiled once for each instruction set, with LITERAL_NAME and KERNEL_WIDTH (its header) defined.
 * Includes nothing but its width operations and plain declarations, so that no code of one
 * instruction set can end up in a function that others call. */
#include "rules/simd/literal.h"

#include KERNEL_WIDTH

#include <string.h>

struct vectors {
    vector low[LITERAL_GROUPS][LITERAL_WINDOW], high[LITERAL_GROUPS][LITERAL_WINDOW];
    vector nibble;
};

static inline struct vectors load_vectors(const struct literal_tables *tables)
{
    static const uint8_t nibble[16] = {15, 15, 15, 15, 15, 15, 15, 15,
                                       15, 15, 15, 15, 15, 15, 15, 15};
    struct vectors vectors = {.nibble = vector_table(nibble)};
    for (unsigned group = 0; group < LITERAL_GROUPS; group++) {
        for (unsigned i = 0; i < LITERAL_WINDOW; i++) {
            vectors.low[group][i] = vector_table(tables->low[group][i]);
            vectors.high[group][i] = vector_table(tables->high[group][i]);
        }
    }
    return vectors;
}

/* A bit for each byte where a window of some bucket begins. Reads LITERAL_BLOCK + 3 bytes. */
static inline uint64_t find_windows(const struct vectors *vectors, const uint8_t *text)
{
    uint64_t found = 0;
    for (unsigned i = 0; i < LITERAL_BLOCK; i += VECTOR_BYTES) {
        vector first = vector_load(text + i);
        /* A set of all bytes is one of all nibbles, so the top bit is masked out of the index. */
        vector low = vector_and(first, vectors->nibble), high = vector_high(first);
        vector one = vector_and(vector_lookup(vectors->low[0][0], low),
                                vector_lookup(vectors->high[0][0], high));
        vector two = vector_and(vector_lookup(vectors->low[1][0], low),
                                vector_lookup(vectors->high[1][0], high));
        for (unsigned place = 1; place < LITERAL_WINDOW; place++) {
            vector next = vector_load(text + i + place);
            low = vector_and(next, vectors->nibble);
            high = vector_high(next);
            one = vector_and(one, vector_and(vector_lookup(vectors->low[0][place], low),
                                             vector_lookup(vectors->high[0][place], high)));
            two = vector_and(two, vector_and(vector_lookup(vectors->low[1][place], low),
                                             vector_lookup(vectors->high[1][place], high)));
        }
        found |= (vector_mask_any(one, 0xFF) | vector_mask_any(two, 0xFF)) << i;
    }
    return found;
}

size_t LITERAL_NAME(const struct literal_tables *tables, size_t *at, const uint8_t *text,
                    size_t size, size_t *places, size_t capacity)
{
    const struct vectors vectors = load_vectors(tables);
    uint8_t rest[2 * LITERAL_BLOCK];
    size_t now = *at, count = 0;
    while (now < size && capacity - count >= LITERAL_BLOCK) {
        const uint8_t *block = text + now;
        uint64_t found;
        if (size - now < LITERAL_BLOCK + LITERAL_WINDOW - 1) {
            memset(rest, 0, sizeof(rest));
            memcpy(rest, block, size - now);
            found = find_windows(&vectors, rest);
            if (size - now < LITERAL_BLOCK)
                found &= ((uint64_t)1 << (size - now)) - 1;
        } else {
            found = find_windows(&vectors, block);
        }
        for (; found; found &= found - 1)
            places[count++] = now + (unsigned)__builtin_ctzll(found);
        now += LITERAL_BLOCK;
    }
    *at = now < size ? now : size;
    return count;
}
