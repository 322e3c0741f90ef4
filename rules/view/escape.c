#include "rules/view/escape.h"

#include "rules/view/symbol.h"

#include <stdbool.h>
#include <string.h>

/* Reads exactly `count` hex digits at `at`. */
static bool read_hex(const uint8_t *symbols, uint32_t size, uint32_t at, unsigned count,
                     uint32_t *ret_value)
{
    if (size < count || at > size - count)
        return false;
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!symbol_is(symbols[at + i], CLASS_HEX))
            return false;
        value = value << 4 | symbol_hex(symbols[at + i]);
    }
    *ret_value = value;
    return true;
}

/* `\u` + 4 hex digits, RFC 8259 section 7. */
static uint32_t read_unicode(const uint8_t *symbols, uint32_t size, uint32_t at,
                             uint8_t *ret_symbol)
{
    uint32_t high, low;
    if (!read_hex(symbols, size, at + 2, 4, &high))
        return 0;
    if (high >= 0xD800 && high <= 0xDBFF && at + 7 < size && symbols[at + 6] == '\\' &&
        symbols[at + 7] == 'u' && read_hex(symbols, size, at + 8, 4, &low) && low >= 0xDC00 &&
        low <= 0xDFFF) {
        *ret_symbol = symbol_of(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        return 12;
    }
    *ret_symbol = symbol_of(high);
    return 6;
}

static uint32_t read_backslash(const uint8_t *symbols, uint32_t size, uint32_t at,
                               uint8_t *ret_symbol)
{
    static const char names[] = "\"'\\/bfnrt", values[] = "\"'\\/\b\f\n\r\t";
    if (at + 1 >= size)
        return 0;
    uint8_t next = symbols[at + 1];
    if (next == 'u')
        return read_unicode(symbols, size, at, ret_symbol);
    uint32_t value;
    if (next == 'x') {
        if (!read_hex(symbols, size, at + 2, 2, &value))
            return 0;
        *ret_symbol = symbol_of(value);
        return 4;
    }
    const char *name = next ? strchr(names, next) : NULL;
    if (!name)
        return 0;
    *ret_symbol = (uint8_t)values[name - names];
    return 2;
}

/* `%XX`, RFC 3986 section 2.1: as many as make one character. */
static uint32_t read_percent(const uint8_t *symbols, uint32_t size, uint32_t at,
                             uint8_t *ret_symbol)
{
    uint8_t bytes[4];
    unsigned count = 0;
    uint32_t value, place = at;
    while (count < 4 && place < size && symbols[place] == '%' &&
           read_hex(symbols, size, place + 1, 2, &value)) {
        bytes[count++] = (uint8_t)value;
        place += 3;
        if (bytes[0] < 0x80)
            break;
    }
    if (!count)
        return 0;
    uint32_t code_point;
    unsigned length = symbol_utf8(bytes, count, &code_point);
    if (!length) {
        *ret_symbol = SYMBOL_INVALID;
        return 3;
    }
    *ret_symbol = symbol_of(code_point);
    return 3 * length;
}

/* `&#…;`, XML 1.0 section 4.1. */
static uint32_t read_reference(const uint8_t *symbols, uint32_t size, uint32_t at,
                               uint8_t *ret_symbol)
{
    uint32_t place = at + 2, value = 0;
    bool hex = place < size && (symbols[place] | 0x20) == 'x';
    place += hex;
    uint32_t begin = place, most = hex ? 6 : 7;
    while (place < size && place - begin < most &&
           symbol_is(symbols[place], hex ? CLASS_HEX : CLASS_DIGIT))
        value = value * (hex ? 16 : 10) + symbol_hex(symbols[place++]);
    if (place == begin || place >= size || symbols[place] != ';' || value == 0 ||
        value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *ret_symbol = symbol_of(value);
    return place + 1 - at;
}

static uint32_t read_ampersand(const uint8_t *symbols, uint32_t size, uint32_t at,
                               uint8_t *ret_symbol)
{
    static const struct {
        uint8_t length, symbol;
        char name[7];
    } entities[] = {
        {5, '&', "&amp;"},  {4, '<', "&lt;"},    {4, '>', "&gt;"},
        {6, '"', "&quot;"}, {6, '\'', "&apos;"}, {6, SYMBOL_BLANK, "&nbsp;"},
    };
    if (at + 1 < size && symbols[at + 1] == '#')
        return read_reference(symbols, size, at, ret_symbol);
    for (unsigned i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (size - at >= entities[i].length &&
            memcmp(symbols + at, entities[i].name, entities[i].length) == 0) {
            *ret_symbol = entities[i].symbol;
            return entities[i].length;
        }
    }
    return 0;
}

/* rsyslog's $EscapeControlCharactersOnReceive: `#` + 3 octal digits of a control character. */
static uint32_t read_octal(const uint8_t *symbols, uint32_t size, uint32_t at, uint8_t *ret_symbol)
{
    unsigned value = 0;
    if (size - at < 4)
        return 0;
    for (unsigned i = 1; i < 4; i++) {
        if (symbols[at + i] < '0' || symbols[at + i] > '7')
            return 0;
        value = value << 3 | (symbols[at + i] - '0');
    }
    if (value >= 32 && value != 127)
        return 0;
    *ret_symbol = (uint8_t)value;
    return 4;
}

uint32_t escape_read(const uint8_t *symbols, uint32_t size, uint32_t at, unsigned round,
                     uint8_t *ret_symbol)
{
    uint8_t first = symbols[at];
    if (first == '\\')
        return read_backslash(symbols, size, at, ret_symbol);
    if (first >= SYMBOL_DIGIT) {
        *ret_symbol = (uint8_t)('0' + first - SYMBOL_DIGIT);
        return 1;
    }
    if (round > ESCAPE_ROUNDS_SHORT)
        return 0;
    if (first == '%')
        return read_percent(symbols, size, at, ret_symbol);
    if (first == '&')
        return read_ampersand(symbols, size, at, ret_symbol);
    if (first == '#')
        return read_octal(symbols, size, at, ret_symbol);
    if (first == '+' && at > 0 && at + 1 < size && symbol_is(symbols[at - 1], CLASS_DIGIT) &&
        symbol_is(symbols[at + 1], CLASS_DIGIT)) {
        *ret_symbol = ' ';
        return 1;
    }
    return 0;
}
