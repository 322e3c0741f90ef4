#include "rules/key_block.h"

#include "rules/view/symbol.h"

#include <stdbool.h>
#include <string.h>

enum {
    LABEL_MAX = 40,    /* between BEGIN and PRIVATE KEY */
    MATERIAL_MIN = 16, /* base64 that stands behind BEGIN on its own line */
    PREFIXED_MIN = 12, /* base64 of a line that has something before it */
};

static const char private_key[] = "PRIVATE KEY";

/* A `-----BEGIN … PRIVATE KEY-----` or `-----END …`. */
struct marker {
    size_t begin, end;
    bool is_end;
};

static bool has(const uint8_t *line, size_t size, size_t at, const char *text)
{
    size_t length = strlen(text);
    return at <= size && size - at >= length && memcmp(line + at, text, length) == 0;
}

/* The marker whose PRIVATE KEY begins at `at` (RFC 7468 section 3, and OpenPGP's BLOCK). */
static bool read_marker(const uint8_t *line, size_t size, size_t at, struct marker *ret_marker)
{
    size_t begin = at, end = at + sizeof(private_key) - 1;
    while (begin > 0 && at - begin < LABEL_MAX && line[begin - 1] != '-' &&
           (symbol_is(line[begin - 1], CLASS_UPPER | CLASS_DIGIT) || line[begin - 1] == ' '))
        begin--;
    if (has(line, size, end, " BLOCK"))
        end += 6;
    if (begin < 5 || !has(line, size, begin - 5, "-----") || !has(line, size, end, "-----"))
        return false;
    bool is_end = has(line, size, begin, "END ");
    if (!is_end && !has(line, size, begin, "BEGIN "))
        return false;
    *ret_marker = (struct marker){.begin = begin - 5, .end = end + 5, .is_end = is_end};
    return true;
}

/* The first marker from `at` on. */
static bool next_marker(const uint8_t *line, size_t size, size_t at, struct marker *ret_marker)
{
    while (at < size) {
        const uint8_t *key = memmem(line + at, size - at, private_key, sizeof(private_key) - 1);
        if (!key)
            return false;
        at = (size_t)(key - line);
        if (read_marker(line, size, at, ret_marker))
            return true;
        at++;
    }
    return false;
}

static bool is_material(uint8_t byte)
{
    return byte < 0x80 &&
           (symbol_is(byte, CLASS_WORD) || byte == '+' || byte == '/' || byte == '=');
}

/* Whether a key goes on behind a BEGIN: nothing follows it on the line but what may end a string,
 * or the key itself does. A sentence about keys opens none. */
static bool goes_on(const uint8_t *line, size_t size, size_t at)
{
    while (at < size && (strchr(" \t\r\"',", line[at]) || line[at] == '\\')) {
        at += line[at] == '\\' && at + 1 < size && strchr("nrt", line[at + 1]) ? 2 : 1;
    }
    size_t end = at;
    while (end < size && is_material(line[end]))
        end++;
    return at == size || end - at >= MATERIAL_MIN;
}

/* What is key of a line in which no marker stands: all of it, or where something stands before the
 * lines of this key its longest run of base64, unless that was replaced already. */
static void find_material(bool prefixed, const uint8_t *line, size_t size, size_t *ret_begin,
                          size_t *ret_end)
{
    if (!prefixed) {
        *ret_end = size > 0 && line[size - 1] == '\r' ? size - 1 : size;
        return;
    }
    static const char replaced[] = "[REDACTED_";
    if (memmem(line, size, replaced, sizeof(replaced) - 1))
        return;
    for (size_t at = 0, end; at < size; at = end + 1) {
        for (end = at; end < size && is_material(line[end]);)
            end++;
        if (end - at >= PREFIXED_MIN && end - at > *ret_end - *ret_begin) {
            *ret_begin = at;
            *ret_end = end;
        }
    }
}

static bool is_blank(const uint8_t *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!symbol_is(line[i], CLASS_BLANK))
            return false;
    }
    return true;
}

void key_block_step(uint32_t *state, const uint8_t *line, size_t size, size_t *ret_begin,
                    size_t *ret_end)
{
    struct marker marker;
    bool open = *state != 0;
    size_t at = 0;
    *ret_begin = *ret_end = 0;
    if (!next_marker(line, size, 0, &marker)) {
        if (open) {
            find_material(*state & KEY_BLOCK_PREFIXED, line, size, ret_begin, ret_end);
            *state = (*state & ~KEY_BLOCK_PREFIXED) > 1 ? *state - 1 : 0;
        }
        return;
    }
    if (open && marker.is_end) {
        *ret_end = *ret_begin = marker.begin;
        while (*ret_begin > 0 &&
               (is_material(line[*ret_begin - 1]) || line[*ret_begin - 1] == '\\'))
            --*ret_begin;
    }
    do {
        at = marker.end;
        *state = marker.is_end || !goes_on(line, size, at) ? 0 : KEY_BLOCK_LINES;
        if (*state && !is_blank(line, marker.begin))
            *state |= KEY_BLOCK_PREFIXED;
    } while (next_marker(line, size, at, &marker));
}

/* Where the last KEY_BLOCK_LINES + 1 lines of the text begin; no key that opens before is open. */
static size_t last_lines(const uint8_t *text, size_t size)
{
    size_t at = size;
    for (unsigned n = 0; at > 0 && n <= KEY_BLOCK_LINES + 1; n++) {
        const uint8_t *newline = memrchr(text, '\n', at);
        if (!newline)
            return 0;
        at = (size_t)(newline - text);
    }
    return at > 0 ? at + 1 : 0;
}

uint32_t key_block_after(uint32_t state, const uint8_t *text, size_t size)
{
    size_t at = last_lines(text, size), begin, end;
    state = at > 0 ? 0 : state;
    while (at < size) {
        if (state == 0) {
            const uint8_t *key = memmem(text + at, size - at, private_key, sizeof(private_key) - 1);
            if (!key)
                return 0;
            const uint8_t *before = memrchr(text + at, '\n', (size_t)(key - text) - at);
            at = before ? (size_t)(before - text) + 1 : at;
        }
        const uint8_t *newline = memchr(text + at, '\n', size - at);
        size_t line_end = newline ? (size_t)(newline - text) : size;
        key_block_step(&state, text + at, line_end - at, &begin, &end);
        at = line_end + 1;
    }
    return state;
}
