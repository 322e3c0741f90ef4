#include "rules/hint.h"
#include "rules/match/grouping.h"
#include "rules/match/label.h"
#include "rules/sift_near.h"
#include "rules/validate/luhn.h"

#include <endian.h>
#include <string.h>

enum {
    PAN_DIGITS_MIN = 12,
    PAN_DIGITS_MAX = 19,
    ID_DIGITS_MIN = 17, /* of bare numbers that an id as label clears (contract 2.6) */
    LUHN_BYTES = 24,    /* that are read to try Luhn */
    LABEL_BYTES = 448,  /* before a number, where its label may stand (contract 2.7) */
};

/* What stands before a number, on its line and not too far to hold its label. */
struct before {
    size_t begin;
    bool card;   /* it may hold, or hide, a card word */
    bool unsure; /* it may stand for something else, end a replacement, or begin a token */
};

enum {
    BYTES_BEHIND = 2, /* what words are known by, less one */
};

/* Looks at 16 bytes, and BYTES_BEHIND more. All card words hold one of `car`, `cc` and `pan`.
 * Returns how many of the bytes are on the line of what follows. */
static inline unsigned look_at(const uint8_t *text, struct before *before)
{
    const uint8_t small = 0x20;
    bytes16 now = bytes16_load(text), next = bytes16_load(text + 1), last = bytes16_load(text + 2);
    bytes16 first = now | small, second = next | small, third = last | small;
    bytes16 a = bytes16_is(second, 'a');
    bytes16 card =
        (bytes16_is(first, 'c') & (bytes16_is(second, 'c') | (a & bytes16_is(third, 'r')))) |
        (bytes16_is(first, 'p') & a & bytes16_is(third, 'n'));
    bytes16 token = bytes16_is(now, 't') & bytes16_is(next, 'o') & bytes16_is(last, 'k');
    bytes16 hides = bytes16_is_high(now) | bytes16_is_escape(now);
    unsigned newlines = bytes16_mask(bytes16_is(now, '\n')), line = ~0u, count = BYTES16;
    if (newlines) {
        count = (unsigned)__builtin_clz(newlines) - (32 - BYTES16);
        line <<= BYTES16 - count;
    }
    before->card |= (bytes16_mask(card | hides) & line) != 0;
    before->unsure |=
        (bytes16_mask(hides | bytes16_is(now, '+') | bytes16_is(now, ']') | token) & line) != 0;
    return count;
}

/* The same of the `count` bytes before `end`, where the text is too short to load more. */
static unsigned look_at_few(const struct sift *sift, size_t end, size_t count,
                            struct before *before)
{
    uint8_t bytes[BYTES16 + BYTES_BEHIND];
    size_t behind = sift->size - end;
    memset(bytes, '\n', sizeof(bytes));
    memcpy(bytes + BYTES16 - count, sift->text + end - count,
           count + (behind < BYTES_BEHIND ? behind : BYTES_BEHIND));
    return look_at(bytes, before);
}

static struct before look_before(const struct sift *sift, size_t at)
{
    struct before before = {.begin = at};
    size_t least = at > LABEL_BYTES ? at - LABEL_BYTES : 0;
    for (;;) {
        size_t left = before.begin - least;
        unsigned count =
            left >= BYTES16 && sift->size - before.begin >= BYTES_BEHIND
                ? look_at(sift->text + before.begin - BYTES16, &before)
                : look_at_few(sift, before.begin, left < BYTES16 ? left : BYTES16, &before);
        before.begin -= count;
        if (count < BYTES16)
            return before;
    }
}

/* Whether digits for which Luhn holds may be a number without a card label: by issuer or track
 * sentinel. */
static bool may_be_number(const struct sift *sift, size_t begin, const uint8_t *digits,
                          unsigned count)
{
    uint8_t before = begin > 0 ? (uint8_t)(sift->text[begin - 1] | 0x20) : 0;
    return before == 'b' || before == (';' | 0x20) ||
           issuer_may_exist(&sift->tables->issuers, digits, count);
}

/* Whether the number's own label is an id in every view: what stands before it is plain ASCII, and
 * none of it inert (contract 1.6), as such text ends a label. */
static bool has_id_label(const struct sift *sift, size_t begin, const struct before *before)
{
    struct view view = {.symbols = sift->text + before->begin,
                        .size = (uint32_t)(begin - before->begin)};
    return !before->unsure && label_own(&view, view.size) == LABEL_ID;
}

