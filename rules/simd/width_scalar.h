#ifndef RULES_SIMD_WIDTH_SCALAR_H
#define RULES_SIMD_WIDTH_SCALAR_H
/* Width operations in plain C: the reference for all others. */
#include <stdint.h>
#include <string.h>

enum {
    VECTOR_BYTES = 16,
};

/* The kernel goes by single bytes and tables instead: seven times as fast as these. */
#define KERNEL_BYTEWISE 1

typedef struct vector_bytes {
    uint8_t at[VECTOR_BYTES];
} vector;

static inline vector vector_load(const uint8_t *bytes)
{
    vector v;
    memcpy(v.at, bytes, VECTOR_BYTES);
    return v;
}

/* 16 entries, for vector_lookup. */
static inline vector vector_table(const uint8_t *table)
{
    return vector_load(table);
}

/* The index of vector_lookup for the low nibble. */
static inline vector vector_low(vector v)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        v.at[i] &= 0x0F;
    return v;
}

static inline vector vector_high(vector v)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        v.at[i] >>= 4;
    return v;
}

static inline vector vector_lookup(vector table, vector index)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        index.at[i] = table.at[index.at[i]];
    return index;
}

/* The same for the low nibbles of text; 0 for a byte above 0x7F. */
static inline vector vector_lookup_ascii(vector table, vector text)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        text.at[i] = text.at[i] < 0x80 ? table.at[text.at[i] & 0x0F] : 0;
    return text;
}

static inline vector vector_and(vector left, vector right)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        left.at[i] &= right.at[i];
    return left;
}

static inline vector vector_or(vector left, vector right)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        left.at[i] |= right.at[i];
    return left;
}

/* Which bytes have any of `bits` set, one bit each. */
static inline uint64_t vector_mask_any(vector v, uint8_t bits)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        mask |= (uint64_t)((v.at[i] & bits) != 0) << i;
    return mask;
}

/* Which bytes are above `limit` as signed numbers. */
static inline uint64_t vector_mask_above(vector v, uint8_t limit)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        mask |= (uint64_t)((int8_t)v.at[i] > (int8_t)limit) << i;
    return mask;
}

/* Which bytes have the top bit set. */
static inline uint64_t vector_mask_top(vector v)
{
    return vector_mask_any(v, 0x80);
}

/* Clears the registers that the operations use. */
static inline void vector_wipe(void)
{
}

/* The words before those of `now`: the last of `last`, then all of `now` but its last. */
#define words_before(last, now) __builtin_shufflevector(last, now, 1, 2)
/* Which words are not 0. */
#define words_nonzero(words) (((words)[0] != 0) | ((words)[1] != 0) << 1)
#endif
