/* Digits with NUL between them (contract 1.8): text in UTF-16 or UTF-32 whose mark is somewhere
 * else, read as bytes, or as an encoder of JSON wrote it. */
#include "rules/match/match.h"

#include <string.h>

enum {
    WRITTEN_DIGITS_MIN = 3, /* of a card verification code */
    DECODED_DIGITS_MIN = 12,
};

static bool is_in_run(uint8_t symbol)
{
    return symbol == '\0' || symbol_is(symbol, CLASS_DIGIT | CLASS_SEPARATOR);
}

/* The first NUL from `at` on; the view's size when there is none. */
static uint32_t next_nul(const struct view *view, uint32_t at)
{
    const uint8_t *nul = at < view->size ? memchr(view->symbols + at, '\0', view->size - at) : NULL;
    return nul ? (uint32_t)(nul - view->symbols) : view->size;
}

/* Whether digits stand on both sides of NULs, from `at` to `end`. */
static bool parts_digits(const struct view *view, uint32_t at, uint32_t end)
{
    const uint8_t *s = view->symbols;
    for (; (at = next_nul(view, at)) < end; at++) {
        bool behind_digit = at > 0 && symbol_is(s[at - 1], CLASS_DIGIT);
        while (at < end && s[at] == '\0')
            at++;
        if (behind_digit && at < end && symbol_is(s[at], CLASS_DIGIT))
            return true;
    }
    return false;
}

int nul_find(struct match_list *list, const struct view *view)
{
    const uint8_t *s = view->symbols;
    uint32_t least = view->round > 0 ? DECODED_DIGITS_MIN : WRITTEN_DIGITS_MIN, end = 0;
    int r = 0;
    for (uint32_t at; r == 0 && (at = next_nul(view, end)) < view->size;) {
        uint32_t begin = at, after = end;
        while (begin > after && is_in_run(s[begin - 1]))
            begin--;
        for (end = at; end < view->size && is_in_run(s[end]);)
            end++;
        begin = view_next(view, view->marks.digits, begin);
        uint32_t last = end;
        while (last > begin && !symbol_is(s[last - 1], CLASS_DIGIT))
            last--;
        if (begin < last && view_count(view->marks.digits, begin, last) >= least &&
            parts_digits(view, begin, last))
            r = match_add_units(list, view, begin, last, MATCH_WITHHELD, BLOT_WITHHELD_ENCODING,
                                false);
    }
    return r;
}
