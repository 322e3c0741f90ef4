#include "rules/match/label.h"
#include "rules/match/match.h"

#include <string.h>

enum {
    WORD_UNITS_MAX = 10, /* the longest of `words` */
};

static bool is_card_word(const uint8_t *symbols, uint32_t size)
{
    static const char *const words[] = {
        "card",     "cards",   "pan",        "visa",      "mastercard", "amex",
        "discover", "maestro", "creditcard", "debitcard", "cardholder", "cc",
    };
    char lower[WORD_UNITS_MAX];
    if (size < 2 || size > WORD_UNITS_MAX)
        return false;
    for (uint32_t i = 0; i < size; i++)
        lower[i] = (char)symbol_lower(symbols[i]);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == size && memcmp(words[i], lower, size) == 0)
            return true;
    }
    return false;
}

static bool is_card(const uint8_t *symbols, uint32_t size)
{
    static const char card[] = "cards";
    if (size != sizeof(card) - 1 && size != sizeof(card) - 2)
        return false;
    for (uint32_t i = 0; i < size; i++) {
        if (symbol_lower(symbols[i]) != (uint8_t)card[i])
            return false;
    }
    return true;
}

/* Whether the first or the last of several words of a run of letters is a card: `paymentCard`. */
static bool has_card(const uint8_t *symbols, uint32_t size)
{
    uint32_t first = 1, last = size;
    while (first < size && !label_is_cut(symbols, first, size))
        first++;
    if (first >= size)
        return false;
    do {
        last--;
    } while (!label_is_cut(symbols, last, size));
    return is_card(symbols, first) || is_card(symbols + last, size - last);
}

bool record_in_view(const struct view *view)
{
    for (uint32_t at = 0; at < view->size;) {
        uint32_t begin = at;
        while (at < view->size && symbol_is(view->symbols[at], CLASS_LETTER))
            at++;
        if (is_card_word(view->symbols + begin, at - begin) ||
            has_card(view->symbols + begin, at - begin))
            return true;
        at += at == begin;
    }
    return false;
}
