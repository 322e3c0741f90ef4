#pragma once
/* Writing text as the inside of a JSON string. Output is always valid UTF-8 on one line. Pure. */
#include <stddef.h>

/* Room that json_escape needs for this text. */
size_t json_escape_bound(const char *text, size_t size);
/* Writes the text escaped, without quotes; bytes behind the result, within the bound, may be
 * overwritten. Returns the bytes written. *repaired rises by one for each U+FFFD that stands for
 * bytes that are no UTF-8. */
size_t json_escape(const char *text, size_t size, char *output, size_t *repaired);
