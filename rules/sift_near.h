#ifndef RULES_SIFT_NEAR_H
#define RULES_SIFT_NEAR_H
/* What the parts of the sift ask of the bytes around a place. */
#include "rules/sift.h"
#include "rules/simd/bytes16.h"
#include "rules/view/symbol.h"

enum {
    SIFT_PARTIAL_BYTES = 8,  /* before a byte, where an escape that it ends may begin */
    SIFT_LINK_BYTES_MAX = 3, /* between groups of one number */
};

static inline bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* What may be a separator in some view: `+` between digits becomes a blank. */
static inline bool is_link(uint8_t byte)
{
    return byte == '+' || (byte < 0x80 && symbol_is(byte, CLASS_SEPARATOR));
}

static inline uint8_t byte_at(const struct sift *sift, size_t at)
{
    return at < sift->size ? sift->text[at] : (uint8_t)'\n';
}

static inline uint8_t lower_at(const struct sift *sift, size_t at)
{
    uint8_t byte = byte_at(sift, at);
    return byte < 0x80 ? symbol_lower(byte) : byte;
}

static inline bool has_word(const struct sift *sift, size_t at, const char *word)
{
    for (; *word; word++, at++) {
        if (lower_at(sift, at) != (uint8_t)*word)
            return false;
    }
    return true;
}

/* Whether one of the few bytes before `at` may begin an escape that is not complete in view 0. */
static inline bool follows_partial_escape(const struct sift *sift, size_t at)
{
    if (at >= BYTES16)
        return bytes16_mask(bytes16_is_escape(bytes16_load(sift->text + at - BYTES16))) >>
                   (BYTES16 - SIFT_PARTIAL_BYTES) !=
               0;
    size_t least = at > SIFT_PARTIAL_BYTES ? at - SIFT_PARTIAL_BYTES : 0;
    for (; at > least; at--) {
        uint8_t byte = sift->text[at - 1];
        if (byte == '%' || byte == '\\' || byte == '&' || byte == '#')
            return true;
    }
    return false;
}

/* Each for the events of its kind, and the places they are at (kernel.h). */
bool sift_escape(struct sift *sift, size_t at);
bool sift_keyword(struct sift *sift, size_t at);
bool sift_number_long(const struct sift *sift, size_t at);
bool sift_number_grouped(const struct sift *sift, size_t at);
bool sift_number_halves(const struct sift *sift, size_t at);
bool sift_number_small(const struct sift *sift, size_t at);
#endif
