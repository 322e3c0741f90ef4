#ifndef RULES_VALIDATE_TIMESTAMP_H
#define RULES_VALIDATE_TIMESTAMP_H
/* Numbers that are times or addresses (contract 2.6). */
#include <stdbool.h>
#include <stdint.h>

/* YYYYMMDDhhmmss, or a count of s, ms, µs or ns since 1970, by its length. `digits` are ASCII. */
bool timestamp_is(const uint8_t *digits, unsigned count);

/* Whether it is from 0x7F0000000000 to 0x7FFFFFFFFFFF, where Linux on 64 bits puts the stacks of
 * threads: glibc's pthread_t, and so `tid` in logs, is such a number. */
bool timestamp_is_address(const uint8_t *digits, unsigned count);
#endif
