#include "test/reference/record.h"

#include "test/reference/class.h"
#include "test/reference/label.h"

static const char *const words[] = {
    "card",     "cards",   "pan",        "visa",      "mastercard", "amex",
    "discover", "maestro", "creditcard", "debitcard", "cardholder", "cc",
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

/* Whether the letters [first, end) are several words of a label, and the first or last is of cards.
 */
static bool parent_of_card_data(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    ptrdiff_t first_cut = end;
    ptrdiff_t last_cut = first;

    for (ptrdiff_t i = first + 1; i < end; i++) {
        if (label_cut_before(view, i)) {
            first_cut = first_cut == end ? i : first_cut;
            last_cut = i;
        }
    }
    return first_cut < end &&
           (is_word(view, first, first_cut, "card") || is_word(view, first, first_cut, "cards") ||
            is_word(view, last_cut, end, "card") || is_word(view, last_cut, end, "cards"));
}

bool record_word(const struct view *view)
{
    for (ptrdiff_t i = 0; i < view->count; i++) {
        ptrdiff_t first = i;
        while (class_letter(view_at(view, i))) {
            i++;
        }
        if (i == first) {
            continue;
        }
        if (parent_of_card_data(view, first, i)) {
            return true;
        }
        for (size_t j = 0; j < sizeof words / sizeof words[0]; j++) {
            if (is_word(view, first, i, words[j])) {
                return true;
            }
        }
    }
    return false;
}
