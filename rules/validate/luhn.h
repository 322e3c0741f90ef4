#ifndef RULES_VALIDATE_LUHN_H
#define RULES_VALIDATE_LUHN_H
/* ISO/IEC 7812-1 annex B. */
#include <stdbool.h>
#include <stdint.h>

/* The most digits that are added up in the lanes of one word; more take longer. */
#define LUHN_DIGITS_MAX 64

/* The sums of eight digits' values, the first in the lowest byte, of which every other one, from
 * the first on, is doubled: in four lanes of 16 bits. */
static inline uint64_t luhn_lanes(uint64_t values)
{
    uint64_t doubled = (values & 0x00FF00FF00FF00FF) << 1, once = values >> 8 & 0x00FF00FF00FF00FF;
    uint64_t carries = (doubled + 0x0076007600760076) >> 7 & 0x0001000100010001;
    return doubled - carries * 9 + once;
}

/* `digits` are ASCII. */
bool luhn_holds(const uint8_t *digits, unsigned count);
#endif
