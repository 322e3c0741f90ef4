/* Magnetic stripe data, ISO/IEC 7813 (contract 3.2). */
#include "rules/match/binding.h"
#include "rules/match/field.h"
#include "rules/match/match.h"
#include "rules/validate/issuer.h"
#include "rules/validate/luhn.h"

#include <string.h>

enum {
    PAN_DIGITS_MIN = 12,
    PAN_DIGITS_MAX = 19,
    NAME_UNITS_MAX = 26,
    REST_UNITS_MAX = 60,
    DATED_DIGITS_MIN = 7,
    DATED_DIGITS_MAX = 24,
    UNDATED_DIGITS_MIN = 3,
    UNDATED_DIGITS_MAX = 20,
    FILLERS_MAX = 3,
    LENGTH_DIGITS = 2, /* of LLVAR */
};

static uint8_t symbol_at(const struct view *view, uint32_t at)
{
    return at < view->size ? view->symbols[at] : (uint8_t)SYMBOL_INVALID;
}

/* End of the digits from `at` on, at most `most` of them and one. */
static uint32_t digits_end(const struct view *view, uint32_t at, uint32_t most)
{
    uint32_t end = at;
    while (end - at <= most && symbol_is(symbol_at(view, end), CLASS_DIGIT))
        end++;
    return end;
}

static bool is_number(const uint8_t *digits, uint32_t count, bool sentinel)
{
    return count >= PAN_DIGITS_MIN && count <= PAN_DIGITS_MAX && luhn_holds(digits, count) &&
           (sentinel || issuer_find(digits, count, true).has_issuer);
}

static bool is_card(const struct view *view, uint32_t begin, uint32_t end, bool sentinel)
{
    return is_number(view->symbols + begin, end - begin, sentinel);
}

static bool is_track1_rest(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_WORD | CLASS_BLANK) ||
           (symbol && symbol < 0x80 && strchr("^=/*.-", symbol));
}

/* Whether `end` is a sentinel, or what encloses all of the track that begins at `begin`. */
static bool is_track1_end(const struct view *view, uint32_t begin, uint32_t end)
{
    uint8_t after = symbol_at(view, end), before = begin > 0 ? view->symbols[begin - 1] : 0;
    return after == '?' || (symbol_is(after, CLASS_QUOTE) && before == after) ||
           (after == '<' && before == '>');
}

/* What follows the name of the track that begins at `begin`: all up to where it ends for sure, else
 * letters, digits and `^`. */
static uint32_t track1_end(const struct view *view, uint32_t begin, uint32_t at)
{
    uint32_t end = at;
    while (end - at <= REST_UNITS_MAX && is_track1_rest(symbol_at(view, end)))
        end++;
    if (end - at <= REST_UNITS_MAX && is_track1_end(view, begin, end))
        return end + (symbol_at(view, end) == '?');
    for (end = at; end - at < REST_UNITS_MAX &&
                   (symbol_is(symbol_at(view, end), CLASS_WORD) || symbol_at(view, end) == '^');)
        end++;
    return end;
}

/* Reads the number that ends before `caret`, also 4-4-4-4 or 4-6-5 with single spaces, as some
 * cards have it. Returns its first unit. */
static uint32_t read_track1_number(const struct view *view, uint32_t caret, uint8_t *ret_digits,
                                   uint32_t *ret_count)
{
    static const char *const shapes[] = {"dddd dddd dddd dddd", "dddd dddddd ddddd"};
    const uint8_t *s = view->symbols;
    uint32_t pan = caret;
    while (pan > 0 && caret - pan <= PAN_DIGITS_MAX && symbol_is(s[pan - 1], CLASS_DIGIT))
        pan--;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t length = (uint32_t)strlen(shapes[i]), same = 0;
        if (length >= caret)
            continue;
        while (same < length &&
               (shapes[i][same] == 'd' ? symbol_is(s[caret - length + same], CLASS_DIGIT)
                                       : s[caret - length + same] == ' '))
            same++;
        if (same == length && (s[caret - length - 1] | 0x20) == 'b')
            pan = caret - length;
    }
    *ret_count = 0;
    for (uint32_t at = pan; at < caret && *ret_count <= PAN_DIGITS_MAX; at++) {
        if (s[at] != ' ')
            ret_digits[(*ret_count)++] = s[at];
    }
    return pan;
}

/* Tells of a track whose number's digits begin at `pan`; `failed` of its gates, in order card, name
 * or date. */
static void trace(const struct match_list *list, const struct view *view, uint32_t pan,
                  uint32_t end, enum match_kind kind, enum gate failed)
{
    struct verdict verdict = {.all = true};
    if (!list->trace)
        return;
    gate_fails(&verdict, GATE_CARD, failed == GATE_CARD);
    if (failed != GATE_CARD) {
        enum gate last = kind == MATCH_TRACK1 ? GATE_NAME : GATE_DATE;
        gate_fails(&verdict, last, failed == last);
    }
    match_trace(list, view, pan, end, kind, &verdict);
}

/* The `^` behind the name that begins at `name`; false: none in reach. */
static bool find_name_end(const struct view *view, uint32_t name, uint32_t *ret_end)
{
    uint32_t end = name;
    while (end - name <= NAME_UNITS_MAX && symbol_at(view, end) != '^') {
        uint8_t symbol = symbol_at(view, end);
        if (symbol == '\n' || symbol == '"' || symbol_is(symbol, CLASS_BOUNDARY))
            return false;
        end++;
    }
    *ret_end = end;
    return end - name <= NAME_UNITS_MAX;
}

