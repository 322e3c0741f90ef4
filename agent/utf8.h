#pragma once
/* UTF-8 (RFC 3629): is it valid, and what to put where it is not. Pure. */
#include <stdbool.h>
#include <stddef.h>

/* U+FFFD, what an ill-formed sequence becomes in an encoding that must be UTF-8. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the well-formed sequence at the start of the text (`size` > 0), 1 to 4; 0 when it is
 * ill-formed, and then *ret_skip is how many bytes one replacement stands for (the maximal subpart,
 * Unicode 15 section 3.9). */
size_t utf8_sequence(const char *text, size_t size, size_t *ret_skip);
bool utf8_is_valid(const char *text, size_t size);
/* Bytes at the start of the text that are ASCII. */
size_t utf8_ascii_size(const char *text, size_t size);
/* Copies the text with ill-formed sequences replaced. `output` has room for 3 * size bytes. Returns
 * the bytes written; *repaired rises by one for each replacement. */
size_t utf8_repair(const char *text, size_t size, char *output, size_t *repaired);
/* Writes a code point (no surrogate) in 1 to 4 bytes; returns how many. */
size_t utf8_encode(unsigned code_point, char *output);
