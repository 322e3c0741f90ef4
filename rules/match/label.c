#include "rules/match/label.h"

#include "rules/match/binding.h"
#include "rules/match/field.h"

#include <string.h>

enum {
    LABEL_UNITS = 64,
    LABEL_BLANKS = 3,
    TAG_UNITS = 128,
    CONTEXT_UNITS = 32,
    ARN_UNITS = 256,
    CROSSED_UNITS = 8,
    WORD_UNITS = 20, /* the longest of `words` */
    GROUP_DIGITS = 3,
};

enum word {
    WORD_OTHER,
    WORD_ID,
    WORD_CARD,
    WORD_ACCOUNT,
    WORD_PRIMARY,
    WORD_NUMBER,
};

static enum word word_kind(const uint8_t *symbols, uint32_t size)
{
    static const struct {
        const char *text;
        enum word kind;
    } words[] = {
        {"trace", WORD_ID},
        {"span", WORD_ID},
        {"txn", WORD_ID},
        {"transaction", WORD_ID},
        {"reference", WORD_ID},
        {"ref", WORD_ID},
        {"order", WORD_ID},
        {"request", WORD_ID},
        {"block", WORD_ID},
        {"blk", WORD_ID},
        {"seq", WORD_ID},
        {"sequence", WORD_ID},
        {"offset", WORD_ID},
        {"arn", WORD_ID},
        {"id", WORD_ID},
        {"ids", WORD_ID},
        {"uuid", WORD_ID},
        {"guid", WORD_ID},
        {"phone", WORD_ID},
        {"tel", WORD_ID},
        {"telephone", WORD_ID},
        {"mobile", WORD_ID},
        {"msisdn", WORD_ID},
        {"fax", WORD_ID},
        {"imei", WORD_ID},
        {"imsi", WORD_ID},
        {"iccid", WORD_ID},
        {"ean", WORD_ID},
        {"gtin", WORD_ID},
        {"upc", WORD_ID},
        {"isbn", WORD_ID},
        {"barcode", WORD_ID},
        {"tracking", WORD_ID},
        {"tid", WORD_ID},
        {"pid", WORD_ID},
        {"thread", WORD_ID},
        {"session", WORD_ID},
        {"qualifier", WORD_ID},
        {"pan", WORD_CARD},
        {"card", WORD_CARD},
        {"cards", WORD_CARD},
        {"cc", WORD_CARD},
        {"ccn", WORD_CARD},
        {"acct", WORD_CARD},
        {"cardnumber", WORD_CARD},
        {"cardno", WORD_CARD},
        {"cardnum", WORD_CARD},
        {"ccnumber", WORD_CARD},
        {"creditcard", WORD_CARD},
        {"debitcard", WORD_CARD},
        {"accountnumber", WORD_CARD},
        {"primaryaccount", WORD_CARD},
        {"primaryaccountnumber", WORD_CARD},
        {"account", WORD_ACCOUNT},
        {"primary", WORD_PRIMARY},
        {"number", WORD_NUMBER},
        {"no", WORD_NUMBER},
        {"num", WORD_NUMBER},
    };
    char lower[WORD_UNITS];
    if (size < 2 || size > WORD_UNITS)
        return WORD_OTHER;
    for (uint32_t i = 0; i < size; i++)
        lower[i] = (char)symbol_lower(symbols[i]);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].text[0] == lower[0] && strlen(words[i].text) == size &&
            memcmp(words[i].text, lower, size) == 0)
            return words[i].kind;
    }
    return WORD_OTHER;
}

/* The words of one label or context, read from left to right. */
struct words {
    enum word previous;
    enum label last;
    bool any_card;
};

static void words_add(struct words *words, enum word word)
{
    if (word == WORD_ID)
        words->last = LABEL_ID;
    if (word == WORD_CARD || (word == WORD_ACCOUNT && words->previous == WORD_PRIMARY) ||
        (word == WORD_NUMBER && words->previous == WORD_ACCOUNT)) {
        words->last = LABEL_CARD;
        words->any_card = true;
    }
    words->previous = word;
}

bool label_is_cut(const uint8_t *s, uint32_t at, uint32_t end)
{
    if (!symbol_is(s[at], CLASS_UPPER))
        return false;
    if (symbol_is(s[at - 1], CLASS_LOWER))
        return true;
    return at + 1 < end && symbol_is(s[at + 1], CLASS_LOWER);
}

static enum label label_of_units(const struct view *view, uint32_t begin, uint32_t end)
{
    struct words words = {WORD_OTHER, LABEL_NONE, false};
    for (uint32_t i = begin; i < end;) {
        if (!symbol_is(view->symbols[i], CLASS_LETTER)) {
            i++;
            continue;
        }
        uint32_t word = i++;
        while (i < end && symbol_is(view->symbols[i], CLASS_LETTER) &&
               !label_is_cut(view->symbols, i, end))
            i++;
        words_add(&words, word_kind(view->symbols + word, i - word));
    }
    return words.last;
}

/* The name of the tag that the `>` at `close` ends. */
static enum label label_of_tag(const struct view *view, uint32_t close)
{
    const uint8_t *s = view->symbols;
    uint32_t least = close > TAG_UNITS ? close - TAG_UNITS : 0, open = close;
    do {
        if (open == least || s[open - 1] == '>')
            return LABEL_NONE;
        open--;
    } while (s[open] != '<');
    uint32_t begin = open + 1, end = begin;
    for (; symbol_is(s[end], CLASS_WORD) || strchr("_-.:", s[end] ? s[end] : ' '); end++) {
        if (s[end] == ':')
            begin = end + 1;
    }
    return label_of_units(view, begin, end);
}

