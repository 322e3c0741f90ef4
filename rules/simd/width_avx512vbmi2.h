#ifndef RULES_SIMD_WIDTH_AVX512VBMI2_H
#define RULES_SIMD_WIDTH_AVX512VBMI2_H
/* Width operations of 64 bytes, where a lookup has 128 entries and a shift two words. See
 * kernel_key.h for what the kernels do without. */
#include "rules/simd/width_avx512bw.h"

#define VECTOR_ASCII_TABLE 1

struct ascii_table {
    vector first, second; /* of the bytes from 0x00 on, from 0x40 on */
};

static inline struct ascii_table ascii_table(const uint8_t *low, const uint8_t *high)
{
    const vector lane =
        _mm512_set_epi64(0x0303030303030303, 0x0303030303030303, 0x0202020202020202,
                         0x0202020202020202, 0x0101010101010101, 0x0101010101010101, 0, 0);
    vector four = _mm512_set1_epi8(4);
    return (struct ascii_table){
        vector_and(vector_table(low), vector_lookup(vector_table(high), lane)),
        vector_and(vector_table(low),
                   vector_lookup(vector_table(high), _mm512_add_epi8(lane, four))),
    };
}

static inline vector ascii_lookup(struct ascii_table table, vector text, vector high)
{
    (void)high;
    return _mm512_permutex2var_epi8(table.first, text, table.second);
}

#define words_moved(before, now, count)                                                            \
    ((words)_mm512_shldi_epi64((__m512i)(now), (__m512i)(before), count))
#endif
