#ifndef RULES_SIMD_BYTES16_H
#define RULES_SIMD_BYTES16_H
/* 16 bytes at once, in the compiler's own vectors: for what looks at a hundred bytes here and
 * there, where a function of another instruction set (kernel.h) would cost more than it saves. */
#include <endian.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    BYTES16 = 16,
};

/* As truth values each byte is 0 or 0xFF. */
typedef uint8_t bytes16 __attribute__((vector_size(BYTES16)));

static inline bytes16 bytes16_load(const uint8_t *text)
{
    bytes16 bytes;
    memcpy(&bytes, text, sizeof(bytes));
    return bytes;
}

static inline bytes16 bytes16_is(bytes16 bytes, uint8_t byte)
{
    return (bytes16)(bytes == byte);
}

static inline bytes16 bytes16_is_digit(bytes16 bytes)
{
    return (bytes16)(bytes - (uint8_t)'0' < (uint8_t)10);
}

static inline bytes16 bytes16_is_high(bytes16 bytes)
{
    return (bytes16)(bytes >= (uint8_t)0x80);
}

/* What an escape in ASCII begins with, but for `+`. */
static inline bytes16 bytes16_is_escape(bytes16 bytes)
{
    return bytes16_is(bytes, '\\') | bytes16_is(bytes, '%') | bytes16_is(bytes, '&') |
           bytes16_is(bytes, '#');
}

/* A bit for each byte that is true. */
static inline unsigned bytes16_mask(bytes16 truth)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)truth);
#else
    uint64_t halves[2];
    memcpy(halves, &truth, sizeof(halves));
    for (unsigned i = 0; i < 2; i++)
        halves[i] =
            (le64toh(halves[i]) & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >>
            56;
    return (unsigned)(halves[0] | halves[1] << 8);
#endif
}
#endif
