#ifndef RULES_SIMD_WIDTH_SCALAR_H
#define RULES_SIMD_WIDTH_SCALAR_H
/* Width operations in plain C: the reference for all others. */
#include <stdint.h>
#include <string.h>

enum {
    VECTOR_BYTES = 16,
};

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

/* The index of vector_lookup for the low nibble; of no entry where the byte is above 0x7F. */
static inline vector vector_low(vector v)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        v.at[i] &= 0x8F;
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
        index.at[i] = index.at[i] < 16 ? table.at[index.at[i]] : 0;
    return index;
}

static inline vector vector_and(vector left, vector right)
{
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        left.at[i] &= right.at[i];
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

static inline uint64_t vector_mask_equal(vector v, uint8_t byte)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        mask |= (uint64_t)(v.at[i] == byte) << i;
    return mask;
}
#endif
