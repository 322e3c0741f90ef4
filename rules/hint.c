#include "rules/hint.h"

#include "rules/simd/bytes16.h"
#include "rules/validate/luhn.h"
#include "rules/view/symbol.h"

#include <string.h>

enum {
    LENGTH_DIGITS = 2,
    CARD_DIGITS_MIN = 12,
    LABEL_BYTES = 144, /* where the number of a field may stand before its value */
    NUMBER_ZEROS = 2,
    JOINER_BYTES = 12, /* two joiners, maybe encoded */
    PAIR_BYTES = 3,
    PAIRS_MAX = 10,
};

static uint8_t lower(uint8_t byte)
{
    return byte < 0x80 ? symbol_lower(byte) : byte;
}

static bool may_hide(uint8_t byte)
{
    return byte >= 0x80 || byte == '\\' || byte == '%' || byte == '&' || byte == '#';
}

bool hint_framed(const uint8_t *text, size_t size, size_t begin, size_t end)
{
    const uint8_t *digits = text + begin;
    unsigned count = (unsigned)(end - begin);
    uint8_t before = begin > 0 ? lower(text[begin - 1]) : 0, after = end < size ? text[end] : 0;
    if (before == 'a' || lower(after) == 'd') /* after 5A, or 5A0A; before the D of tag 57 */
        return true;
    if (count < CARD_DIGITS_MIN + LENGTH_DIGITS)
        return false;
    count -= LENGTH_DIGITS;
    bool length_first = (digits[0] - 48u) * 10 + (digits[1] - 48u) == count;
    return (length_first || after == '=' || may_hide(after)) &&
           luhn_holds(digits + LENGTH_DIGITS, count);
}

/* Which of 16 bytes hide something or are `;` or `=`, of those behind the last newline. */
static unsigned which_hide(const uint8_t *text)
{
    bytes16 bytes = bytes16_load(text);
    unsigned hide = bytes16_mask(bytes16_is_high(bytes) | bytes16_is_escape(bytes) |
                                 bytes16_is(bytes, ';') | bytes16_is(bytes, '='));
    unsigned newlines = hide ? bytes16_mask(bytes16_is(bytes, '\n')) : 0;
    return newlines ? hide & ~0u << (32 - __builtin_clz(newlines)) : hide;
}

/* Whether a letter that a field's label ends in, or its attribute, may stand before `at`; behind
 * digits and other letters only what is encoded may. */
static bool follows_label(const uint8_t *text, size_t at)
{
    uint8_t begin[BYTES16];
    const uint8_t *before = begin;
    if (at >= BYTES16) {
        before = text + at - BYTES16;
    } else {
        memset(begin, '\n', sizeof(begin));
        memcpy(begin + BYTES16 - at, text, at);
    }
    if (which_hide(before) >> (BYTES16 - JOINER_BYTES))
        return true;
    for (unsigned n = 1; n <= JOINER_BYTES && before[BYTES16 - n] != '\n'; n++) {
        uint8_t letter = lower(before[BYTES16 - n]);
        if (symbol_is(letter, CLASS_WORD))
            return letter == 'd' || letter == 'e' || letter == 'f' || letter == 't' ||
                   letter == 'p';
    }
    return false;
}

/* Whether the digits that end before `end` may be the number of a field. */
static bool is_field_number(const uint8_t *text, size_t end)
{
    size_t begin = end;
    uint8_t last = text[end - 1], tens = end > 1 ? text[end - 2] : 0;
    bool two = tens == '3' || tens == '4' || tens == '5';
    if (last != '2' && !(last == '4' && tens == '3') &&
        !(last == '5' && (tens == '3' || tens == '4')))
        return false;
    begin -= two ? 2 : 1;
    for (unsigned n = 0; n < NUMBER_ZEROS && begin > 0 && text[begin - 1] == '0'; n++)
        begin--;
    return begin == 0 || !symbol_is(text[begin - 1], CLASS_DIGIT);
}

