#include "rules/view/symbol.h"

#include <stddef.h>

#define DIGIT     CLASS_DIGIT | CLASS_HEX | CLASS_SPAN
#define HEX_LOWER CLASS_LOWER | CLASS_HEX | CLASS_SPAN
#define HEX_UPPER CLASS_UPPER | CLASS_HEX | CLASS_SPAN

const uint16_t symbol_classes[256] = {
    ['\t'] = CLASS_BLANK | CLASS_SPAN,
    [' '] = CLASS_BLANK | CLASS_SPAN,
    ['"'] = CLASS_QUOTE,
    ['#'] = CLASS_MASK | CLASS_ESCAPE | CLASS_SPAN,
    ['%'] = CLASS_ESCAPE | CLASS_SPAN,
    ['&'] = CLASS_ESCAPE | CLASS_SPAN,
    ['\''] = CLASS_QUOTE,
    ['('] = CLASS_PUNCTUATION,
    [')'] = CLASS_PUNCTUATION,
    ['*'] = CLASS_MASK,
    ['+'] = CLASS_ESCAPE | CLASS_SPAN,
    [','] = CLASS_PUNCTUATION,
    ['-'] = CLASS_DASH | CLASS_SPAN,
    ['.'] = CLASS_DOT | CLASS_SPAN,
    ['0'] = DIGIT,
    ['1'] = DIGIT,
    ['2'] = DIGIT,
    ['3'] = DIGIT,
    ['4'] = DIGIT,
    ['5'] = DIGIT,
    ['6'] = DIGIT,
    ['7'] = DIGIT,
    ['8'] = DIGIT,
    ['9'] = DIGIT,
    [':'] = CLASS_PUNCTUATION,
    [';'] = CLASS_PUNCTUATION | CLASS_SPAN,
    ['<'] = CLASS_PUNCTUATION,
    ['='] = CLASS_PUNCTUATION,
    ['>'] = CLASS_PUNCTUATION,
    ['A'] = HEX_UPPER,
    ['B'] = HEX_UPPER,
    ['C'] = HEX_UPPER | CLASS_CORE,
    ['D'] = HEX_UPPER,
    ['E'] = HEX_UPPER,
    ['F'] = HEX_UPPER,
    ['G'] = CLASS_UPPER,
    ['H'] = CLASS_UPPER,
    ['I'] = CLASS_UPPER,
    ['J'] = CLASS_UPPER,
    ['K'] = CLASS_UPPER,
    ['L'] = CLASS_UPPER,
    ['M'] = CLASS_UPPER,
    ['N'] = CLASS_UPPER,
    ['O'] = CLASS_UPPER,
    ['P'] = CLASS_UPPER | CLASS_CORE,
    ['Q'] = CLASS_UPPER,
    ['R'] = CLASS_UPPER,
    ['S'] = CLASS_UPPER | CLASS_CORE,
    ['T'] = CLASS_UPPER,
    ['U'] = CLASS_UPPER,
    ['V'] = CLASS_UPPER | CLASS_CORE,
    ['W'] = CLASS_UPPER,
    ['X'] = CLASS_UPPER | CLASS_MASK | CLASS_SPAN,
    ['Y'] = CLASS_UPPER,
    ['Z'] = CLASS_UPPER,
    ['['] = CLASS_PUNCTUATION,
    ['\\'] = CLASS_ESCAPE | CLASS_SPAN,
    [']'] = CLASS_PUNCTUATION,
    ['_'] = CLASS_MASK,
    ['`'] = CLASS_QUOTE,
    ['a'] = HEX_LOWER,
    ['b'] = HEX_LOWER,
    ['c'] = HEX_LOWER | CLASS_CORE,
    ['d'] = HEX_LOWER,
    ['e'] = HEX_LOWER,
    ['f'] = HEX_LOWER,
    ['g'] = CLASS_LOWER,
    ['h'] = CLASS_LOWER,
    ['i'] = CLASS_LOWER,
    ['j'] = CLASS_LOWER,
    ['k'] = CLASS_LOWER,
    ['l'] = CLASS_LOWER,
    ['m'] = CLASS_LOWER | CLASS_SPAN,
    ['n'] = CLASS_LOWER | CLASS_SPAN,
    ['o'] = CLASS_LOWER,
    ['p'] = CLASS_LOWER | CLASS_SPAN | CLASS_CORE,
    ['q'] = CLASS_LOWER,
    ['r'] = CLASS_LOWER,
    ['s'] = CLASS_LOWER | CLASS_SPAN | CLASS_CORE,
    ['t'] = CLASS_LOWER | CLASS_SPAN,
    ['u'] = CLASS_LOWER | CLASS_SPAN,
    ['v'] = CLASS_LOWER | CLASS_CORE,
    ['w'] = CLASS_LOWER,
    ['x'] = CLASS_LOWER | CLASS_MASK | CLASS_SPAN,
    ['y'] = CLASS_LOWER,
    ['z'] = CLASS_LOWER,
    ['{'] = CLASS_PUNCTUATION,
    ['}'] = CLASS_PUNCTUATION,
    [SYMBOL_BLANK] = CLASS_BLANK,
    [SYMBOL_DASH] = CLASS_DASH,
    [SYMBOL_BULLET] = CLASS_MASK,
    [SYMBOL_INVALID] = CLASS_BOUNDARY,
    [SYMBOL_INERT] = CLASS_BOUNDARY,
    [SYMBOL_DIGIT + 0] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 1] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 2] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 3] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 4] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 5] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 6] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 7] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 8] = CLASS_ESCAPE,
    [SYMBOL_DIGIT + 9] = CLASS_ESCAPE,
};

