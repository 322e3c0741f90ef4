#include "test/reference/record.h"

#include "test/reference/class.h"

static const char *const words[] = {
    "card",     "cards",   "pan",        "visa",      "mastercard", "amex",
    "discover", "maestro", "creditcard", "debitcard", "cardholder",
};

/* Whether the letters [first, end) are the word. */
static bool is_word(const struct view *view, ptrdiff_t first, ptrdiff_t end, const char *word)
{
    for (; first < end && *word != '\0'; first++, word++) {
        if (class_without_case(view_at(view, first)) != (unsigned char)*word) {
            return false;
        }
    }
    return first == end && *word == '\0';
}

bool record_word(const struct view *view)
{
    for (ptrdiff_t i = 0; i < view->count; i++) {
        ptrdiff_t first = i;
        while (class_letter(view_at(view, i))) {
            i++;
        }
        for (size_t j = 0; j < sizeof words / sizeof words[0]; j++) {
            if (is_word(view, first, i, words[j])) {
                return true;
            }
        }
    }
    return false;
}