/* Whether a group that ends before `end` may be the number of a track. */
static bool may_be_track(const struct sift *sift, size_t end)
{
    uint8_t after = byte_at(sift, end);
    return after == '^' || after == '=' || (after | 0x20) == 'd' || after == '%' || after == '&' ||
           after == '\\' || after >= 0x80;
}

static uint64_t load_8(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return le64toh(value);
}

/* The top bit of each of 8 bytes that is no digit. */
static uint64_t other_bytes(const uint8_t *bytes)
{
    uint64_t values = load_8(bytes) ^ 0x3030303030303030;
    return (((values & 0x7F7F7F7F7F7F7F7F) + 0x7676767676767676) | values) & 0x8080808080808080;
}

/* How many of the 8 bytes from `bytes` on are digits, up to the first that is none. */
static unsigned leading_digits(const uint8_t *bytes)
{
    uint64_t others = other_bytes(bytes);
    return others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
}

/* How many of the 8 bytes before `end` are digits, back to the first that is none. */
static unsigned trailing_digits(const uint8_t *end)
{
    uint64_t others = other_bytes(end - 8);
    return others ? (unsigned)__builtin_clzll(others) / 8 : 8;
}

/* Luhn for 12–20 digits before `end`, in front of which 24 bytes may be read. As luhn_holds, but
 * without branches. */
static bool luhn_holds_before(const uint8_t *end, unsigned count)
{
    const uint64_t zeros = 0x3030303030303030;
    unsigned second = count < 16 ? count - 8 : 8, third = count - 8 - second;
    uint64_t lanes = luhn_lanes(load_8(end - 8) ^ zeros);
    lanes += luhn_lanes((load_8(end - 16) ^ zeros) & ~UINT64_C(0) << (64 - 8 * second));
    lanes += luhn_lanes((load_8(end - 24) ^ zeros) & ~UINT64_C(0) << (63 - 8 * third) << 1);
    return (lanes * 0x0001000100010001 >> 48) % 10 == 0;
}

/* `at`: the 12th digit of a group. */
bool sift_number_long(const struct sift *sift, size_t at)
{
    size_t begin = at - (PAN_DIGITS_MIN - 1), end = at + 1;
    if (sift->size - end >= 8) {
        end += leading_digits(sift->text + end);
    } else {
        while (end - begin <= PAN_DIGITS_MAX && is_digit(byte_at(sift, end)))
            end++;
    }
    unsigned count = (unsigned)(end - begin);
    const uint8_t *digits = sift->text + begin;
    if (count > PAN_DIGITS_MAX)
        return true;
    if (hint_framed(sift->text, sift->size, begin, end))
        return true;
    if (end >= LUHN_BYTES ? !luhn_holds_before(sift->text + end, count)
                          : !luhn_holds(digits, count))
        return false;
    bool may_be_id = count >= ID_DIGITS_MIN && !may_be_track(sift, end);
    bool is_known = digits[0] == '0' || may_be_number(sift, begin, digits, count);
    if (is_known && !may_be_id)
        return true;
    struct before before = look_before(sift, begin);
    if ((is_known || before.card) && !(may_be_id && has_id_label(sift, begin, &before)))
        return true;
    return hint_field(sift->text, begin);
}

/* Begin of the digits that end before `end`; at most one more than a number has. */
static size_t group_begin(const struct sift *sift, size_t end)
{
    size_t begin = end;
    if (end >= 8) {
        begin -= trailing_digits(sift->text + end);
        if (end - begin < 8)
            return begin;
    }
    while (begin > 0 && end - begin <= PAN_DIGITS_MAX && is_digit(sift->text[begin - 1]))
        begin--;
    return begin;
}

static size_t group_end(const struct sift *sift, size_t begin)
{
    size_t end = begin;
    if (sift->size - begin >= 8) {
        end += leading_digits(sift->text + begin);
        if (end - begin < 8)
            return end;
    }
    while (end - begin <= PAN_DIGITS_MAX && is_digit(byte_at(sift, end)))
        end++;
    return end;
}

/* Where the group begins that is linked to the digits before `at`; 0: there is none. */
static size_t skip_link(const struct sift *sift, size_t at)
{
    size_t end = at;
    while (end - at <= SIFT_LINK_BYTES_MAX && is_link(byte_at(sift, end)))
        end++;
    return end > at && end - at <= SIFT_LINK_BYTES_MAX && is_digit(byte_at(sift, end)) ? end : 0;
}

