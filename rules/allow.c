#include "rules/allow.h"

#include <string.h>

enum {
    KEY_MAX = 64,
    NUMBER_DIGITS_MAX = 19,
};

/* Where the key's run of letters, digits, `_`, `-` and `.` that ends before `end` begins. */
static uint32_t key_begin(const struct view *view, uint32_t end)
{
    uint32_t begin = end;
    while (begin > 0 && end - begin < KEY_MAX) {
        uint8_t symbol = view->symbols[begin - 1];
        if (!symbol_is(symbol, CLASS_WORD) && symbol != '_' && symbol != '-' && symbol != '.')
            break;
        begin--;
    }
    return begin;
}

/* The key of the value that begins at `begin`: over quotes, brackets, blanks and an assignment. */
static uint32_t key_of(const struct view *view, uint32_t begin, uint32_t *ret_end)
{
    uint32_t at = begin;
    bool assigned = false;
    for (unsigned n = 0; at > 0 && n < 16; n++, at--) {
        uint8_t symbol = view->symbols[at - 1];
        if (symbol == '=' || symbol == ':')
            assigned = true;
        else if (!symbol_is(symbol, CLASS_QUOTE | CLASS_BLANK) && !strchr("([{<>)]}\\", symbol))
            break;
    }
    *ret_end = at;
    return assigned ? key_begin(view, at) : at;
}

static bool is_key(const char *key, const struct view *view, uint32_t begin, uint32_t end)
{
    if (strlen(key) != end - begin)
        return false;
    for (uint32_t i = begin; i < end; i++, key++) {
        if (symbol_lower(view->symbols[i]) != symbol_lower((uint8_t)*key))
            return false;
    }
    return true;
}

bool allow_is_set(const struct rule *rule)
{
    return rule->allow.pattern_count || rule->allow.key_count || rule->allow.hash_count;
}

/* Whether the value's token is on the list. A value with characters above ASCII has none: a unit
 * does not say which they are. */
static bool has_hash(const struct line *line, const struct rule *rule, const struct view *view,
                     uint32_t begin, uint32_t end)
{
    const struct allow *allow = &rule->allow;
    uint8_t digits[NUMBER_DIGITS_MAX];
    const uint8_t *value = view->symbols + begin;
    size_t size = rule->kind == MATCH_PAN ? 0 : end - begin;
    for (uint32_t i = begin; i < end; i++) {
        bool is_digit = symbol_is(view->symbols[i], CLASS_DIGIT);
        if (view->symbols[i] >= 0x80 && rule->kind != MATCH_PAN)
            return false;
        if (rule->kind == MATCH_PAN && is_digit && size == NUMBER_DIGITS_MAX)
            return false;
        if (rule->kind == MATCH_PAN && is_digit)
            digits[size++] = view->symbols[i];
    }
    char token[TOKEN_BYTES_MAX];
    int length = token_write(line->token, rule->kind == MATCH_PAN ? digits : value, size, token);
    for (size_t i = 0; length > 0 && i < allow->hash_count; i++) {
        if (strlen(allow->hashes[i]) == (size_t)length &&
            memcmp(allow->hashes[i], token, (size_t)length) == 0)
            return true;
    }
    return false;
}

bool allow_has(struct line *line, const struct rule *rule, const struct view *view, uint32_t begin,
               uint32_t end)
{
    const struct allow *allow = &rule->allow;
    struct pattern_match match;
    if (line->ruleset->ignores_allow)
        return false;
    uint32_t key_end, key = begin;
    for (size_t i = 0; i < allow->pattern_count; i++) {
        if (pattern_try(allow->patterns[i], line->patterns, view->symbols + begin, end - begin, 0,
                        &match) > 0)
            return true;
    }
    if (allow->key_count)
        key = key_of(view, begin, &key_end);
    for (size_t i = 0; i < allow->key_count; i++) {
        if (is_key(allow->keys[i], view, key, key_end))
            return true;
    }
    return allow->hash_count && has_hash(line, rule, view, begin, end);
}
