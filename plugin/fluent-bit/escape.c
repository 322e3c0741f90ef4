#include "plugin/fluent-bit/escape.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* 16 bytes at a time; GCC's and clang's vectors are plain C for every processor. */
typedef uint8_t vector __attribute__((vector_size(16)));

enum {
    VECTOR_BYTES = sizeof(vector),
    BLOCK_BYTES = 64,
    BLOCK_VECTORS = BLOCK_BYTES / VECTOR_BYTES,
};

_Static_assert((int)ESCAPE_SPARE_BYTES >= (int)BLOCK_BYTES, "a block is written as a whole");

static inline vector hits(vector bytes)
{
    return (vector)(bytes < 0x20) | (vector)(bytes == '"') | (vector)(bytes == '\\');
}

/* One bit for each byte of a comparison. */
static inline uint64_t hit_mask(vector hit)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)hit);
#else
    uint64_t mask = 0;
    for (unsigned i = 0; i < VECTOR_BYTES; i++)
        mask |= (uint64_t)(hit[i] & 1) << i;
    return mask;
#endif
}

static inline int has_hit(vector hit)
{
#ifdef __SSE2__
    return _mm_movemask_epi8((__m128i)hit) != 0;
#else
    uint64_t halves[2];
    memcpy(halves, &hit, sizeof halves);
    return (halves[0] | halves[1]) != 0;
#endif
}

/* Copies a block; one bit for each of its bytes that needs an escape. */
static inline uint64_t copy_block(char *out, const uint8_t *data)
{
    vector hit[BLOCK_VECTORS];
    for (unsigned i = 0; i < BLOCK_VECTORS; i++) {
        vector bytes;
        memcpy(&bytes, data + i * VECTOR_BYTES, VECTOR_BYTES);
        memcpy(out + i * VECTOR_BYTES, &bytes, VECTOR_BYTES);
        hit[i] = hits(bytes);
    }
    if (!has_hit((hit[0] | hit[1]) | (hit[2] | hit[3])))
        return 0;
    uint64_t mask = 0;
    for (unsigned i = 0; i < BLOCK_VECTORS; i++)
        mask |= hit_mask(hit[i]) << (i * VECTOR_BYTES);
    return mask;
}

static char *escape_byte(char *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    *out++ = '\\';
    if (byte >= 0x20) {
        *out++ = (char)byte;
    } else if (letters[byte]) {
        *out++ = letters[byte];
    } else {
        memcpy(out, "u00", 3);
        out[3] = hex[byte >> 4];
        out[4] = hex[byte & 15];
        out += 5;
    }
    return out;
}

/* Writes the bytes of `block` that `mask` marks as escapes, and behind each of them the others
 * anew, always as many as a block, which costs less than to count them: two blocks can be read.
 * `out` is where the block was copied to; `size` bytes of it belong to the string. */
static char *escape_block(char *out, const uint8_t *block, size_t size, uint64_t mask)
{
    size_t done = 0;
    do {
        size_t at = (size_t)__builtin_ctzll(mask);
        mask &= mask - 1;
        out = escape_byte(out + (at - done), block[at]);
        done = at + 1;
        memcpy(out, block + done, BLOCK_BYTES);
    } while (mask);
    return out + (size - done);
}

/* Of `size` bytes the first block, of which and of the one behind it all can be read. */
static inline char *escape_first(char *out, const uint8_t *block, size_t size)
{
    uint64_t mask = copy_block(out, block) & (UINT64_MAX >> (BLOCK_BYTES - size));
    return mask ? escape_block(out, block, size, mask) : out + size;
}

/* Near the end of what can be read. */
static __attribute__((noinline)) char *escape_last(char *out, const uint8_t *data, size_t size)
{
    uint8_t blocks[2 * BLOCK_BYTES] = {0};
    while (size > 0) {
        size_t taken = size < BLOCK_BYTES ? size : BLOCK_BYTES;
        memcpy(blocks, data, taken);
        out = escape_first(out, blocks, taken);
        data += taken;
        size -= taken;
    }
    return out;
}

char *escape_text(char *out, const uint8_t *data, size_t size, const uint8_t *end)
{
    while (size > 0) {
        size_t taken = size < BLOCK_BYTES ? size : BLOCK_BYTES;
        if (__builtin_expect((size_t)(end - data) < 2 * BLOCK_BYTES, 0))
            return escape_last(out, data, size);
        out = escape_first(out, data, taken);
        data += taken;
        size -= taken;
    }
    return out;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The bytes that the escape at `at` takes, and what it stands for; 0: it is none of ours. */
static size_t read_escape(const char *at, size_t size, char *ret_byte)
{
    static const char letters[] = "\"\"\\\\b\bt\tn\nf\fr\r";
    if (size < 2)
        return 0;
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == at[1]) {
            *ret_byte = letters[i + 1];
            return 2;
        }
    }
    if (size < 6 || memcmp(at + 1, "u00", 3) != 0 || hex_value(at[4]) < 0 || hex_value(at[5]) < 0)
        return 0;
    *ret_byte = (char)(hex_value(at[4]) << 4 | hex_value(at[5]));
    return 6;
}

size_t escape_undo(const char *content, size_t size, char *output)
{
    size_t written = 0;
    for (size_t at = 0; at < size;) {
        const char *escape = memchr(content + at, '\\', size - at);
        size_t plain = (escape ? (size_t)(escape - content) : size) - at;
        memmove(output + written, content + at, plain);
        written += plain;
        at += plain;
        if (!escape)
            break;
        char byte = '\\';
        size_t taken = read_escape(content + at, size - at, &byte);
        output[written++] = byte;
        at += taken > 0 ? taken : 1;
    }
    return written;
}