/* Where the group ends to which that at `begin` is linked, as the kernel says. */
static size_t linked_end(const struct sift *sift, size_t begin)
{
    do {
        begin--;
    } while (is_link(sift->text[begin - 1]));
    return begin;
}

/* Whether what begins at `at` is the fraction of a decimal number (contract 2.4) in every view:
 * what stands before it is no part of an escape, and not inert. */
static bool is_fraction(const struct sift *sift, size_t at)
{
    if (at < 2 || sift->text[at - 1] != '.' || !is_digit(sift->text[at - 2]))
        return false;
    size_t begin = group_begin(sift, at - 1);
    uint8_t before = begin > 0 ? sift->text[begin - 1] : 0x80;
    return before < 0x80 && !symbol_is(before, CLASS_WORD) && before != '_' &&
           !follows_partial_escape(sift, begin);
}

/* Groups in a row, as one number. */
struct window {
    unsigned groups, digits;
    uint8_t sizes[GROUPING_GROUPS_MAX];
    uint8_t text[LUHN_BYTES + PAN_DIGITS_MAX + 8]; /* zeros in front, for luhn_holds_before */
};

static bool may_be_window(const struct sift *sift, size_t begin, const struct window *window)
{
    const uint8_t *digits = window->text + LUHN_BYTES;
    return window->digits >= PAN_DIGITS_MIN &&
           luhn_holds_before(digits + window->digits, window->digits) &&
           grouping_of(window->sizes, window->groups,
                       issuer_find(digits, window->digits, false).ordinary,
                       false) != GROUPING_NONE &&
           (may_be_number(sift, begin, digits, window->digits) || look_before(sift, begin).card ||
            hint_field(sift->text, begin));
}

/* Whether some of the groups from `begin` on may be a number. */
static bool sift_groups(const struct sift *sift, size_t begin)
{
    struct window window;
    size_t at = begin;
    if (is_fraction(sift, begin))
        return false;
    window.groups = window.digits = 0;
    memset(window.text, '0', LUHN_BYTES);
    do {
        size_t end = group_end(sift, at), size = end - at;
        if (window.digits + size > PAN_DIGITS_MAX)
            return false;
        uint8_t *digits = window.text + LUHN_BYTES + window.digits;
        if (size <= 8 && sift->size - at >= 8)
            memcpy(digits, sift->text + at, 8);
        else
            memcpy(digits, sift->text + at, size);
        window.digits += (unsigned)size;
        window.sizes[window.groups++] = (uint8_t)size;
        if (may_be_window(sift, begin, &window))
            return true;
        at = skip_link(sift, end);
    } while (at);
    return false;
}

/* `at`: the 3rd digit of the third group. Of contract 2.6 4-4-4 and on, 4-4-5, 4-4-6, 4-5-6, 4-6-3,
 * 4-6-4 and 4-6-5 have three groups of which the first has 4. */
bool sift_number_grouped(const struct sift *sift, size_t at)
{
    size_t third = at - 2, second_end = linked_end(sift, third);
    size_t second = group_begin(sift, second_end), first_end = linked_end(sift, second);
    size_t third_size = group_end(sift, third) - third;
    switch (second_end - second) {
    case 4:
        return third_size >= 4 && third_size <= 6 && sift_groups(sift, first_end - 4);
    case 5:
        return third_size == 6 && sift_groups(sift, first_end - 4);
    case 6:
        return third_size <= 5 && sift_groups(sift, first_end - 4);
    default:
        return false;
    }
}

/* `at`: the 6th digit of the second group, or, where the first one has 4, the 12th. Of contract 2.6
 * two groups, both of at least 6 or 4-12, and 6-6-4. */
bool sift_number_halves(const struct sift *sift, size_t at)
{
    size_t second = is_digit(sift->text[at - 6]) ? at - 11 : at - 5;
    size_t first_end = linked_end(sift, second);
    size_t first = group_begin(sift, first_end), first_size = first_end - first;
    if (is_fraction(sift, first)) /* as most are, of a time */
        return false;
    size_t second_size = group_end(sift, second) - second;
    if (first_size + second_size > PAN_DIGITS_MAX || (first_size == 4 && second_size != 12))
        return false;
    return sift_groups(sift, first);
}

bool sift_number_small(const struct sift *sift, size_t at)
{
    return look_before(sift, at).card || hint_pairs(sift->text, at) || hint_field(sift->text, at);
}
