/* Telephone numbers in the international form, ITU-T E.164 and E.123: `+`, a country code that is
 * assigned, 8–15 digits in all. */
#include "rules/match/detector.h"

#include <stddef.h>
#include <string.h>

enum {
    DIGITS_MIN = 8,
    DIGITS_MAX = 15,
    SEPARATORS_MAX = 2,
};

/* Country codes are prefix-free: 1 and 7 alone, these of two digits, the rest of three. */
static bool is_assigned(const char *digits)
{
    static const char two[] =
        "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 "
        "56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    static const char three[] = "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 "
                                "99";
    if (digits[0] == '1' || digits[0] == '7')
        return true;
    for (const char *list = two; list; list = list == two ? three : NULL) {
        for (const char *code = list; *code; code += code[2] ? 3 : 2) {
            if (memcmp(code, digits, 2) == 0)
                return true;
        }
    }
    return false;
}

static bool is_separator(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_BLANK | CLASS_DASH | CLASS_DOT) || symbol == '(' ||
           symbol == ')';
}

bool phone_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    char digits[DIGITS_MAX + 1];
    unsigned count = 0, separators = 0, dots = 0;
    uint32_t end = at + 1, place = at + 1;
    uint8_t before = detector_before(view, at);
    if (symbol_is(before, CLASS_WORD) || before == '+' || before == '_')
        return false;
    for (; separators <= SEPARATORS_MAX; place++) {
        uint8_t symbol = detector_unit(view, place);
        if (symbol_is(symbol, CLASS_DIGIT)) {
            if (count == DIGITS_MAX)
                return false;
            digits[count++] = (char)symbol;
            separators = 0;
            end = place + 1;
        } else if (is_separator(symbol)) {
            separators++;
            dots += symbol_is(symbol, CLASS_DOT) != 0;
        } else {
            break;
        }
    }
    uint8_t after = detector_unit(view, end);
    if (count < DIGITS_MIN || symbol_is(after, CLASS_LETTER) || after == '_' ||
        !is_assigned(digits))
        return false;
    /* One dot is that of a decimal fraction. */
    if (dots == 1 && symbol_is(after, CLASS_DOT) == 0)
        return false;
    *ret_begin = at;
    *ret_end = end;
    return true;
}
