#ifndef RULES_SIMD_KERNEL_KEY_H
#define RULES_SIMD_KERNEL_KEY_H
/* What the passes of one instruction set share: their names, blocks, and fingerprints. KERNEL_NAME
 * and KERNEL_WIDTH (its header) are defined before. */
#include "rules/simd/kernel.h"

#ifndef KERNEL_WIDTH
#define KERNEL_WIDTH "rules/simd/width_scalar.h"
#endif
#include KERNEL_WIDTH

#define KERNEL_JOIN(left, right)     left##right
#define KERNEL_PART_OF(kernel, part) KERNEL_JOIN(kernel, part)
#define KERNEL_PART(part)            KERNEL_PART_OF(KERNEL_NAME, part)

enum {
    BLOCK = 64,
    READ_BYTES = BLOCK + KERNEL_KEY_BYTES - 1, /* of one block */
};

static inline unsigned both(const uint8_t *low, const uint8_t *high, uint8_t byte)
{
    return low[byte & 0x0F] & high[byte >> 4];
}

/* Whether the four bytes at `text` have a fingerprint. */
static inline uint64_t has_key(const struct kernel_keys *keys, const uint8_t *text)
{
    const uint32_t *of = keys->of_byte;
    return (of[text[0]] & of[text[1]] >> 8 & of[text[2]] >> 16 & of[text[3]] >> 24) != 0;
}

#ifndef words_moved
/* Each word moved on by `count` bits, what falls out of the word before moved in. */
#define words_moved(before, now, count) ((now) << (count) | (before) >> (64 - (count)))
#endif

#if !defined(KERNEL_BYTEWISE) && !defined(VECTOR_ASCII_TABLE)
/* What bytes of ASCII have, by their nibbles; of others it is anything. */
struct ascii_table {
    vector low, high;
};

static inline struct ascii_table ascii_table(const uint8_t *low, const uint8_t *high)
{
    return (struct ascii_table){vector_table(low), vector_table(high)};
}

/* `high`: the high nibbles of `text`. */
static inline vector ascii_lookup(struct ascii_table table, vector text, vector high)
{
    return vector_and(vector_lookup_ascii(table.low, text), vector_lookup(table.high, high));
}
#endif

#ifndef KERNEL_BYTEWISE
struct keys {
    vector low[KERNEL_KEY_BYTES], high[KERNEL_KEY_BYTES];
};

static inline struct keys load_keys(const struct kernel_keys *keys)
{
    struct keys loaded;
    for (unsigned i = 0; i < KERNEL_KEY_BYTES; i++) {
        loaded.low[i] = vector_table(keys->low[i]);
        loaded.high[i] = vector_table(keys->high[i]);
    }
    return loaded;
}

/* The fingerprints of `now`, the bytes behind whose own are the other three. */
static inline vector match_keys(const struct keys *keys, vector now, vector high, vector next,
                                vector high_next, vector third, vector fourth)
{
    vector key = vector_and(vector_lookup(keys->low[0], vector_low(now)),
                            vector_lookup(keys->high[0], high));
    key = vector_and(key, vector_and(vector_lookup(keys->low[1], vector_low(next)),
                                     vector_lookup(keys->high[1], high_next)));
    key = vector_and(key, vector_and(vector_lookup(keys->low[2], vector_low(third)),
                                     vector_lookup(keys->high[2], vector_high(third))));
    return vector_and(key, vector_and(vector_lookup(keys->low[3], vector_low(fourth)),
                                      vector_lookup(keys->high[3], vector_high(fourth))));
}

#endif
#endif
