#include "rules/sift.h"

#include "rules/hint.h"
#include "rules/match/label.h"
#include "rules/trigger.h"
#include "rules/validate/luhn.h"
#include "rules/view/escape.h"
#include "rules/view/symbol.h"

#include <endian.h>
#include <string.h>

enum {
    PAN_DIGITS_MIN = 12,
    PAN_DIGITS_MAX = 19,
    ID_DIGITS_MIN = 17, /* of bare numbers that an id as label clears (contract 2.6) */
    LINK_BYTES_MAX = 3,
    LABEL_BYTES = 320, /* before a number, where its label may stand (contract 2.7) */
    ESCAPE_BYTES = 32, /* more than any escape has */
    PARTIAL_BYTES = 8, /* before a byte, where an escape that it ends may begin */
    JOINER_BYTES = 2,
    BACKSLASHES_MAX = 16, /* more are looked at by the exact search */
    TAG_NAME_BYTES = 128,
    BINDING_BYTES = 96, /* behind a core, in which its value begins if none of it is encoded */
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* Bytes that may stand in a number or in an escape within it; a high byte may be anything. */
static bool is_span_byte(uint8_t byte)
{
    return byte >= 0x80 || symbol_is(byte, CLASS_SPAN);
}

static uint8_t byte_at(const struct sift *sift, size_t at)
{
    return at < sift->size ? sift->text[at] : (uint8_t)'\n';
}

/* Whether the span around `at` has digits enough for a number. */
static bool span_holds_number(struct sift *sift, size_t at)
{
    if (at >= sift->span_begin && at < sift->span_end)
        return sift->span_holds;
    size_t begin = at, end = at;
    unsigned digits = 0;
    while (begin > 0 && is_span_byte(sift->text[begin - 1])) {
        begin--;
        digits += is_digit(sift->text[begin]) || sift->text[begin] >= 0x80;
    }
    while (end < sift->size && is_span_byte(sift->text[end])) {
        digits += is_digit(sift->text[end]) || sift->text[end] >= 0x80;
        end++;
    }
    sift->span_begin = begin;
    sift->span_end = end;
    sift->span_holds = digits >= PAN_DIGITS_MIN;
    return sift->span_holds;
}

/* Whether one of the few bytes before `at` may begin an escape that is not complete in view 0. */
static bool follows_partial_escape(const struct sift *sift, size_t at)
{
    size_t least = at > PARTIAL_BYTES ? at - PARTIAL_BYTES : 0;
    for (; at > least; at--) {
        uint8_t byte = sift->text[at - 1];
        if (byte == '\n')
            return false;
        if (byte == '%' || byte == '\\' || byte == '&' || byte == '#')
            return true;
    }
    return false;
}

/* Whether what `\\` leaves may be an escape again. */
static bool backslash_goes_on(const struct sift *sift, size_t at)
{
    for (unsigned n = 0; byte_at(sift, at) == '\\'; n++, at++) {
        if (n == BACKSLASHES_MAX)
            return true;
    }
    uint8_t name = byte_at(sift, at), next = byte_at(sift, at + 1);
    bool hex = symbol_is(next < 0x80 ? next : 0, CLASS_HEX) || next >= 0x80 || next == '\\' ||
               next == '%' || next == '&';
    return name == '%' || name == '&' || name >= 0x80 || ((name == 'u' || name == 'x') && hex);
}

/* Whether the symbol may be of what begins a frame and need not stand near other digits: the 52 of
 * a field, base64. */
static bool is_frame_digit(uint8_t symbol)
{
    uint8_t digit = symbol >= SYMBOL_DIGIT ? (uint8_t)(symbol - SYMBOL_DIGIT + '0') : symbol;
    return (digit >= '2' && digit <= '5') || digit == '9';
}

/* `symbol` is what the escape of `length` bytes at `at` becomes in view 1. */
static bool sift_decoded(struct sift *sift, size_t at, size_t length, uint8_t symbol)
{
    uint8_t last = sift->text[at + length - 1], next = byte_at(sift, at + length);
    if (symbol == '\\' && sift->text[at] == '\\')
        return backslash_goes_on(sift, at + length) || span_holds_number(sift, at);
    if (symbol == '\\' || symbol == '%' || symbol == '&' || symbol == '#' || symbol == ';' ||
        symbol_is(symbol, CLASS_LETTER))
        return true;
    bool digit = symbol_is(symbol, CLASS_DIGIT) || symbol >= SYMBOL_DIGIT;
    if (digit && (follows_partial_escape(sift, at) || is_frame_digit(symbol)))
        return true;
    /* An escape that ends in a digit hides where the number behind it begins. */
    if (digit || symbol_is(symbol, CLASS_SEPARATOR) || symbol == '+' ||
        (is_digit(last) && (is_digit(next) || next >= 0x80 || next == '%' || next == '\\')))
        return span_holds_number(sift, at);
    return false;
}

/* A character above ASCII. */
static bool sift_character(struct sift *sift, size_t at)
{
    uint32_t code_point;
    unsigned length = symbol_utf8(sift->text + at, sift->size - at, &code_point);
    uint8_t symbol = length ? symbol_of(code_point) : (uint8_t)SYMBOL_INVALID;
    if (symbol != SYMBOL_BLANK && symbol != SYMBOL_DASH && symbol < SYMBOL_DIGIT)
        return false;
    return span_holds_number(sift, at) ||
           (symbol >= SYMBOL_DIGIT && follows_partial_escape(sift, at)) || is_frame_digit(symbol);
}

static bool sift_escape(struct sift *sift, size_t at)
{
    uint8_t first = sift->text[at], symbol;
    if (first >= 0x80)
        return sift_character(sift, at);
    if (first == '#' && at > 0 && sift->text[at - 1] == '&')
        at--;
    size_t size = sift->size - at;
    uint32_t length = escape_read(
        sift->text + at, (uint32_t)(size < ESCAPE_BYTES ? size : ESCAPE_BYTES), 0, 1, &symbol);
    return length && sift_decoded(sift, at, length, symbol);
}

/* Whether anything that may be, or hide, a card word stands where the label of the number at `at`
 * may be. All card words hold one of `ca`, `cc` and `pan`. */
static bool may_have_card_label(const struct sift *sift, size_t at)
{
    size_t least = at > LABEL_BYTES ? at - LABEL_BYTES : 0;
    const uint8_t *newline = memrchr(sift->text + least, '\n', at - least);
    least = newline ? (size_t)(newline - sift->text) : least;
    for (; at > least; at--) {
        uint8_t byte = sift->text[at - 1];
        if (byte < 0x80 && !symbol_is(byte, CLASS_CORE | CLASS_ESCAPE))
            continue;
        if (byte >= 0x80 || byte == '\\' || byte == '%' || byte == '&')
            return true;
        uint8_t next = byte_at(sift, at) | 0x20;
        if ((byte | 0x20) == 'c' && (next == 'c' || next == 'a'))
            return true;
        if ((byte | 0x20) == 'p' && next == 'a' && (byte_at(sift, at + 1) | 0x20) == 'n')
            return true;
    }
    return false;
}

/* Whether digits for which Luhn holds may be a number: by issuer, label or track sentinel. */
static bool sift_number(const struct sift *sift, size_t begin, const uint8_t *digits,
                        unsigned count)
{
    if (issuer_may_exist(&sift->tables->issuers, digits, count))
        return true;
    uint8_t before = begin > 0 ? (uint8_t)(sift->text[begin - 1] | 0x20) : 0;
    return before == 'b' || before == (';' | 0x20) || may_have_card_label(sift, begin);
}

/* Whether the number's own label is an id in every view: what stands before it is plain ASCII. */
static bool has_id_label(const struct sift *sift, size_t begin)
{
    size_t least = begin > LABEL_BYTES ? begin - LABEL_BYTES : 0, from = begin;
    for (; from > least && sift->text[from - 1] != '\n'; from--) {
        uint8_t byte = sift->text[from - 1];
        if (byte >= 0x80 || byte == '\\' || byte == '%' || byte == '&' || byte == '#' ||
            byte == '+')
            return false;
    }
    struct view before = {.symbols = sift->text + from, .size = (uint32_t)(begin - from)};
    return label_own(&before, before.size) == LABEL_ID;
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

/* Sums of 8 digits, of which those at even places are doubled, in lanes of 16 bits. */
static uint64_t luhn_lanes(uint64_t values)
{
    uint64_t doubled = (values & 0x00FF00FF00FF00FF) << 1, once = values >> 8 & 0x00FF00FF00FF00FF;
    uint64_t carries = (doubled + 0x0076007600760076) >> 7 & 0x0001000100010001;
    return doubled - carries * 9 + once;
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

enum {
    BYTES_BEFORE = 24, /* the 12th digit, with it, and behind it, that are read to try Luhn */
    BYTES_BEHIND = 8,
};

/* What hint_framed asks first of the digits [begin, end), without branches. */
static bool may_be_framed(const uint8_t *begin, const uint8_t *end)
{
    unsigned length = (begin[0] - 48u) * 10 + (begin[1] - 48u);
    return ((begin[-1] | 0x20) == 'a') | ((*end | 0x20) == 'd') | (*end == '=') | (*end >= 0x80) ||
           (symbol_is(*end, CLASS_ESCAPE) != 0) | (length + 2 == (size_t)(end - begin));
}

size_t sift_thin(const struct sift *sift, uint64_t *events, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t event = events[i];
        size_t end = (size_t)(event >> KERNEL_KINDS) + 1;
        bool keep = (event & ((1 << KERNEL_KINDS) - 1)) != KERNEL_LONG;
        if (end >= BYTES_BEFORE && end + BYTES_BEHIND < sift->size) {
            const uint8_t *digits = sift->text + end - PAN_DIGITS_MIN;
            unsigned all = PAN_DIGITS_MIN + leading_digits(sift->text + end);
            keep |= luhn_holds_before(digits + all, all);
            keep |= may_be_framed(digits, digits + all);
            keep |= all > PAN_DIGITS_MAX;
        } else {
            keep = true;
        }
        events[kept] = event;
        kept += keep;
    }
    return kept;
}

/* `at`: the 12th digit of a group. */
static bool sift_long(const struct sift *sift, size_t at)
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
    if (end >= 24 ? !luhn_holds_before(sift->text + end, count) : !luhn_holds(digits, count))
        return false;
    if ((digits[0] == '0' || sift_number(sift, begin, digits, count)) &&
        (count < ID_DIGITS_MIN || may_be_track(sift, end) || !has_id_label(sift, begin)))
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

/* What may be a separator in some view: `+` between digits becomes a blank. */
static bool is_link(uint8_t byte)
{
    return byte == '+' || (byte < 0x80 && symbol_is(byte, CLASS_SEPARATOR));
}

/* Where the group begins that is linked to the digits before `at`; 0: there is none. */
static size_t skip_link(const struct sift *sift, size_t at)
{
    size_t end = at;
    while (end - at <= LINK_BYTES_MAX && is_link(byte_at(sift, end)))
        end++;
    return end > at && end - at <= LINK_BYTES_MAX && is_digit(byte_at(sift, end)) ? end : 0;
}

/* Where the group ends to which that at `begin` is linked, as the kernel says. */
static size_t linked_end(const struct sift *sift, size_t begin)
{
    do {
        begin--;
    } while (is_link(sift->text[begin - 1]));
    return begin;
}

/* Whether Luhn holds for the digits of some 12–19 of the groups from `at` on. */
static bool sift_groups(const struct sift *sift, size_t at)
{
    /* Zeros in front, for luhn_holds_before. */
    uint8_t text[BYTES_BEFORE + PAN_DIGITS_MAX + 8], *digits = text + BYTES_BEFORE;
    unsigned count = 0;
    size_t begin = at;
    memset(text, '0', BYTES_BEFORE);
    do {
        size_t end = group_end(sift, at);
        if (count + (end - at) > PAN_DIGITS_MAX)
            return false;
        if (end - at <= 8 && sift->size - at >= 8)
            memcpy(digits + count, sift->text + at, 8);
        else
            memcpy(digits + count, sift->text + at, end - at);
        count += (unsigned)(end - at);
        if (count >= PAN_DIGITS_MIN && luhn_holds_before(digits + count, count) &&
            (sift_number(sift, begin, digits, count) || hint_field(sift->text, begin)))
            return true;
        at = skip_link(sift, end);
    } while (at);
    return false;
}

/* `at`: the 3rd digit of the third group. Of contract 2.6 4-4-4 and on, 4-4-5, 4-4-6, 4-5-6, 4-6-3,
 * 4-6-4 and 4-6-5 have three groups of which the first has 4. */
static bool sift_grouped(const struct sift *sift, size_t at)
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

/* `at`: a digit of the second group. Of contract 2.6 two groups, both of at least 6 or 4-12, and
 * 6-6-4. */
static bool sift_halves(const struct sift *sift, size_t at)
{
    size_t second = group_begin(sift, at), first_end = linked_end(sift, second);
    size_t first = group_begin(sift, first_end), first_size = first_end - first;
    size_t second_size = group_end(sift, second) - second;
    if (first_size + second_size > PAN_DIGITS_MAX || (first_size == 4 && second_size != 12))
        return false;
    return sift_groups(sift, first);
}

static uint8_t lower_at(const struct sift *sift, size_t at)
{
    uint8_t byte = byte_at(sift, at);
    return byte < 0x80 ? symbol_lower(byte) : byte;
}

static bool has_word(const struct sift *sift, size_t at, const char *word)
{
    for (; *word; word++, at++) {
        if (lower_at(sift, at) != (uint8_t)*word)
            return false;
    }
    return true;
}

/* Whether `word` may follow, over joiners, which may be encoded. */
static bool may_follow(const struct sift *sift, size_t at, const char *word)
{
    for (unsigned n = 0; n <= JOINER_BYTES; n++, at++) {
        uint8_t byte = byte_at(sift, at);
        if (byte >= 0x80 || byte == '%' || byte == '\\' || byte == '&' || byte == '#')
            return true;
        if (byte != '_' && byte != '-' && byte != ' ' && byte != '\t')
            break;
    }
    return has_word(sift, at, word);
}

/* Whether a digit, or what may be one, follows on the line. */
static bool digit_follows(struct sift *sift, size_t at)
{
    if (at < sift->search_begin || at > sift->search_end) {
        size_t end = at;
        while (byte_at(sift, end) != '\n' && !is_digit(sift->text[end]) && sift->text[end] < 0x80)
            end++;
        sift->search_begin = at;
        sift->search_end = end;
    }
    return byte_at(sift, sift->search_end) != '\n';
}

/* Whether the label at `at` may be in an XML tag. */
static bool may_be_tag(const struct sift *sift, size_t at)
{
    size_t least = at > TAG_NAME_BYTES ? at - TAG_NAME_BYTES : 0;
    for (; at > least; at--) {
        uint8_t byte = sift->text[at - 1];
        if (byte == '<' || byte >= 0x80 || byte == ';' || byte == '%')
            return true;
        if (!symbol_is(byte, CLASS_WORD | CLASS_BLANK) && byte != '_' && byte != '-' &&
            byte != '.' && byte != ':')
            return byte == '\\';
    }
    return true;
}

/* Whether a value may be bound to the label at `at`, whose core ends before `end` (contract 3.1).
 */
static bool value_may_follow(struct sift *sift, size_t at, size_t end)
{
    bool assigned = false;
    size_t most = end + BINDING_BYTES;
    if (may_be_tag(sift, at))
        return digit_follows(sift, end);
    for (; end < most; end++) {
        uint8_t byte = byte_at(sift, end);
        if (byte >= 0x80 || is_digit(byte) || byte == '+' || byte == '%' || byte == '\\' ||
            byte == '&' || byte == '#')
            return digit_follows(sift, end);
        bool after_label = end > at && symbol_is(sift->text[end - 1], CLASS_WORD);
        if (symbol_is(byte, CLASS_QUOTE) && !after_label)
            return digit_follows(sift, end);
        if (byte == '=' || byte == ':')
            assigned = true;
        else if (symbol_is(byte, CLASS_LETTER) || byte == '_'
                     ? assigned
                     : !symbol_is(byte, CLASS_QUOTE | CLASS_BLANK | CLASS_DASH) && byte != '>' &&
                           byte != '(' && byte != '[' && byte != '{' && byte != ')' && byte != ']')
            return hint_column(sift->text, end) && digit_follows(sift, end);
    }
    return digit_follows(sift, end);
}

/* Whether the word at `at`, of a label that counts in a card record only, may be in a label: whole,
 * after a case change, or among affixes. */
static bool is_label(const struct sift *sift, size_t at, size_t length)
{
    static const char *const affixes[] = {
        "card", "code",  "number", "value", "no",    "num",  "encrypted",
        "enc",  "clear", "format", "iso",   "block", "data", NULL,
    };
    uint8_t before = at > 0 ? sift->text[at - 1] : (uint8_t)'\n',
            after = lower_at(sift, at + length);
    bool left = before >= 0x80 || !symbol_is(before, CLASS_WORD) ||
                symbol_is(sift->text[at], CLASS_UPPER) || follows_partial_escape(sift, at);
    bool right = after >= 0x80 || !symbol_is(after, CLASS_WORD);
    for (const char *const *affix = affixes; *affix && !(left && right); affix++) {
        size_t size = strlen(*affix);
        left |= at >= size && has_word(sift, at - size, *affix);
        right |= has_word(sift, at + length, *affix);
    }
    return left && right;
}

/* Whether the text of a run of base64 may begin at `at` (contract 1.7). */
static bool begins_base64(const struct sift *sift, size_t at)
{
    static const char *const begins[] = {"eyJ", "PD94", "PHNv", "W3si"};
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        size_t length = strlen(begins[i]);
        if (sift->size - at >= length && memcmp(sift->text + at, begins[i], length) == 0)
            return true;
    }
    return false;
}

/* Whether the three bytes at `at` are the end of `[REDACTED_CVV]` or its like, which is inert in
 * view 0 and in all others (contract 1.6): no escape takes a `[` with it. */
static bool is_inert(const struct sift *sift, size_t at)
{
    static const char prefix[] = "[REDACTED_";
    const size_t length = sizeof(prefix) - 1;
    return byte_at(sift, at + 3) == ']' && at >= length &&
           memcmp(sift->text + at - length, prefix, length) == 0 &&
           symbol_is(sift->text[at], CLASS_UPPER) && symbol_is(sift->text[at + 1], CLASS_UPPER) &&
           symbol_is(sift->text[at + 2], CLASS_UPPER);
}

/* `at`: the four bytes of a trigger, or what looks like one. */
static bool sift_keyword(struct sift *sift, size_t at)
{
    uint8_t fourth = byte_at(sift, at + 3);
    if (fourth == ']' && is_inert(sift, at))
        return false;
    switch (lower_at(sift, at) << 16 | lower_at(sift, at + 1) << 8 | lower_at(sift, at + 2)) {
    case 'c' << 16 | 'v' << 8 | 'v':
    case 'c' << 16 | 'v' << 8 | 'c':
    case 'c' << 16 | 'v' << 8 | 'n':
    case 'c' << 16 | 'v' << 8 | 'd':
        return value_may_follow(sift, at, at + 3 + (fourth == '2'));
    case 'c' << 16 | 's' << 8 | 'c':
        if (fourth == '2')
            return value_may_follow(sift, at, at + 4);
        return is_label(sift, at, 3) && value_may_follow(sift, at, at + 3);
    case 'c' << 16 | 'i' << 8 | 'd':
    case 'c' << 16 | 'a' << 8 | 'v':
        return is_label(sift, at, 3) && value_may_follow(sift, at, at + 3);
    case 'p' << 16 | 'i' << 8 | 'n': /* a PIN block may be all letters */
        return is_label(sift, at, 3);
    case 'c' << 16 | 'a' << 8 | 'r':
        return (fourth | 0x20) == 'd' && may_follow(sift, at + 4, "code") &&
               value_may_follow(sift, at, at + 4);
    case 'c' << 16 | 'u' << 8 | 'r':
        return at > 1 && has_word(sift, at - 2, "security") && may_follow(sift, at + 6, "code") &&
               value_may_follow(sift, at - 2, at + 6);
    case 'e' << 16 | 'r' << 8 | 'i':
        return at > 0 && has_word(sift, at - 1, "verification") &&
               value_may_follow(sift, at - 1, at + 11);
    default:
        if (byte_at(sift, at + 1) == '5' && byte_at(sift, at + 2) == '2')
            return hint_pin_block(sift->text, sift->size, at + 1);
        return begins_base64(sift, at) ||
               (lower_at(sift, at) == 'c' && lower_at(sift, at + 1) == 'v' &&
                may_follow(sift, at + 2, "number") && value_may_follow(sift, at, at + 2));
    }
}

bool sift_event(struct sift *sift, size_t at, unsigned kinds)
{
    return ((kinds & KERNEL_LONG) && sift_long(sift, at)) ||
           ((kinds & KERNEL_GROUPED) && sift_grouped(sift, at)) ||
           ((kinds & KERNEL_HALVES) && sift_halves(sift, at)) ||
           ((kinds & KERNEL_SMALL) && (may_have_card_label(sift, at) ||
                                       hint_pairs(sift->text, at) || hint_field(sift->text, at))) ||
           ((kinds & KERNEL_ESCAPE) && sift_escape(sift, at)) ||
           ((kinds & KERNEL_KEYWORD) && sift_keyword(sift, at));
}

bool sift_text(kernel_function *kernel, const struct sift_tables *tables, const uint8_t *text,
               size_t size, uint64_t *events)
{
    struct kernel_state state = {.keys = &tables->keys};
    struct sift sift = {.tables = tables, .text = text, .size = size};
    while (state.at < size) {
        size_t count = kernel(&state, text, size, events, KERNEL_CHUNK);
        count = sift_thin(&sift, events, count);
        for (size_t i = 0; i < count; i++) {
            if (sift_event(&sift, (size_t)(events[i] >> KERNEL_KINDS),
                           events[i] & ((1 << KERNEL_KINDS) - 1)))
                return true;
        }
    }
    return false;
}

void sift_tables_make(struct sift_tables *tables)
{
    trigger_make(&tables->keys, &tables->mark_keys);
    issuer_index_make(&tables->issuers);
}
