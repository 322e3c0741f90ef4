#ifndef RULES_KEY_BLOCK_H
#define RULES_KEY_BLOCK_H
/* Private keys over several lines (contract 7.5): between the lines with BEGIN and END, at most
 * KEY_BLOCK_LINES of them, every line is part of the key. */
#include <stddef.h>
#include <stdint.h>

enum {
    KEY_BLOCK_LINES = 200,
    KEY_BLOCK_PREFIXED = 1 << 16, /* something stands before BEGIN, and so before what follows */
};

/* A state is 0 when no key is open; else how many lines more it may have, and perhaps
 * KEY_BLOCK_PREFIXED. */

/* Takes a line (without its newline) into the state. Sets what of it is part of a key, from
 * `ret_begin` to `ret_end`; equal: nothing. */
void key_block_step(uint32_t *state, const uint8_t *line, size_t size, size_t *ret_begin,
                    size_t *ret_end);

/* The state after the lines of `text`. */
uint32_t key_block_after(uint32_t state, const uint8_t *text, size_t size);
#endif