static bool in_long_group(const struct view *view, uint32_t digit)
{
    uint32_t begin = digit, end = digit + 1;
    while (begin > 0 && digit - begin < GROUP_DIGITS &&
           symbol_is(view->symbols[begin - 1], CLASS_DIGIT))
        begin--;
    while (end < view->size && end - begin < GROUP_DIGITS &&
           symbol_is(view->symbols[end], CLASS_DIGIT))
        end++;
    return end - begin >= GROUP_DIGITS;
}

static bool is_label_unit(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_LETTER) || symbol == '_' || symbol == '-' || symbol == '.' ||
           symbol == '[' || symbol == ']' || symbol == '$' || symbol == '@' || symbol == ':';
}

static enum label label_of_run(const struct view *view, uint32_t end)
{
    const uint8_t *s = view->symbols;
    uint32_t begin = end, least = end > LABEL_UNITS ? end - LABEL_UNITS : 0;
    for (unsigned blanks = 0; begin > least; begin--) {
        uint8_t symbol = s[begin - 1];
        if (symbol == 'm' && binding_after_colour(view, begin))
            break;
        if (is_label_unit(symbol))
            continue;
        if (symbol_is(symbol, CLASS_DIGIT)) {
            if (in_long_group(view, begin - 1))
                break;
        } else if (symbol_is(symbol, CLASS_BLANK)) {
            if (blanks == LABEL_BLANKS || begin < 2 || begin >= view->size ||
                !symbol_is(s[begin - 2], CLASS_WORD) || !symbol_is(s[begin], CLASS_WORD))
                break;
            blanks++;
        } else {
            break;
        }
    }
    return label_of_units(view, begin, end);
}

/* Length of the assignment that ends before `end`, at most 2. */
static uint32_t assignment_length(const struct view *view, uint32_t end)
{
    const uint8_t *s = view->symbols;
    if (end == 0 || (s[end - 1] != '=' && s[end - 1] != ':' && s[end - 1] != '>'))
        return 0;
    if (end > 1 && ((s[end - 1] == '>' && s[end - 2] == '=') ||
                    (s[end - 1] == '=' && (s[end - 2] == ':' || s[end - 2] == '='))))
        return 2;
    return 1;
}

enum label label_own(const struct view *view, uint32_t first)
{
    static const char cdata[] = "<![CDATA[";
    const uint8_t *s = view->symbols;
    uint32_t at = first;
    if (field_is_pan(view, first))
        return LABEL_CARD;
    at = binding_skip_colours_left(view, at);
    if (at > 0 && (s[at - 1] == '+' || s[at - 1] == '-'))
        at--;
    if (at >= sizeof(cdata) - 1 &&
        view_has(view, at - (sizeof(cdata) - 1), cdata, sizeof(cdata) - 1))
        at -= sizeof(cdata) - 1;
    bool crossed = false;
    for (unsigned n = 0; n < CROSSED_UNITS && at > 0; n++, at--) {
        uint8_t symbol = s[at - 1];
        bool opening = symbol_is(symbol, CLASS_QUOTE) || symbol == '(' || symbol == '[' ||
                       symbol == '{' || symbol == '<' || symbol == '\\';
        if (!opening && !symbol_is(symbol, CLASS_BLANK))
            break;
        crossed |= opening;
    }
    if (crossed)
        at = binding_skip_colours_left(view, at);
    uint32_t length = assignment_length(view, at);
    if (!length)
        return crossed ? LABEL_NONE : label_of_run(view, at);
    at -= length;
    if (length == 1 && s[at] == '>')
        return label_of_tag(view, at);
    at = binding_skip_colours_left(view, at);
    for (unsigned n = 0; n < CROSSED_UNITS && at > 0; n++, at--) {
        uint8_t symbol = s[at - 1];
        if (!symbol_is(symbol, CLASS_BLANK | CLASS_QUOTE) && symbol != ']' && symbol != ')' &&
            symbol != '}' && symbol != '\\')
            break;
    }
    return label_of_run(view, binding_skip_colours_left(view, at));
}

/* Whether a unit ends the context of contract 2.7. */
static bool ends_context(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_DIGIT | CLASS_QUOTE | CLASS_BOUNDARY | CLASS_PUNCTUATION);
}

bool label_is_card(const struct view *view, uint32_t first, enum label own)
{
    const uint8_t *s = view->symbols;
    if (own != LABEL_NONE)
        return own == LABEL_CARD;
    uint32_t begin = first, least = first > CONTEXT_UNITS ? first - CONTEXT_UNITS : 0;
    while (begin > least && !ends_context(s[begin - 1]))
        begin--;
    struct words words = {WORD_OTHER, LABEL_NONE, false};
    bool goes_on = begin > 0 && symbol_is(s[begin - 1], CLASS_LETTER);
    for (uint32_t i = begin; i < first;) {
        if (!symbol_is(s[i], CLASS_LETTER)) {
            i++;
            continue;
        }
        uint32_t word = i;
        while (i < first && symbol_is(s[i], CLASS_LETTER))
            i++;
        if (word > begin || !goes_on)
            words_add(&words, word_kind(s + word, i - word));
    }
    return words.any_card;
}

bool label_in_arn(const struct view *view, uint32_t first)
{
    static const char arn[] = "arn:";
    const uint8_t *s = view->symbols;
    for (uint32_t at = first; at > 0 && first - at < ARN_UNITS; at--) {
        if (symbol_is(s[at - 1], CLASS_BLANK | CLASS_QUOTE | CLASS_BOUNDARY))
            break;
        if (s[at - 1] == 'a' && at + 3 <= first && view_has(view, at - 1, arn, sizeof(arn) - 1) &&
            (at == 1 || !symbol_is(s[at - 2], CLASS_WORD)))
            return true;
    }
    return false;
}
