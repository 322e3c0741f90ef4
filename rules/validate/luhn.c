#include "rules/validate/luhn.h"

bool luhn_holds(const uint8_t *digits, unsigned count)
{
    static const uint8_t doubled[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
    unsigned sum = 0;
    for (unsigned i = count; i > 0; i--) {
        unsigned digit = digits[i - 1] - '0';
        sum += (count - i) % 2 ? doubled[digit] : digit;
    }
    return sum % 10 == 0;
}
