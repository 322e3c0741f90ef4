#include "rules/validate/validator.h"

#include "rules/validate/luhn.h"
#include "rules/view/symbol.h"

#include <string.h>

enum {
    RANDOM_MIN = 8,
    RANDOM_LETTERS_MIN = 20, /* of a value without a digit */
    HEADER_MAX = 64,
    LUHN_MAX = 64,
};

static bool is_word(const uint8_t *value, size_t size, const char *word)
{
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (symbol_lower(value[i]) != (uint8_t)word[i])
            return false;
    }
    return true;
}

static size_t count_distinct(const uint8_t *value, size_t size)
{
    bool seen[256] = {false};
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += !seen[value[i]];
        seen[value[i]] = true;
    }
    return count;
}

/* Whether it is written as a variable is: ${NAME}, $(command), {{ name }}, <name>, $NAME, $name. A
 * `$` alone begins passwords and their hashes too (`$2b$12$…`). */
static bool is_variable(const uint8_t *value, size_t size)
{
    static const char open[] = "${<", close[] = "})>";
    bool has_lower = false, has_digit = false;
    if (!value[0] || !strchr(open, value[0]))
        return false;
    if (size == 1)
        return true;
    for (size_t i = 1; i < size; i++) {
        if (!symbol_is(value[i], CLASS_WORD) && !(value[i] && strchr("_${}()<>. -:", value[i])))
            return false;
        has_lower |= symbol_is(value[i], CLASS_LOWER) != 0;
        has_digit |= symbol_is(value[i], CLASS_DIGIT) != 0;
    }
    if (strchr(close, value[size - 1]))
        return true;
    for (size_t i = 1; i < size; i++) {
        if (!symbol_is(value[i], CLASS_WORD) && value[i] != '_')
            return false;
    }
    return value[0] == '$' && !(has_lower && has_digit) && !symbol_is(value[1], CLASS_DIGIT);
}

/* What may stand around a word for none: `[FILTERED]`, `__REDACTED__`, `<hidden>`. */
static bool is_frame(uint8_t byte)
{
    return byte != 0 && strchr("[]<>(){}_*", byte) != NULL;
}

/* Whether it stands for a value: a word for none, a variable, a mask. */
static bool is_placeholder(const uint8_t *value, size_t size)
{
    static const char *const words[] = {
        "null",      "none",    "nil",      "undefined", "true",     "false",    "yes",
        "no",        "empty",   "unset",    "redacted",  "masked",   "hidden",   "filtered",
        "removed",   "n/a",     "undef",    "unknown",   "required", "optional", "missing",
        "protected", "omitted", "disabled", "enabled",
    };
    size_t begin = 0, end = size;
    while (begin < end && is_frame(value[begin]))
        begin++;
    while (end > begin && is_frame(value[end - 1]))
        end--;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_word(value + begin, end - begin, words[i]))
            return true;
    }
    if (is_variable(value, size))
        return true;
    if (value[0] == '%' && size > 1 && size <= 3 && !symbol_is(value[1], CLASS_HEX))
        return true;
    return count_distinct(value, size) == 1;
}

static bool is_no_placeholder(const uint8_t *value, size_t size)
{
    return size > 0 && !is_placeholder(value, size);
}

/* Whether it looks made by a machine: a letter and a digit, or very many letters of both cases, and
 * few of them the same. */
static bool is_random(const uint8_t *value, size_t size)
{
    size_t digits = 0, uppers = 0, lowers = 0;
    for (size_t i = 0; i < size; i++) {
        digits += symbol_is(value[i], CLASS_DIGIT) != 0;
        uppers += symbol_is(value[i], CLASS_UPPER) != 0;
        lowers += symbol_is(value[i], CLASS_LOWER) != 0;
    }
    if (size < RANDOM_MIN || is_placeholder(value, size) || count_distinct(value, size) < 6)
        return false;
    if (digits)
        return uppers + lowers > 0;
    return size >= RANDOM_LETTERS_MIN && uppers > 2 && lowers > 2;
}

/* Whether it holds a letter and a digit. */
static bool is_mixed(const uint8_t *value, size_t size)
{
    bool digit = false, letter = false;
    for (size_t i = 0; i < size; i++) {
        digit |= symbol_is(value[i], CLASS_DIGIT) != 0;
        letter |= symbol_is(value[i], CLASS_LETTER) != 0;
    }
    return digit && letter;
}

static unsigned base64_value(uint8_t symbol)
{
    if (symbol_is(symbol, CLASS_UPPER))
        return symbol - 'A';
    if (symbol_is(symbol, CLASS_LOWER))
        return symbol - 'a' + 26u;
    if (symbol_is(symbol, CLASS_DIGIT))
        return symbol - '0' + 52u;
    return symbol == '-' || symbol == '+' ? 62 : 63;
}

/* Whether the part before the first dot is a JOSE header, RFC 7515 section 4.1: JSON with one of
 * alg, typ, enc, kid, cty near its begin. */
static bool is_jwt(const uint8_t *value, size_t size)
{
    char header[HEADER_MAX * 3 / 4 + 4];
    size_t count = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < size && i < HEADER_MAX && value[i] != '.'; i++) {
        bits = bits << 6 | base64_value(value[i]);
        if (i % 4 != 3)
            continue;
        for (unsigned n = 0; n < 3; n++) {
            char byte = (char)(bits >> (16 - 8 * n) & 0xFF);
            header[count++] = byte ? byte : ' ';
        }
    }
    header[count] = '\0';
    return header[0] == '{' &&
           (strstr(header, "\"alg\"") || strstr(header, "\"typ\"") || strstr(header, "\"enc\"") ||
            strstr(header, "\"kid\"") || strstr(header, "\"cty\""));
}

static bool has_luhn(const uint8_t *value, size_t size)
{
    uint8_t digits[LUHN_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < size; i++) {
        if (!symbol_is(value[i], CLASS_DIGIT))
            continue;
        if (count == LUHN_MAX)
            return false;
        digits[count++] = value[i];
    }
    return count > 1 && luhn_holds(digits, count);
}

static const struct validator validators[] = {
    {"no_placeholder", is_no_placeholder},
    {"random", is_random},
    {"mixed", is_mixed},
    {"jwt", is_jwt},
    {"luhn", has_luhn},
};

const struct validator *validator_of(const char *name)
{
    for (size_t i = 0; i < sizeof(validators) / sizeof(validators[0]); i++) {
        if (strcmp(validators[i].name, name) == 0)
            return &validators[i];
    }
    return NULL;
}
