#include "rules/validate/luhn.h"

bool luhn_holds(const uint8_t *digits, unsigned count)
{
    /* Every other digit doubled and its digits added, by the digit's character. */
    static const uint8_t doubled[64] = {
        ['0'] = 0, ['1'] = 2, ['2'] = 4, ['3'] = 6, ['4'] = 8,
        ['5'] = 1, ['6'] = 3, ['7'] = 5, ['8'] = 7, ['9'] = 9,
    };
    unsigned sum = 0, i = 0;
    if (count % 2)
        sum = digits[i++] - 48u;
    for (; i + 1 < count; i += 2)
        sum += doubled[digits[i] & 63] + digits[i + 1] - 48u;
    return sum % 10 == 0;
}