/* `caret`: the first `^`. */
static int find_track1(struct match_list *list, const struct view *view, uint32_t caret)
{
    const uint8_t *s = view->symbols;
    uint8_t digits[PAN_DIGITS_MAX + 1];
    uint32_t count, pan = read_track1_number(view, caret, digits, &count);
    if (pan == 0 || (s[pan - 1] | 0x20) != 'b')
        return 0;
    uint32_t begin = pan - 1;
    if (begin > 0 && symbol_is(s[begin - 1], CLASS_WORD))
        return 0;
    bool sentinel = begin > 0 && s[begin - 1] == '%';
    bool labelled = field_begins(view, begin, FIELD_TRACK1);
    uint32_t end;
    if (!is_number(digits, count, (sentinel || labelled) && count == caret - pan)) {
        trace(list, view, pan, caret, MATCH_TRACK1, GATE_CARD);
        return 0;
    }
    if (!find_name_end(view, caret + 1, &end)) {
        trace(list, view, pan, caret, MATCH_TRACK1, GATE_NAME);
        return 0;
    }
    end = track1_end(view, begin - sentinel, end + 1);
    trace(list, view, begin - sentinel, end, MATCH_TRACK1, GATES);
    return match_add_units(list, view, begin - sentinel, end, MATCH_TRACK1, BLOT_REDACTED, false);
}

/* Whether the `count` digits after the separator begin with YYMM; `any`: of any month. */
static bool is_dated(const uint8_t *digits, uint32_t count, bool any)
{
    if (count < DATED_DIGITS_MIN || count > DATED_DIGITS_MAX)
        return false;
    unsigned month = (digits[2] - '0') * 10u + (digits[3] - '0');
    return any || (month >= 1 && month <= 12);
}

/* What follows the number of a track 2. */
struct track2_rest {
    uint32_t data_end; /* before fillers and sentinel */
    uint32_t end;
};

/* `separator`: a `=` or `D` after a digit. `any`: of any month. */
static bool read_track2_rest(const struct view *view, uint32_t separator, bool any,
                             struct track2_rest *ret_rest)
{
    const uint8_t *s = view->symbols;
    uint32_t rest = separator + 1, end = digits_end(view, rest, DATED_DIGITS_MAX);
    if (!is_dated(s + rest, end - rest, any)) {
        if (symbol_at(view, rest) != '=')
            return false;
        rest++;
        end = digits_end(view, rest, UNDATED_DIGITS_MAX);
        if (end - rest < UNDATED_DIGITS_MIN || end - rest > UNDATED_DIGITS_MAX)
            return false;
    }
    uint32_t data_end = end;
    for (unsigned n = 0; n < FILLERS_MAX && (symbol_at(view, end) | 0x20) == 'f'; n++)
        end++;
    if (s[separator] != '=' && symbol_is(symbol_at(view, end), CLASS_LETTER))
        return false;
    end += symbol_at(view, end) == '?';
    *ret_rest = (struct track2_rest){data_end, end};
    return true;
}

/* One whose number's digits [begin, separator) have their length in front. */
static int find_track2_llvar(struct match_list *list, const struct view *view, uint32_t begin,
                             uint32_t separator)
{
    const uint8_t *s = view->symbols;
    uint32_t first = begin + LENGTH_DIGITS;
    struct track2_rest rest;
    if (separator <= first || !is_card(view, first, separator, false) ||
        !read_track2_rest(view, separator, false, &rest) ||
        rest.data_end - first != (s[begin] - 48u) * 10 + (s[begin + 1] - 48u))
        return 0;
    trace(list, view, first, rest.end, MATCH_TRACK2, GATES);
    return match_add_units(list, view, first, rest.end, MATCH_TRACK2, BLOT_REDACTED, false);
}

static int find_track2(struct match_list *list, const struct view *view, uint32_t separator)
{
    const uint8_t *s = view->symbols;
    uint32_t begin = separator, most = PAN_DIGITS_MAX + LENGTH_DIGITS;
    while (begin > 0 && separator - begin <= most && symbol_is(s[begin - 1], CLASS_DIGIT))
        begin--;
    if (separator - begin > most ||
        (begin > 0 && s[separator] != '=' && symbol_is(s[begin - 1], CLASS_LETTER) &&
         !binding_after_colour(view, begin)))
        return 0;
    bool sentinel = begin > 0 && s[begin - 1] == ';';
    bool marked = sentinel || field_begins(view, begin, FIELD_TRACK2);
    struct track2_rest rest;
    bool card = is_card(view, begin, separator, marked);
    if (!card || !read_track2_rest(view, separator, marked, &rest)) {
        trace(list, view, begin, separator, MATCH_TRACK2, card ? GATE_DATE : GATE_CARD);
        return find_track2_llvar(list, view, begin, separator);
    }
    trace(list, view, begin - sentinel, rest.end, MATCH_TRACK2, GATES);
    return match_add_units(list, view, begin - sentinel, rest.end, MATCH_TRACK2, BLOT_REDACTED,
                           false);
}

int track_find_after(struct match_list *list, const struct view *view, uint32_t end)
{
    uint8_t after = symbol_at(view, end);
    if (after == '^')
        return find_track1(list, view, end);
    return after == '=' || (after | 0x20) == 'd' ? find_track2(list, view, end) : 0;
}
