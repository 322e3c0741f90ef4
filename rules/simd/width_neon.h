#ifndef RULES_SIMD_WIDTH_NEON_H
#define RULES_SIMD_WIDTH_NEON_H
/* Width operations of 16 bytes on AArch64. See width_scalar.h for what each does. */
#include <arm_neon.h>
#include <stdint.h>

enum {
    VECTOR_BYTES = 16,
};

typedef uint8x16_t vector;

static inline vector vector_load(const uint8_t *bytes)
{
    return vld1q_u8(bytes);
}

static inline vector vector_table(const uint8_t *table)
{
    return vld1q_u8(table);
}

static inline vector vector_low(vector v)
{
    return vandq_u8(v, vdupq_n_u8(0x0F));
}

static inline vector vector_high(vector v)
{
    return vshrq_n_u8(v, 4);
}

static inline vector vector_lookup(vector table, vector index)
{
    return vqtbl1q_u8(table, index);
}

/* The table lookup gives 0 for an index above 15. */
static inline vector vector_lookup_ascii(vector table, vector text)
{
    return vqtbl1q_u8(table, vandq_u8(text, vdupq_n_u8(0x8F)));
}

static inline vector vector_or(vector left, vector right)
{
    return vorrq_u8(left, right);
}

static inline vector vector_and(vector left, vector right)
{
    return vandq_u8(left, right);
}

/* One bit for each byte that is all ones: AArch64 has no movemask. */
static inline uint64_t vector_bits(vector v)
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    vector bits = vandq_u8(v, vld1q_u8(weights));
    return (uint64_t)vaddv_u8(vget_low_u8(bits)) | (uint64_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

static inline uint64_t vector_mask_any(vector v, uint8_t bits)
{
    return vector_bits(vtstq_u8(v, vdupq_n_u8(bits)));
}

static inline uint64_t vector_mask_above(vector v, uint8_t limit)
{
    return vector_bits(vcgtq_s8(vreinterpretq_s8_u8(v), vdupq_n_s8((int8_t)limit)));
}

static inline uint64_t vector_mask_top(vector v)
{
    return vector_bits(vtstq_u8(v, vdupq_n_u8(0x80)));
}

static inline void vector_wipe(void)
{
    __asm__ volatile("movi v0.16b, #0\n"
                     "movi v1.16b, #0\n"
                     "movi v2.16b, #0\n"
                     "movi v3.16b, #0\n"
                     "movi v4.16b, #0\n"
                     "movi v5.16b, #0\n"
                     "movi v6.16b, #0\n"
                     "movi v7.16b, #0\n"
                     "movi v16.16b, #0\n"
                     "movi v17.16b, #0\n"
                     "movi v18.16b, #0\n"
                     "movi v19.16b, #0\n"
                     "movi v20.16b, #0\n"
                     "movi v21.16b, #0\n"
                     "movi v22.16b, #0\n"
                     "movi v23.16b, #0\n"
                     "movi v24.16b, #0\n"
                     "movi v25.16b, #0\n"
                     "movi v26.16b, #0\n"
                     "movi v27.16b, #0\n"
                     "movi v28.16b, #0\n"
                     "movi v29.16b, #0\n"
                     "movi v30.16b, #0\n"
                     "movi v31.16b, #0\n" ::
                         : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18",
                           "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28",
                           "v29", "v30", "v31");
}

#define words_before(last, now) __builtin_shufflevector(last, now, 1, 2)
#define words_nonzero(words)    (((words)[0] != 0) | ((words)[1] != 0) << 1)
#endif
