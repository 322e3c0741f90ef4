/* Card data of chip transactions in hex: tags of EMV 4.3 book 3, annex B (contract 2.10). */
#include "rules/match/match.h"
#include "rules/validate/issuer.h"
#include "rules/validate/luhn.h"

#include <string.h>

enum {
    PAIR_UNITS = 2,
    SPACED_UNITS = 3, /* a pair and the space before the next one */
    HEAD_PAIRS = 2,   /* tag and length */
    PAN_BYTES_MIN = 0x06,
    PAN_BYTES_MAX = 0x0A,
    TRACK_BYTES_MIN = 0x08,
    TRACK_BYTES_MAX = 0x13,
    DIGITS_MIN = 12,
    DIGITS_MAX = 19,
    REST_DIGITS_MIN = 3,
    REST_DIGITS_MAX = 24,
};

/* The hex digits of one item. */
struct item {
    const struct view *view;
    uint32_t begin, stride;
    uint32_t count; /* hex digits that the item has or, cut short, that stand there */
};

/* The unit of hex digit `index`. */
static uint32_t unit_of(const struct item *item, uint32_t index)
{
    return item->begin + index / 2 * item->stride + index % 2;
}

/* The hex digit `index`; SYMBOL_INVALID where none stands. */
static uint8_t digit_at(const struct item *item, uint32_t index)
{
    uint32_t at = unit_of(item, index);
    const struct view *view = item->view;
    if (at >= view->size || !symbol_is(view->symbols[at], CLASS_HEX) ||
        (item->stride == SPACED_UNITS && index % 2 == 0 && index > 0 &&
         view->symbols[at - 1] != ' '))
        return SYMBOL_INVALID;
    return view->symbols[at];
}

/* Counts the hex digits of the item, at most `most`. */
static void count_digits(struct item *item, uint32_t most)
{
    for (item->count = 0; item->count < most; item->count++) {
        if (digit_at(item, item->count) == SYMBOL_INVALID)
            return;
    }
}

/* The digits from `first` on, at most 20, into `ret_text`. Returns how many. */
static uint32_t read_digits(const struct item *item, uint32_t first, uint8_t *ret_text)
{
    uint32_t count = 0;
    while (count <= DIGITS_MAX && first + count < item->count &&
           symbol_is(digit_at(item, first + count), CLASS_DIGIT)) {
        ret_text[count] = digit_at(item, first + count);
        count++;
    }
    return count;
}

static bool is_number(const uint8_t *digits, uint32_t count)
{
    return count >= DIGITS_MIN && count <= DIGITS_MAX && luhn_holds(digits, count) &&
           memcmp(digits, digits + 1, count - 1) != 0 &&
           issuer_find(digits, count, true).has_issuer;
}

/* How many hex digits from `at` on are `F`. */
static uint32_t count_fillers(const struct item *item, uint32_t at)
{
    uint32_t end = at;
    while (end < item->count && (digit_at(item, end) | 0x20) == 'f')
        end++;
    return end - at;
}

static int add_number(struct match_list *list, const struct item *item, const uint8_t *digits,
                      uint32_t count)
{
    uint32_t first = unit_of(item, HEAD_PAIRS * 2);
    uint32_t after = unit_of(item, HEAD_PAIRS * 2 + count - 1) + 1;
    struct match match = {
        .begin = view_place(item->view, first),
        .end = view_place(item->view, after),
        .digits = count,
        .kind = MATCH_PAN,
        .view = (uint8_t)item->view->round,
        .as_written = item->view->round == 0,
        .first = first,
        .after = after,
    };
    match_set_number(&match, digits, count);
    struct verdict verdict = {.all = true, .groups = 1};
    gate_fails(&verdict, GATE_LUHN, false);
    gate_fails(&verdict, GATE_ISSUER, false);
    verdict.fit = issuer_find(digits, count, true);
    match_trace(list, item->view, first, after, MATCH_PAN, &verdict);
    return match_add(list, &match);
}

