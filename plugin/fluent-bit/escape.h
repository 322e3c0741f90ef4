#pragma once
/* The bytes of a string as the content of a JSON string, and back.
 *
 * Control characters, `"` and `\` are escaped, everything else stands as it is, well-formed UTF-8
 * or not. */
#include <stddef.h>
#include <stdint.h>

enum {
    ESCAPE_GROWTH = 6,       /* bytes that one may become */
    ESCAPE_SPARE_BYTES = 64, /* that are written behind the result, whatever stands there then */
};

/* Writes `size` bytes at `data` as JSON and returns where they end. `end` is that of what may be
 * read; `out` has room for ESCAPE_GROWTH times the size and ESCAPE_SPARE_BYTES. */
char *escape_text(char *out, const uint8_t *data, size_t size, const uint8_t *end);
/* Writes such content back as the bytes that it stands for, and returns how many; `output` has room
 * for `size` and may be `content` itself. */
size_t escape_undo(const char *content, size_t size, char *output);
