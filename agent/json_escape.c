/* Almost every byte of a log passes as it is, so the loop copies 16 bytes first and asks afterwards
 * whether one of them was special. */
#include "agent/json_escape.h"

#include "agent/utf8.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    STEP = 16,
    WORST_GROWTH = 6, /* \u00XX; an ill-formed byte becomes 3 */
    COUNTED_SIZE_MIN =
        1024, /* from here on counting is cheaper than the memory of the worst case */
};

/* The shortest escape of RFC 8259 section 7; returns the bytes written. */
static size_t escape_one(unsigned char byte, char *output)
{
    static const char letters[] = "btnvfr";
    static const char hex[] = "0123456789abcdef";
    output[0] = '\\';
    if (byte == '"' || byte == '\\') {
        output[1] = (char)byte;
        return 2;
    }
    if (byte >= '\b' && byte <= '\r' && byte != '\v') {
        output[1] = letters[byte - '\b'];
        return 2;
    }
    memcpy(output + 1, "u00", 3);
    output[4] = hex[byte >> 4];
    output[5] = hex[byte & 15];
    return 6;
}

static int is_special(unsigned char byte)
{
    return byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
}

/* Copies the 16 bytes; returns how many of them, from the first, are plain. */
static unsigned copy_step(const char *text, char *output)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)text);
    _mm_storeu_si128((__m128i *)output, bytes);
    /* Signed compare: bytes from 0x80 up are negative, so below a blank with the controls. */
    __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                   _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    unsigned mask = (unsigned)_mm_movemask_epi8(special);
    return mask == 0 ? STEP : (unsigned)__builtin_ctz(mask);
#else
    memcpy(output, text, STEP);
    unsigned plain = 0;
    while (plain < STEP && !is_special((unsigned char)text[plain]))
        plain++;
    return plain;
#endif
}

/* Writes the special sequence at the start of the text; returns the bytes written. */
static size_t write_special(const char *text, size_t size, size_t *ret_taken, char *output,
                            size_t *repaired)
{
    if (!(*text & 0x80)) {
        *ret_taken = 1;
        return escape_one((unsigned char)*text, output);
    }
    size_t length = utf8_sequence(text, size, ret_taken);
    if (length == 0) {
        ++*repaired;
        memcpy(output, UTF8_REPLACEMENT, 3);
        return 3;
    }
    *ret_taken = length;
    memcpy(output, text, length);
    return length;
}

size_t json_escape_bound(const char *text, size_t size)
{
    if (size < COUNTED_SIZE_MIN)
        return size * WORST_GROWTH + STEP;
    size_t growth = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        growth += (byte < 0x20 || byte == '"' || byte == '\\') * (WORST_GROWTH - 1);
        growth += (size_t)(byte >> 7) * 2;
    }
    return size + growth + STEP;
}

size_t json_escape(const char *text, size_t size, char *output, size_t *repaired)
{
    char *out = output;
    while (size > 0) {
        unsigned plain;
        if (size >= STEP) {
            plain = copy_step(text, out);
        } else {
            /* The end, from a step that may be read whole; the bound has room for it. */
            char tail[STEP] = {0};
            memcpy(tail, text, size);
            plain = copy_step(tail, out); /* a zero is special, so no further than the end */
        }
        out += plain;
        text += plain;
        size -= plain;
        while (size > 0 && is_special((unsigned char)*text)) {
            size_t taken;
            out += write_special(text, size, &taken, out, repaired);
            text += taken;
            size -= taken;
        }
    }
    return (size_t)(out - output);
}
