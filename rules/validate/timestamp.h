#ifndef RULES_VALIDATE_TIMESTAMP_H
#define RULES_VALIDATE_TIMESTAMP_H
/* Numbers that are times (contract 2.6). */
#include <stdbool.h>
#include <stdint.h>

/* YYYYMMDDhhmmss, or a count of s, ms, µs or ns since 1970, by its length. `digits` are ASCII. */
bool timestamp_is(const uint8_t *digits, unsigned count);
#endif
