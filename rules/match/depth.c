/* Digits that are encoded too many times over (contract 1.4). */
#include "rules/match/match.h"

enum {
    DIGITS_MIN = 12,
    ANY_FORM = 1, /* the round in which all forms are read */
};

/* The escape at `at`, and whether it stands for an ASCII digit. */
static uint32_t read_escape(const struct view *view, uint32_t at, bool *ret_digit)
{
    uint8_t symbol;
    if (!symbol_is(view->symbols[at], CLASS_ESCAPE))
        return 0;
    uint32_t length = escape_read(view->symbols, view->size, at, ANY_FORM, &symbol);
    *ret_digit = length && symbol_is(symbol, CLASS_DIGIT);
    return length;
}

static bool ends_run(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_BLANK | CLASS_QUOTE | CLASS_BOUNDARY) || symbol == '<' ||
           symbol == '>' || symbol == ',';
}

int depth_find(struct match_list *list, const struct view *last)
{
    const uint8_t *s = last->symbols;
    int r = 0;
    for (uint32_t at = 0, end; r == 0 && at < last->size; at = end + 1) {
        uint32_t digits = 0;
        bool encoded = false;
        for (end = at; end < last->size && !ends_run(s[end]);) {
            bool is_digit = false;
            uint32_t length = read_escape(last, end, &is_digit);
            if (length > 1 && ends_run(s[end + length - 1])) {
                end += length - 1; /* the quote of `\"` */
                continue;
            }
            encoded |= is_digit;
            digits += is_digit || (!length && symbol_is(s[end], CLASS_DIGIT));
            end += length ? length : 1;
        }
        if (encoded && digits >= DIGITS_MIN)
            r = match_add_units(list, last, at, end, MATCH_WITHHELD, BLOT_WITHHELD_DEPTH, false);
    }
    return r;
}
