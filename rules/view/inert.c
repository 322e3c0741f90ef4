#include "rules/view/inert.h"

#include "rules/view/symbol.h"

#include <stdbool.h>
#include <string.h>

enum {
    TOKEN_KEY_UNITS = 16,
    TOKEN_CODE_UNITS = 52, /* base32 of 256 bits */
};

/* The forms in brackets: what stands in them after the prefix. */
static const struct {
    const char *prefix;
    const char *others; /* characters besides the classes */
    unsigned classes;
    uint32_t most;
} forms[] = {
    {"[REDACTED_", "_", CLASS_UPPER | CLASS_DIGIT, 32},
    {"[WITHHELD ", " _", CLASS_LOWER, 16},
    {"[DROPPED ", "_.-", CLASS_LOWER | CLASS_DIGIT, 32},
};

static bool has_text(const uint8_t *symbols, uint32_t size, uint32_t at, const char *text,
                     size_t length)
{
    return size - at >= length && memcmp(symbols + at, text, length) == 0;
}

/* Length of the text in brackets at `at`, or 0. */
static uint32_t bracket_length(const uint8_t *symbols, uint32_t size, uint32_t at,
                               const struct inert *own)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t prefix = strlen(forms[i].prefix);
        if (!has_text(symbols, size, at, forms[i].prefix, prefix))
            continue;
        uint32_t begin = at + (uint32_t)prefix, place = begin;
        while (place < size && place - begin < forms[i].most && symbols[place] &&
               (symbol_is(symbols[place], forms[i].classes) ||
                strchr(forms[i].others, symbols[place])))
            place++;
        return place > begin && place < size && symbols[place] == ']' ? place + 1 - at : 0;
    }
    for (size_t i = 0; own && i < own->count; i++) {
        size_t length = strlen(own->texts[i]);
        if (has_text(symbols, size, at, own->texts[i], length))
            return (uint32_t)length;
    }
    return 0;
}

static bool is_word(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_WORD) || symbol == '_';
}

/* Length of the token at `at`, which begins with a `t`, or 0. */
static uint32_t token_length(const uint8_t *symbols, uint32_t size, uint32_t at)
{
    static const char prefix[] = "tok_";
    if (!has_text(symbols, size, at, prefix, sizeof(prefix) - 1) ||
        (at > 0 && is_word(symbols[at - 1])))
        return 0;
    uint32_t key = at + (uint32_t)sizeof(prefix) - 1, place = key;
    while (place < size && place - key <= TOKEN_KEY_UNITS &&
           symbol_is(symbols[place], CLASS_LOWER | CLASS_DIGIT))
        place++;
    if (place == key || place - key > TOKEN_KEY_UNITS || place == size || symbols[place] != '_')
        return 0;
    uint32_t code = ++place;
    while (place < size && (symbol_is(symbols[place], CLASS_UPPER) ||
                            (symbols[place] >= '2' && symbols[place] <= '7')))
        place++;
    if (place - code != TOKEN_CODE_UNITS || (place < size && is_word(symbols[place])))
        return 0;
    return place - at;
}

static uint32_t next_token(const uint8_t *symbols, uint32_t size, uint32_t at)
{
    const uint8_t *found = at < size ? memmem(symbols + at, size - at, "tok_", 4) : NULL;
    return found ? (uint32_t)(found - symbols) : size;
}

static uint32_t next_bracket(const uint8_t *symbols, uint32_t size, uint32_t at)
{
    const uint8_t *found = at < size ? memchr(symbols + at, '[', size - at) : NULL;
    return found ? (uint32_t)(found - symbols) : size;
}

/* `token`: where the next `tok_` is, looked for once. */
static uint32_t find_next(const uint8_t *symbols, uint32_t size, uint32_t at,
                          const struct inert *own, uint32_t *token, uint32_t *ret_length)
{
    while (at < size) {
        uint32_t bracket = next_bracket(symbols, size, at);
        if (*token < at)
            *token = next_token(symbols, size, at);
        at = bracket < *token ? bracket : *token;
        if (at == size)
            break;
        *ret_length = at == bracket ? bracket_length(symbols, size, at, own)
                                    : token_length(symbols, size, at);
        if (*ret_length)
            return at;
        at++;
    }
    return size;
}

uint32_t inert_length(const uint8_t *symbols, uint32_t size, uint32_t at, const struct inert *own)
{
    if (symbols[at] == '[')
        return bracket_length(symbols, size, at, own);
    return symbols[at] == 't' ? token_length(symbols, size, at) : 0;
}

void inert_mark(uint8_t *symbols, uint32_t size, uint32_t at, const struct inert *own)
{
    uint32_t length, token = next_token(symbols, size, at);
    while ((at = find_next(symbols, size, at, own, &token, &length)) < size) {
        memset(symbols + at, SYMBOL_INERT, length);
        at += length;
    }
}
