#ifndef RULES_HINT_H
#define RULES_HINT_H
/* What a sift asks of the bytes around a place, for forms that have a frame: fields, columns, TLV
 * (contract 2.8, 2.10, 3.5, 3.7). True: the line may hold one. May say so too often, never too
 * seldom. `text` is a block of lines. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether digits [begin, end), 12–19, which may be no number by themselves, may be one in a frame.
 */
bool hint_framed(const uint8_t *text, size_t size, size_t begin, size_t end);

/* Whether the number of a field, and more, may stand before the digits at `begin`. */
bool hint_field(const uint8_t *text, size_t begin);

/* Whether the two digits at `at` may be the number 52 of a field. */
bool hint_pin_block(const uint8_t *text, size_t size, size_t at);

/* Whether the pair of digits at `at` may be in a TLV item of pairs. */
bool hint_pairs(const uint8_t *text, size_t at);
#endif
