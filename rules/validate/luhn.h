#ifndef RULES_VALIDATE_LUHN_H
#define RULES_VALIDATE_LUHN_H
/* ISO/IEC 7812-1 annex B. */
#include <stdbool.h>
#include <stdint.h>

/* `digits` are ASCII. */
bool luhn_holds(const uint8_t *digits, unsigned count);
#endif
