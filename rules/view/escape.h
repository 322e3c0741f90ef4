#ifndef RULES_VIEW_ESCAPE_H
#define RULES_VIEW_ESCAPE_H
/* The forms of contract 1.3. */
#include <stdint.h>

enum {
    ESCAPE_ROUNDS = 8,       /* rounds that are made at most */
    ESCAPE_ROUNDS_SHORT = 3, /* rounds of percent, `+`, XML and `#` + octal */
};

/* Reads the escape that begins at unit `at` of `size` in round `round` (from 1). Returns how many
 * units it has and sets `ret_symbol`; 0 where none begins. */
uint32_t escape_read(const uint8_t *symbols, uint32_t size, uint32_t at, unsigned round,
                     uint8_t *ret_symbol);
#endif
