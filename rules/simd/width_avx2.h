#ifndef RULES_SIMD_WIDTH_AVX2_H
#define RULES_SIMD_WIDTH_AVX2_H
/* Width operations of 32 bytes. See width_scalar.h for what each does. */
#include <immintrin.h>
#include <stdint.h>

enum {
    VECTOR_BYTES = 32,
};

typedef __m256i vector;

static inline vector vector_load(const uint8_t *bytes)
{
    vector v = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    /* Once, not again with each use: many of these loads cross a cache line. */
    __asm__("" : "+x"(v));
    return v;
}

static inline vector vector_table(const uint8_t *table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

static inline vector vector_low(vector v)
{
    return _mm256_and_si256(v, _mm256_set1_epi8(0x0F));
}

static inline vector vector_high(vector v)
{
    return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0F));
}

static inline vector vector_lookup(vector table, vector index)
{
    return _mm256_shuffle_epi8(table, index);
}

/* The shuffle looks at the low nibble alone, and gives 0 where the top bit is set. */
static inline vector vector_lookup_ascii(vector table, vector text)
{
    return _mm256_shuffle_epi8(table, text);
}

static inline vector vector_or(vector left, vector right)
{
    return _mm256_or_si256(left, right);
}

static inline vector vector_and(vector left, vector right)
{
    return _mm256_and_si256(left, right);
}

static inline uint64_t vector_mask_any(vector v, uint8_t bits)
{
    /* Saturated, any bit becomes the top one. */
    if (bits != 0xFF)
        v = _mm256_and_si256(v, _mm256_set1_epi8((char)bits));
    return (uint32_t)_mm256_movemask_epi8(_mm256_adds_epu8(v, _mm256_set1_epi8(0x7F)));
}

static inline uint64_t vector_mask_above(vector v, uint8_t limit)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(v, _mm256_set1_epi8((char)limit)));
}

static inline uint64_t vector_mask_top(vector v)
{
    return (uint32_t)_mm256_movemask_epi8(v);
}

static inline void vector_wipe(void)
{
    __asm__ volatile("vzeroall\n" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

#define words_before(last, now) __builtin_shufflevector(last, now, 3, 4, 5, 6)
#define words_nonzero(words)                                                                       \
    (0xF ^                                                                                         \
     (unsigned)_mm256_movemask_pd((__m256d)_mm256_cmpeq_epi64((__m256i)(words), (__m256i){0})))
#endif
