#ifndef RULES_VIEW_SYMBOL_H
#define RULES_VIEW_SYMBOL_H
/* One byte a unit (contract 1.2): all that the rules ask of a character.
 *
 * ASCII stands for itself; the characters above it that some rule knows have a symbol of their own,
 * all others share SYMBOL_OTHER. */
#include <stdbool.h>
#include <stdint.h>

enum symbol {
    SYMBOL_BLANK = 0x80,   /* a blank other than space and tab */
    SYMBOL_DASH = 0x81,    /* a dash other than `-` */
    SYMBOL_BULLET = 0x82,  /* U+2022, a mask */
    SYMBOL_OTHER = 0x83,   /* any other character above ASCII */
    SYMBOL_INVALID = 0x84, /* no character: a boundary, matches nothing */
    SYMBOL_INERT = 0x85,   /* part of a replacement (contract 1.6): a boundary */
    SYMBOL_DIGIT = 0x90,   /* + 0…9: a decimal digit of another script */
};

enum symbol_class {
    CLASS_DIGIT = 1 << 0,
    CLASS_LOWER = 1 << 1,
    CLASS_UPPER = 1 << 2,
    CLASS_BLANK = 1 << 3,
    CLASS_DASH = 1 << 4,
    CLASS_DOT = 1 << 5,
    CLASS_MASK = 1 << 6,
    CLASS_QUOTE = 1 << 7,
    CLASS_HEX = 1 << 8,
    CLASS_ESCAPE = 1 << 9,       /* may begin an escape */
    CLASS_BOUNDARY = 1 << 10,    /* invalid or inert */
    CLASS_PUNCTUATION = 1 << 11, /* brackets and = : , ; which end a context (contract 2.7) */
    CLASS_SPAN = 1 << 12,        /* ASCII that may stand in a number or in an escape within one */
    CLASS_CORE = 1 << 13,        /* letters that a label of contract 3 may begin with */
    CLASS_LETTER = CLASS_LOWER | CLASS_UPPER,
    CLASS_WORD = CLASS_LETTER | CLASS_DIGIT,
    CLASS_SEPARATOR = CLASS_BLANK | CLASS_DASH | CLASS_DOT,
};

extern const uint16_t symbol_classes[256];

static inline unsigned symbol_is(uint8_t symbol, unsigned classes)
{
    return symbol_classes[symbol] & classes;
}

/* Lower-case of an ASCII letter, any other symbol as it is. */
static inline uint8_t symbol_lower(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_UPPER) ? (uint8_t)(symbol | 0x20) : symbol;
}

/* Value of a hex digit. */
static inline unsigned symbol_hex(uint8_t symbol)
{
    return symbol <= '9' ? symbol - 48u : (symbol | 0x20u) - 87u;
}

/* The symbol of a code point; SYMBOL_INVALID for a surrogate or above U+10FFFF. */
uint8_t symbol_of(uint32_t code_point);

/* Reads one UTF-8 character (RFC 3629) of at most `size` > 0 bytes. Returns its length and sets
 * `ret_code_point`, or returns 0 where none is well-formed. */
unsigned symbol_utf8(const uint8_t *text, uint64_t size, uint32_t *ret_code_point);
#endif
