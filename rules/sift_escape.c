#include "rules/sift_near.h"
#include "rules/view/escape.h"

enum {
    NUMBER_DIGITS_MIN = 12,
    ESCAPE_BYTES = 32,    /* more than any escape has */
    BACKSLASHES_MAX = 16, /* more are looked at by the exact search */
};

/* Bytes that may stand in a number or in an escape within it; a high byte may be anything. */
static bool is_span_byte(uint8_t byte)
{
    return byte >= 0x80 || symbol_is(byte, CLASS_SPAN);
}

/* Which of 16 bytes are none of a span, of the most frequent ones. */
static unsigned which_end_span(const uint8_t *text)
{
    bytes16 bytes = bytes16_load(text), small = bytes | 0x20;
    return bytes16_mask((bytes16)(small - 'g' < 'l' - 'g' + 1) | bytes16_is(small, 'o') |
                        (bytes16)(small - 'q' < 2) | bytes16_is(bytes, '/') |
                        bytes16_is(bytes, '=') | bytes16_is(bytes, ':') | bytes16_is(bytes, '"') |
                        bytes16_is(bytes, '\n'));
}

/* Whether the span around `at` is shorter than a number. */
static bool is_short_span(const struct sift *sift, size_t at)
{
    if (at < BYTES16 || sift->size - at < BYTES16)
        return false;
    unsigned left = which_end_span(sift->text + at - BYTES16);
    unsigned right = which_end_span(sift->text + at);
    if (left == 0 || right == 0)
        return false;
    unsigned before = (unsigned)__builtin_clz(left) - (32 - BYTES16);
    return before + (unsigned)__builtin_ctz(right) < NUMBER_DIGITS_MIN;
}

/* Whether the span around `at` has digits enough for a number. */
static bool span_holds_number(struct sift *sift, size_t at)
{
    if (is_short_span(sift, at))
        return false;
    if (at >= sift->span_begin && at < sift->span_end)
        return sift->span_holds;
    size_t begin = at, end = at;
    unsigned digits = 0;
    while (begin > 0 && is_span_byte(sift->text[begin - 1])) {
        begin--;
        digits += is_digit(sift->text[begin]) || sift->text[begin] >= 0x80;
    }
    while (end < sift->size && is_span_byte(sift->text[end])) {
        digits += is_digit(sift->text[end]) || sift->text[end] >= 0x80;
        end++;
    }
    sift->span_begin = begin;
    sift->span_end = end;
    sift->span_holds = digits >= NUMBER_DIGITS_MIN;
    return sift->span_holds;
}

/* Whether what `\\` leaves may be an escape again. */
static bool backslash_goes_on(const struct sift *sift, size_t at)
{
    for (unsigned n = 0; byte_at(sift, at) == '\\'; n++, at++) {
        if (n == BACKSLASHES_MAX)
            return true;
    }
    uint8_t name = byte_at(sift, at), next = byte_at(sift, at + 1);
    bool hex = symbol_is(next < 0x80 ? next : 0, CLASS_HEX) || next >= 0x80 || next == '\\' ||
               next == '%' || next == '&';
    return name == '%' || name == '&' || name >= 0x80 || ((name == 'u' || name == 'x') && hex);
}

/* Whether the symbol may be of what begins a frame and need not stand near other digits: the 52 of
 * a field, base64. */
static bool is_frame_digit(uint8_t symbol)
{
    uint8_t digit = symbol >= SYMBOL_DIGIT ? (uint8_t)(symbol - SYMBOL_DIGIT + '0') : symbol;
    return (digit >= '2' && digit <= '5') || digit == '9';
}

/* `symbol` is what the escape of `length` bytes at `at` becomes in view 1. */
static bool sift_decoded(struct sift *sift, size_t at, size_t length, uint8_t symbol)
{
    uint8_t last = sift->text[at + length - 1], next = byte_at(sift, at + length);
    if (symbol == '\\' && sift->text[at] == '\\')
        return backslash_goes_on(sift, at + length) || span_holds_number(sift, at);
    if (symbol == '\\' || symbol == '%' || symbol == '&' || symbol == '#' || symbol == ';' ||
        symbol_is(symbol, CLASS_LETTER))
        return true;
    bool digit = symbol_is(symbol, CLASS_DIGIT) || symbol >= SYMBOL_DIGIT;
    if (digit && (follows_partial_escape(sift, at) || is_frame_digit(symbol)))
        return true;
    /* An escape that ends in a digit hides where the number behind it begins. */
    if (digit || symbol_is(symbol, CLASS_SEPARATOR) || symbol == '+' ||
        (is_digit(last) && (is_digit(next) || next >= 0x80 || next == '%' || next == '\\')))
        return span_holds_number(sift, at);
    return false;
}

/* A character above ASCII. */
static bool sift_character(struct sift *sift, size_t at)
{
    uint32_t code_point;
    unsigned length = symbol_utf8(sift->text + at, sift->size - at, &code_point);
    uint8_t symbol = length ? symbol_of(code_point) : (uint8_t)SYMBOL_INVALID;
    if (symbol != SYMBOL_BLANK && symbol != SYMBOL_DASH && symbol < SYMBOL_DIGIT)
        return false;
    return span_holds_number(sift, at) ||
           (symbol >= SYMBOL_DIGIT && follows_partial_escape(sift, at)) || is_frame_digit(symbol);
}

/* An escape that begins with an ASCII character. */
static bool sift_written(struct sift *sift, size_t at)
{
    uint8_t symbol;
    size_t size = sift->size - at;
    uint32_t length = escape_read(
        sift->text + at, (uint32_t)(size < ESCAPE_BYTES ? size : ESCAPE_BYTES), 0, 1, &symbol);
    return length && sift_decoded(sift, at, length, symbol);
}

bool sift_escape(struct sift *sift, size_t at)
{
    uint8_t first = sift->text[at];
    if (first >= 0x80)
        return sift_character(sift, at);
    /* `&#011` is a reference, or `&` and the escape `#011`. */
    if (first == '#' && at > 0 && sift->text[at - 1] == '&' && sift_written(sift, at - 1))
        return true;
    return sift_written(sift, at);
}