/* Whether the byte before `end` hides something, or ends the number of a field that has a label. */
static bool ends_field_number(const uint8_t *text, size_t end)
{
    uint8_t byte = text[end - 1];
    if (may_hide(byte))
        return true;
    if (!symbol_is(byte, CLASS_DIGIT) || symbol_is(text[end], CLASS_DIGIT) ||
        !is_field_number(text, end))
        return false;
    size_t first = end;
    while (first > 0 && symbol_is(text[first - 1], CLASS_DIGIT))
        first--;
    return follows_label(text, first);
}

/* At which of 16 bytes that may be, a bit each. Two bytes are read before them, one behind. */
static unsigned may_end_field_number(const uint8_t *text)
{
    bytes16 now = bytes16_load(text), tens = bytes16_load(text - 1);
    bytes16 more = bytes16_load(text - 2), after = bytes16_load(text + 1);
    bytes16 hides = bytes16_is_high(now) | bytes16_is_escape(now);
    bytes16 three = bytes16_is(tens, '3'), four = bytes16_is(tens, '4');
    bytes16 zero = bytes16_is(tens, '0'), alone = ~bytes16_is_digit(tens);
    bytes16 two_digits = three | four | bytes16_is(tens, '5');
    bytes16 number = (bytes16_is(now, '2') & (alone | zero | two_digits)) |
                     (bytes16_is(now, '4') & three) | (bytes16_is(now, '5') & (three | four));
    number &= alone | bytes16_is(more, '0') | ~bytes16_is_digit(more);
    return bytes16_mask(hides | (number & ~bytes16_is_digit(after)));
}

bool hint_field(const uint8_t *text, size_t begin)
{
    size_t least = begin > LABEL_BYTES ? begin - LABEL_BYTES : 0, at = begin;
    for (; at - least >= BYTES16 + 2; at -= BYTES16) {
        unsigned newlines = bytes16_mask(bytes16_is(bytes16_load(text + at - BYTES16), '\n'));
        unsigned ends = may_end_field_number(text + at - BYTES16);
        if (newlines)
            ends &= ~0u << (32 - __builtin_clz(newlines));
        for (; ends; ends &= ends - 1) {
            if (ends_field_number(text, at - BYTES16 + (unsigned)__builtin_ctz(ends) + 1))
                return true;
        }
        if (newlines)
            return false;
    }
    for (; at > least && text[at - 1] != '\n'; at--) {
        if (ends_field_number(text, at))
            return true;
    }
    return false;
}

/* Whether something that stands for others may be in the bytes before `at`. */
static bool hides_before(const uint8_t *text, size_t at)
{
    if (at < BYTES16)
        return true;
    bytes16 bytes = bytes16_load(text + at - BYTES16);
    return bytes16_mask(bytes16_is_high(bytes) | bytes16_is_escape(bytes)) >>
               (BYTES16 - JOINER_BYTES) !=
           0;
}

bool hint_pin_block(const uint8_t *text, size_t size, size_t at)
{
    size_t after = at + 2, begin = at;
    if (after < size && symbol_is(text[after], CLASS_WORD))
        return false;
    while (begin > 0 && at - begin < NUMBER_ZEROS && text[begin - 1] == '0')
        begin--;
    /* `452` is another field. */
    if (begin > 0 && symbol_is(text[begin - 1], CLASS_DIGIT) && !hides_before(text, begin))
        return false;
    return follows_label(text, begin);
}

bool hint_pairs(const uint8_t *text, size_t at)
{
    for (unsigned n = 0; n < PAIRS_MAX && at >= PAIR_BYTES; n++) {
        at -= PAIR_BYTES;
        if ((text[at] == '5' && (lower(text[at + 1]) == 'a' || text[at + 1] == '7')) ||
            (text[at] == '6' && lower(text[at + 1]) == 'b'))
            return true;
        if (text[at + 2] == '\n' || text[at + 1] == '\n' || text[at] == '\n')
            return false;
    }
    return false;
}