/* Tag 5A, the application PAN. */
static int find_pan(struct match_list *list, struct item *item, uint32_t bytes)
{
    uint8_t text[DIGITS_MAX + 1];
    uint32_t head = HEAD_PAIRS * 2, all = head + bytes * 2;
    if (bytes < PAN_BYTES_MIN || bytes > PAN_BYTES_MAX)
        return 0;
    count_digits(item, all);
    if (item->count < all)
        return 0;
    uint32_t count = read_digits(item, head, text);
    if (!is_number(text, count) || count_fillers(item, head + count) != all - head - count)
        return 0;
    return add_number(list, item, text, count);
}

/* Tag 57, the track 2 equivalent data, and 9F6B, that of a contactless Mastercard. */
static int find_track(struct match_list *list, struct item *item, uint32_t bytes)
{
    uint8_t text[DIGITS_MAX + 1];
    uint32_t head = HEAD_PAIRS * 2, all = head + bytes * 2;
    if (bytes < TRACK_BYTES_MIN || bytes > TRACK_BYTES_MAX)
        return 0;
    count_digits(item, all);
    uint32_t count = read_digits(item, head, text), at = head + count;
    if (!is_number(text, count) || at >= item->count || (digit_at(item, at) | 0x20) != 'd')
        return 0;
    int r = add_number(list, item, text, count);
    uint32_t rest = ++at;
    while (at < item->count && symbol_is(digit_at(item, at), CLASS_DIGIT))
        at++;
    uint32_t fillers = count_fillers(item, at);
    if (r < 0 || item->count < all || at - rest < REST_DIGITS_MIN || at - rest > REST_DIGITS_MAX ||
        fillers > 1 || at + fillers != all)
        return r;
    return match_add_units(list, item->view, unit_of(item, head), unit_of(item, all - 1) + 1,
                           MATCH_TRACK2, BLOT_REDACTED, false);
}

/* The item whose tag is at `at`, if it is one that holds a number. */
static int find_item(struct match_list *list, const struct view *view, uint32_t at)
{
    const uint8_t *s = view->symbols;
    bool pan = s[at] == '5' && (s[at + 1] | 0x20) == 'a';
    if (!pan && !(s[at] == '5' && s[at + 1] == '7') && !(s[at] == '6' && (s[at + 1] | 0x20) == 'b'))
        return 0;
    struct item item = {
        .view = view, .begin = at, .stride = s[at + 2] == ' ' ? SPACED_UNITS : PAIR_UNITS};
    count_digits(&item, HEAD_PAIRS * 2);
    if (item.count < HEAD_PAIRS * 2)
        return 0;
    uint32_t bytes = symbol_hex(digit_at(&item, 2)) << 4 | symbol_hex(digit_at(&item, 3));
    return pan ? find_pan(list, &item, bytes) : find_track(list, &item, bytes);
}

/* The items whose tags begin among the units [at, end). */
static int find_items(struct match_list *list, const struct view *view, uint32_t at, uint32_t end)
{
    int r = 0;
    for (; r == 0 && at < end; at++) {
        uint8_t first = view->symbols[at];
        if ((first == '5' || first == '6') && view->size - at > HEAD_PAIRS * SPACED_UNITS)
            r = find_item(list, view, at);
    }
    return r;
}

int tlv_find(struct match_list *list, const struct view *view, uint32_t begin, uint32_t end,
             uint32_t *done)
{
    uint32_t at = begin > HEAD_PAIRS * SPACED_UNITS ? begin - HEAD_PAIRS * SPACED_UNITS : 0;
    at = at > *done ? at : *done;
    /* The letter of tags 5A and 9F6B stands before the digits. Tag 57 may be of one row with what
     * stands before it, but behind its number comes a D. */
    bool may_be_track = end < view->size && (view->symbols[end] | 0x20) == 'd';
    uint32_t last = may_be_track ? end - DIGITS_MIN + 1 : begin;
    *done = last > at ? last : at;
    return find_items(list, view, at, last);
}
