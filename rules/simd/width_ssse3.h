#ifndef RULES_SIMD_WIDTH_SSSE3_H
#define RULES_SIMD_WIDTH_SSSE3_H
/* Width operations of 16 bytes: SSSE3 has the byte shuffle. See width_scalar.h for what each does.
 */
#include <immintrin.h>
#include <stdint.h>

enum {
    VECTOR_BYTES = 16,
};

typedef __m128i vector;

static inline vector vector_load(const uint8_t *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

static inline vector vector_table(const uint8_t *table)
{
    return vector_load(table);
}

static inline vector vector_low(vector v)
{
    return _mm_and_si128(v, _mm_set1_epi8(0x0F));
}

static inline vector vector_high(vector v)
{
    return _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(0x0F));
}

static inline vector vector_lookup(vector table, vector index)
{
    return _mm_shuffle_epi8(table, index);
}

/* The shuffle looks at the low nibble alone, and gives 0 where the top bit is set. */
static inline vector vector_lookup_ascii(vector table, vector text)
{
    return _mm_shuffle_epi8(table, text);
}

static inline vector vector_or(vector left, vector right)
{
    return _mm_or_si128(left, right);
}

static inline vector vector_and(vector left, vector right)
{
    return _mm_and_si128(left, right);
}

static inline uint64_t vector_mask_any(vector v, uint8_t bits)
{
    /* Saturated, any bit becomes the top one. */
    if (bits != 0xFF)
        v = _mm_and_si128(v, _mm_set1_epi8((char)bits));
    return (uint32_t)_mm_movemask_epi8(_mm_adds_epu8(v, _mm_set1_epi8(0x7F)));
}

static inline uint64_t vector_mask_above(vector v, uint8_t limit)
{
    return (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)limit)));
}

static inline uint64_t vector_mask_top(vector v)
{
    return (uint32_t)_mm_movemask_epi8(v);
}

static inline void vector_wipe(void)
{
    __asm__ volatile("pxor %%xmm0, %%xmm0\n"
                     "pxor %%xmm1, %%xmm1\n"
                     "pxor %%xmm2, %%xmm2\n"
                     "pxor %%xmm3, %%xmm3\n"
                     "pxor %%xmm4, %%xmm4\n"
                     "pxor %%xmm5, %%xmm5\n"
                     "pxor %%xmm6, %%xmm6\n"
                     "pxor %%xmm7, %%xmm7\n"
                     "pxor %%xmm8, %%xmm8\n"
                     "pxor %%xmm9, %%xmm9\n"
                     "pxor %%xmm10, %%xmm10\n"
                     "pxor %%xmm11, %%xmm11\n"
                     "pxor %%xmm12, %%xmm12\n"
                     "pxor %%xmm13, %%xmm13\n"
                     "pxor %%xmm14, %%xmm14\n"
                     "pxor %%xmm15, %%xmm15\n" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

#define words_before(last, now) __builtin_shufflevector(last, now, 1, 2)
#define words_nonzero(words)    (((words)[0] != 0) | ((words)[1] != 0) << 1)
#endif
