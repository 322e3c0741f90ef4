#ifndef RULES_SIMD_WIDTH_AVX512BW_H
#define RULES_SIMD_WIDTH_AVX512BW_H
/* Width operations of 64 bytes. See width_scalar.h for what each does. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VECTOR_BYTES = 64,
};

typedef __m512i vector;

static inline vector vector_load(const uint8_t *bytes)
{
    vector v = _mm512_loadu_si512(bytes);
    /* Once, not again with each use: most of these loads cross a cache line. */
    __asm__("" : "+v"(v));
    return v;
}

/* The first `count` bytes, the others zero and not read. */
#define VECTOR_LOAD_SOME 1
static inline vector vector_load_some(const uint8_t *bytes, size_t count)
{
    return _mm512_maskz_loadu_epi8(count < 64 ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0), bytes);
}

static inline vector vector_table(const uint8_t *table)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)table));
}

static inline vector vector_low(vector v)
{
    return _mm512_and_si512(v, _mm512_set1_epi8(0x0F));
}

static inline vector vector_high(vector v)
{
    return _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(0x0F));
}

static inline vector vector_lookup(vector table, vector index)
{
    return _mm512_shuffle_epi8(table, index);
}

/* The shuffle looks at the low nibble alone, and gives 0 where the top bit is set. */
static inline vector vector_lookup_ascii(vector table, vector text)
{
    return _mm512_shuffle_epi8(table, text);
}

static inline vector vector_or(vector left, vector right)
{
    return _mm512_or_si512(left, right);
}

static inline vector vector_and(vector left, vector right)
{
    return _mm512_and_si512(left, right);
}

static inline uint64_t vector_mask_any(vector v, uint8_t bits)
{
    return _mm512_test_epi8_mask(v, _mm512_set1_epi8((char)bits));
}

static inline uint64_t vector_mask_above(vector v, uint8_t limit)
{
    return _mm512_cmpgt_epi8_mask(v, _mm512_set1_epi8((char)limit));
}

static inline uint64_t vector_mask_top(vector v)
{
    return _mm512_movepi8_mask(v);
}

static inline void vector_wipe(void)
{
    __asm__ volatile("vzeroall\n"
                     "vpxord %%zmm16, %%zmm16, %%zmm16\n"
                     "vpxord %%zmm17, %%zmm17, %%zmm17\n"
                     "vpxord %%zmm18, %%zmm18, %%zmm18\n"
                     "vpxord %%zmm19, %%zmm19, %%zmm19\n"
                     "vpxord %%zmm20, %%zmm20, %%zmm20\n"
                     "vpxord %%zmm21, %%zmm21, %%zmm21\n"
                     "vpxord %%zmm22, %%zmm22, %%zmm22\n"
                     "vpxord %%zmm23, %%zmm23, %%zmm23\n"
                     "vpxord %%zmm24, %%zmm24, %%zmm24\n"
                     "vpxord %%zmm25, %%zmm25, %%zmm25\n"
                     "vpxord %%zmm26, %%zmm26, %%zmm26\n"
                     "vpxord %%zmm27, %%zmm27, %%zmm27\n"
                     "vpxord %%zmm28, %%zmm28, %%zmm28\n"
                     "vpxord %%zmm29, %%zmm29, %%zmm29\n"
                     "vpxord %%zmm30, %%zmm30, %%zmm30\n"
                     "vpxord %%zmm31, %%zmm31, %%zmm31\n" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16",
                           "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24",
                           "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
}

#define words_before(last, now) __builtin_shufflevector(last, now, 7, 8, 9, 10, 11, 12, 13, 14)
#define words_nonzero(words)    _mm512_test_epi64_mask((__m512i)(words), (__m512i)(words))
#endif
