#include "rules/match/match.h"

#include <string.h>

enum {
    WORD_UNITS_MAX = 10, /* the longest of `words` */
};

static bool is_card_word(const uint8_t *symbols, uint32_t size)
{
    static const char *const words[] = {
        "card",     "cards",   "pan",        "visa",      "mastercard", "amex",
        "discover", "maestro", "creditcard", "debitcard", "cardholder",
    };
    char lower[WORD_UNITS_MAX];
    if (size < 3 || size > WORD_UNITS_MAX)
        return false;
    for (uint32_t i = 0; i < size; i++)
        lower[i] = (char)symbol_lower(symbols[i]);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == size && memcmp(words[i], lower, size) == 0)
            return true;
    }
    return false;
}

bool record_in_view(const struct view *view)
{
    for (uint32_t at = 0; at < view->size;) {
        uint32_t begin = at;
        while (at < view->size && symbol_is(view->symbols[at], CLASS_LETTER))
            at++;
        if (is_card_word(view->symbols + begin, at - begin))
            return true;
        at += at == begin;
    }
    return false;
}
