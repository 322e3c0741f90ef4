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

/* The buckets of one group whose sets have the byte at each place. */
static inline vector look_up(const struct vectors *vectors, unsigned group, unsigned place,
                             vector low, vector high)
{
    return vector_and(vector_lookup(vectors->low[group][place], low),
                      vector_lookup(vectors->high[group][place], high));
}

/* A bit for each byte where a window of some bucket begins. Reads LITERAL_BLOCK + 3 bytes. */
static inline uint64_t find_windows(const struct vectors *vectors, bool has_second,
                                    const uint8_t *text)
{
    uint64_t found = 0;
    for (unsigned i = 0; i < LITERAL_BLOCK; i += VECTOR_BYTES) {
        vector first = vector_load(text + i);
        /* A set of all bytes is one of all nibbles, so the top bit is masked out of the index. */
        vector low = vector_and(first, vectors->nibble), high = vector_high(first);
        vector one = look_up(vectors, 0, 0, low, high), two = one;
        if (has_second)
            two = look_up(vectors, 1, 0, low, high);
        for (unsigned place = 1; place < LITERAL_WINDOW; place++) {
            vector next = vector_load(text + i + place);
            low = vector_and(next, vectors->nibble);
            high = vector_high(next);
            one = vector_and(one, look_up(vectors, 0, place, low, high));
            if (has_second)
                two = vector_and(two, look_up(vectors, 1, place, low, high));
        }
        found |= vector_mask_any(one, 0xFF) << i;
        if (has_second)
            found |= vector_mask_any(two, 0xFF) << i;
    }
    return found;
}

static inline size_t find_all(const struct vectors *vectors, bool has_second, size_t *at,
                              const uint8_t *text, size_t size, size_t *places, size_t capacity)
{
    uint8_t rest[2 * LITERAL_BLOCK];
    size_t now = *at, count = 0;
    while (now < size && capacity - count >= LITERAL_BLOCK) {
        const uint8_t *block = text + now;
        uint64_t found;
        if (size - now < LITERAL_BLOCK + LITERAL_WINDOW - 1) {
            memset(rest, 0, sizeof(rest));
            memcpy(rest, block, size - now);
            found = find_windows(vectors, has_second, rest);
            if (size - now < LITERAL_BLOCK)
                found &= ((uint64_t)1 << (size - now)) - 1;
        } else {
            found = find_windows(vectors, has_second, block);
        }
        for (; found; found &= found - 1)
            places[count++] = now + (unsigned)__builtin_ctzll(found);
        now += LITERAL_BLOCK;
    }
    *at = now < size ? now : size;
    return count;
}

size_t LITERAL_NAME(const struct literal_tables *tables, size_t *at, const uint8_t *text,
                    size_t size, size_t *places, size_t capacity)
{
    const struct vectors vectors = load_vectors(tables);
    if (tables->has_second)
        return find_all(&vectors, true, at, text, size, places, capacity);
    return find_all(&vectors, false, at, text, size, places, capacity);
}
