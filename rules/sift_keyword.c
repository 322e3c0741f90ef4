#include "rules/hint.h"
#include "rules/sift_near.h"

#include <string.h>

enum {
    JOINER_BYTES = 2,
};

/* Whether one of the words may follow, over joiners, which may be encoded. */
static bool may_follow(const struct sift *sift, size_t at, const char *const *words)
{
    for (unsigned n = 0; n <= JOINER_BYTES; n++, at++) {
        uint8_t byte = byte_at(sift, at);
        if (byte >= 0x80 || byte == '%' || byte == '\\' || byte == '&' || byte == '#')
            return true;
        if (byte != '_' && byte != '-' && byte != ' ' && byte != '\t')
            break;
    }
    for (; *words; words++) {
        if (has_word(sift, at, *words))
            return true;
    }
    return false;
}

/* Whether a digit, or what may be one, follows on the line. */
static bool digit_follows(struct sift *sift, size_t at)
{
    if (at < sift->search_begin || at > sift->search_end) {
        size_t end = at;
        while (byte_at(sift, end) != '\n' && !is_digit(sift->text[end]) && sift->text[end] < 0x80)
            end++;
        sift->search_begin = at;
        sift->search_end = end;
    }
    return byte_at(sift, sift->search_end) != '\n';
}

/* Whether the byte before `at` may be the `m` of a colour, which is no letter (contract 3.1). */
static bool follows_colour(const struct sift *sift, size_t at)
{
    if (at < 2 || sift->text[at - 1] != 'm')
        return false;
    uint8_t before = sift->text[at - 2];
    return is_digit(before) || before == ';' || before == '[';
}

/* Whether the word at `at`, of a label that counts in a card record only, may be in a label: whole,
 * after a case change, or among affixes. */
static bool is_label(const struct sift *sift, size_t at, size_t length)
{
    static const char *const affixes[] = {
        "card",  "code",   "number", "value", "no",   "num", "encrypted", "enc",
        "clear", "format", "iso",    "block", "data", "val", NULL,
    };
    uint8_t before = at > 0 ? sift->text[at - 1] : (uint8_t)'\n',
            after = lower_at(sift, at + length);
    bool left = before >= 0x80 || !symbol_is(before, CLASS_WORD) ||
                symbol_is(sift->text[at], CLASS_UPPER) || follows_colour(sift, at) ||
                follows_partial_escape(sift, at);
    bool right = after >= 0x80 || !symbol_is(after, CLASS_WORD);
    for (const char *const *affix = affixes; *affix && !(left && right); affix++) {
        size_t size = strlen(*affix);
        left |= at >= size && has_word(sift, at - size, *affix);
        right |= has_word(sift, at + length, *affix);
    }
    return left && right;
}

/* Whether the text of a run of base64 may begin at `at` (contract 1.7). */
static bool begins_base64(const struct sift *sift, size_t at)
{
    static const char *const begins[] = {"eyJ", "PD94", "PHNv", "W3si"};
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        size_t length = strlen(begins[i]);
        if (sift->size - at >= length && memcmp(sift->text + at, begins[i], length) == 0)
            return true;
    }
    return false;
}

/* Whether the three bytes at `at` are the end of `[REDACTED_CVV]` or its like, which is inert in
 * view 0 and in all others (contract 1.6): no escape takes a `[` with it. */
static bool is_inert(const struct sift *sift, size_t at)
{
    static const char prefix[] = "[REDACTED_";
    const size_t length = sizeof(prefix) - 1;
    return byte_at(sift, at + 3) == ']' && at >= length &&
           memcmp(sift->text + at - length, prefix, length) == 0 &&
           symbol_is(sift->text[at], CLASS_UPPER) && symbol_is(sift->text[at + 1], CLASS_UPPER) &&
           symbol_is(sift->text[at + 2], CLASS_UPPER);
}

/* `at`: the four bytes of a trigger, or what looks like one. */
bool sift_keyword(struct sift *sift, size_t at)
{
    static const char *const of_card[] = {"code", "sec", "v", NULL};
    static const char *const of_cv[] = {"num", "code", "value", NULL};
    static const char *const of_security[] = {"code", NULL};
    uint8_t fourth = byte_at(sift, at + 3);
    if (byte_at(sift, at + 1) == '5' && byte_at(sift, at + 2) == '2')
        return hint_pin_block(sift->text, sift->size, at + 1);
    if (fourth == ']' && is_inert(sift, at))
        return false;
    switch (lower_at(sift, at) << 16 | lower_at(sift, at + 1) << 8 | lower_at(sift, at + 2)) {
    case 'c' << 16 | 'v' << 8 | 'v':
    case 'c' << 16 | 'v' << 8 | 'c':
    case 'c' << 16 | 'v' << 8 | 'n':
    case 'c' << 16 | 'v' << 8 | 'd':
    case 'c' << 16 | 'v' << 8 | 'x':
    case 'c' << 16 | 'v' << 8 | '2':
    case 'c' << 16 | 'c' << 8 | 'v':
        return digit_follows(sift, at + 3 + (fourth == '2'));
    case 'c' << 16 | 's' << 8 | 'c':
        if (fourth == '2')
            return digit_follows(sift, at + 4);
        return is_label(sift, at, 3) && digit_follows(sift, at + 3);
    case 'c' << 16 | 'i' << 8 | 'd':
    case 'c' << 16 | 'a' << 8 | 'v':
        return is_label(sift, at, 3) && digit_follows(sift, at + 3);
    case 'p' << 16 | 'i' << 8 | 'n': /* a PIN block may be all letters */
        return is_label(sift, at, 3);
    case 'c' << 16 | 'a' << 8 | 'r':
        return (fourth | 0x20) == 'd' && may_follow(sift, at + 4, of_card) &&
               digit_follows(sift, at + 4);
    case 'c' << 16 | 'u' << 8 | 'r':
        return at > 1 && has_word(sift, at - 2, "security") &&
               may_follow(sift, at + 6, of_security) && digit_follows(sift, at + 6);
    case 'e' << 16 | 'r' << 8 | 'i':
        return at > 0 && has_word(sift, at - 1, "verification") && digit_follows(sift, at + 11);
    default:
        return begins_base64(sift, at) ||
               (lower_at(sift, at) == 'c' && lower_at(sift, at + 1) == 'v' &&
                (may_follow(sift, at + 2, of_cv) || has_word(sift, at + 2, "m")) &&
                digit_follows(sift, at + 2));
    }
}