/* Unicode 15.0, general category Nd, above ASCII: each range is one or more times 0…9. */
static const struct {
    uint32_t first, last;
} decimal_digits[] = {
    {0x00660, 0x00669}, {0x006F0, 0x006F9}, {0x007C0, 0x007C9}, {0x00966, 0x0096F},
    {0x009E6, 0x009EF}, {0x00A66, 0x00A6F}, {0x00AE6, 0x00AEF}, {0x00B66, 0x00B6F},
    {0x00BE6, 0x00BEF}, {0x00C66, 0x00C6F}, {0x00CE6, 0x00CEF}, {0x00D66, 0x00D6F},
    {0x00DE6, 0x00DEF}, {0x00E50, 0x00E59}, {0x00ED0, 0x00ED9}, {0x00F20, 0x00F29},
    {0x01040, 0x01049}, {0x01090, 0x01099}, {0x017E0, 0x017E9}, {0x01810, 0x01819},
    {0x01946, 0x0194F}, {0x019D0, 0x019D9}, {0x01A80, 0x01A89}, {0x01A90, 0x01A99},
    {0x01B50, 0x01B59}, {0x01BB0, 0x01BB9}, {0x01C40, 0x01C49}, {0x01C50, 0x01C59},
    {0x0A620, 0x0A629}, {0x0A8D0, 0x0A8D9}, {0x0A900, 0x0A909}, {0x0A9D0, 0x0A9D9},
    {0x0A9F0, 0x0A9F9}, {0x0AA50, 0x0AA59}, {0x0ABF0, 0x0ABF9}, {0x0FF10, 0x0FF19},
    {0x104A0, 0x104A9}, {0x10D30, 0x10D39}, {0x11066, 0x1106F}, {0x110F0, 0x110F9},
    {0x11136, 0x1113F}, {0x111D0, 0x111D9}, {0x112F0, 0x112F9}, {0x11450, 0x11459},
    {0x114D0, 0x114D9}, {0x11650, 0x11659}, {0x116C0, 0x116C9}, {0x11730, 0x11739},
    {0x118E0, 0x118E9}, {0x11950, 0x11959}, {0x11C50, 0x11C59}, {0x11D50, 0x11D59},
    {0x11DA0, 0x11DA9}, {0x11F50, 0x11F59}, {0x16A60, 0x16A69}, {0x16AC0, 0x16AC9},
    {0x16B50, 0x16B59}, {0x1D7CE, 0x1D7FF}, {0x1E140, 0x1E149}, {0x1E2F0, 0x1E2F9},
    {0x1E4F0, 0x1E4F9}, {0x1E950, 0x1E959}, {0x1FBF0, 0x1FBF9}};

static uint8_t decimal_digit_of(uint32_t code_point)
{
    size_t low = 0, high = sizeof(decimal_digits) / sizeof(decimal_digits[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code_point > decimal_digits[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == sizeof(decimal_digits) / sizeof(decimal_digits[0]) ||
        code_point < decimal_digits[low].first)
        return SYMBOL_OTHER;
    return (uint8_t)(SYMBOL_DIGIT + (code_point - decimal_digits[low].first) % 10);
}

uint8_t symbol_of(uint32_t code_point)
{
    if (code_point < 0x80)
        return (uint8_t)code_point;
    if (code_point == 0xA0 || code_point == 0xAD ||
        (code_point >= 0x2000 && code_point <= 0x200F) || code_point == 0x202F ||
        code_point == 0x2060 || code_point == 0x3000 || code_point == 0xFEFF)
        return SYMBOL_BLANK;
    if ((code_point >= 0x2010 && code_point <= 0x2015) || code_point == 0x2212 ||
        code_point == 0xFE63 || code_point == 0xFF0D)
        return SYMBOL_DASH;
    if (code_point == 0x2022)
        return SYMBOL_BULLET;
    if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
        return SYMBOL_INVALID;
    return decimal_digit_of(code_point);
}

unsigned symbol_utf8(const uint8_t *text, uint64_t size, uint32_t *ret_code_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text[0];
    if (lead < 0x80) {
        *ret_code_point = lead;
        return 1;
    }
    unsigned length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > size)
        return 0;
    uint32_t code_point = lead & (0x7Fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        code_point = code_point << 6 | (text[i] & 0x3F);
    }
    if (code_point < smallest[length] || code_point > 0x10FFFF ||
        (code_point >= 0xD800 && code_point <= 0xDFFF))
        return 0;
    *ret_code_point = code_point;
    return length;
}
