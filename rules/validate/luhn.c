#include "rules/validate/luhn.h"

#include <endian.h>
#include <string.h>

enum {
    WORD_BYTES = 8,
};

static uint64_t load_values(const uint8_t *digits)
{
    uint64_t word;
    memcpy(&word, digits, sizeof(word));
    return le64toh(word) ^ 0x3030303030303030;
}

/* Every other digit doubled and its digits added, by the digit's character. */
static bool few_hold(const uint8_t *digits, unsigned count)
{
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

/* Eight digits at a time, from the last on: a card number is nearly always the whole of two words.
 */
bool luhn_holds(const uint8_t *digits, unsigned count)
{
    uint64_t lanes = 0;
    unsigned left = count;
    if (count < WORD_BYTES || count > LUHN_DIGITS_MAX)
        return few_hold(digits, count);
    for (; left >= WORD_BYTES; left -= WORD_BYTES)
        lanes += luhn_lanes(load_values(digits + left - WORD_BYTES));
    if (left > 0)
        lanes += luhn_lanes(load_values(digits) << (64 - 8 * left));
    return (lanes * 0x0001000100010001 >> 48) % 10 == 0;
}
