#include "rules/sift.h"

#include "rules/match/label.h"
#include "rules/validate/luhn.h"
#include "rules/view/escape.h"
#include "rules/view/symbol.h"

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
    GROUPS_MAX = 3,
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
    if (digit && follows_partial_escape(sift, at))
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
    if (symbol == SYMBOL_BLANK && at > 1 && (sift->text[at - 1] | 0x20) == 'v' &&
        (sift->text[at - 2] | 0x20) == 'c')
        return true;
    return span_holds_number(sift, at) ||
           (symbol >= SYMBOL_DIGIT && follows_partial_escape(sift, at));
}

static bool sift_escape(struct sift *sift, size_t at)
{
    uint8_t first = sift->text[at], symbol;
    if (first >= 0x80)
        return sift_character(sift, at);
    /* With the byte before, which `+` asks for. */
    size_t begin = at > 0 ? at - 1 : at, size = sift->size - begin;
    uint32_t length =
        escape_read(sift->text + begin, (uint32_t)(size < ESCAPE_BYTES ? size : ESCAPE_BYTES),
                    (uint32_t)(at - begin), 1, &symbol);
    return length && sift_decoded(sift, at, length, symbol);
}

/* Whether anything that may be, or hide, a card word stands where the label of the number at `at`
 * may be. All card words hold one of the three. */
static bool may_have_card_label(const struct sift *sift, size_t at)
{
    size_t least = at > LABEL_BYTES ? at - LABEL_BYTES : 0;
    for (; at > least; at--) {
        uint8_t byte = sift->text[at - 1];
        if (byte == '\n')
            return false;
        if (byte >= 0x80 || byte == '\\' || byte == '%' || byte == '&')
            return true;
        if ((byte | 0x20) == 'c' &&
            ((byte_at(sift, at) | 0x20) == 'c' || (byte_at(sift, at) | 0x20) == 'a'))
            return true;
        if ((byte | 0x20) == 'p' && (byte_at(sift, at) | 0x20) == 'a' &&
            (byte_at(sift, at + 1) | 0x20) == 'n')
            return true;
    }
    return false;
}

/* Whether digits for which Luhn holds may be a number: by issuer, label or track sentinel. */
static bool sift_number(const struct sift *sift, size_t begin, const uint8_t *digits,
                        unsigned count)
{
    if (issuer_may_exist(sift->issuers, digits, count))
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
        if (byte >= 0x80 || byte == '\\' || byte == '%' || byte == '&' || byte == '#')
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

/* `at`: the 12th digit of a group. */
static bool sift_long(const struct sift *sift, size_t at)
{
    size_t begin = at - (PAN_DIGITS_MIN - 1), end = at + 1;
    while (end - begin <= PAN_DIGITS_MAX && is_digit(byte_at(sift, end)))
        end++;
    unsigned count = (unsigned)(end - begin);
    const uint8_t *digits = sift->text + begin;
    if (count > PAN_DIGITS_MAX)
        return true;
    if (!luhn_holds(digits, count))
        return false;
    if (digits[0] != '0' && !sift_number(sift, begin, digits, count))
        return false;
    return count < ID_DIGITS_MIN || may_be_track(sift, end) || !has_id_label(sift, begin);
}

/* Begin of the digits that end before `end`; at most one more than a number has. */
static size_t group_begin(const struct sift *sift, size_t end)
{
    size_t begin = end;
    while (begin > 0 && end - begin <= PAN_DIGITS_MAX && is_digit(sift->text[begin - 1]))
        begin--;
    return begin;
}

/* Whether groups of these sizes, and more behind them, may be grouped properly; all but the first
 * two may be 0. */
static bool is_shape(const size_t *sizes)
{
    size_t both = sizes[0] + sizes[1];
    if (sizes[0] == 4)
        return sizes[1] == 12 ||
               ((sizes[1] == 4 || sizes[1] == 5 || sizes[1] == 6) && sizes[2] > 0);
    if (sizes[0] < 6 || sizes[1] < 6 || both > PAN_DIGITS_MAX)
        return false;
    return both > PAN_DIGITS_MIN || sizes[2] == 4;
}

static size_t skip_link(const struct sift *sift, size_t at)
{
    size_t end = at;
    while (end - at <= LINK_BYTES_MAX && byte_at(sift, end) < 0x80 &&
           symbol_is(byte_at(sift, end), CLASS_SEPARATOR))
        end++;
    return end - at >= 1 && end - at <= LINK_BYTES_MAX ? end : 0;
}

/* Whether Luhn holds for the digits of some 12–19 of the groups from `at` on. */
static bool sift_groups(const struct sift *sift, size_t at)
{
    uint8_t digits[PAN_DIGITS_MAX];
    unsigned count = 0;
    size_t begin = at;
    do {
        for (; is_digit(byte_at(sift, at)); at++) {
            if (count == PAN_DIGITS_MAX)
                return false;
            digits[count++] = byte_at(sift, at);
        }
        if (count >= PAN_DIGITS_MIN && luhn_holds(digits, count) &&
            sift_number(sift, begin, digits, count))
            return true;
        at = skip_link(sift, at);
    } while (at && is_digit(byte_at(sift, at)));
    return false;
}

/* `at`: the 4th digit of a group that is linked to one before it. */
static bool sift_grouped(const struct sift *sift, size_t at)
{
    size_t second = at - 3, end = second, sizes[GROUPS_MAX] = {0, 0, 0};
    while (!is_digit(sift->text[end - 1]))
        end--;
    size_t first = group_begin(sift, end);
    sizes[0] = end - first;
    if (sizes[0] != 4 && sizes[0] < 6)
        return false;
    for (unsigned i = 1; i < GROUPS_MAX && (i == 1 || second); i++) {
        size_t begin = second;
        while (second - begin <= PAN_DIGITS_MAX && is_digit(byte_at(sift, second)))
            second++;
        sizes[i] = second - begin;
        second = skip_link(sift, second);
    }
    return is_shape(sizes) && sift_groups(sift, first);
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
            return false;
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

/* `at`: the three bytes of a fingerprint. */
static bool sift_keyword(struct sift *sift, size_t at)
{
    switch (lower_at(sift, at) << 16 | lower_at(sift, at + 1) << 8 | lower_at(sift, at + 2)) {
    case 'c' << 16 | 'v' << 8 | 'v':
    case 'c' << 16 | 'v' << 8 | 'c':
    case 'c' << 16 | 'v' << 8 | 'n':
    case 'c' << 16 | 'v' << 8 | 'd':
        return value_may_follow(sift, at, at + 3 + (byte_at(sift, at + 3) == '2'));
    case 'c' << 16 | 's' << 8 | 'c':
        if (byte_at(sift, at + 3) == '2')
            return value_may_follow(sift, at, at + 4);
        return is_label(sift, at, 3) && value_may_follow(sift, at, at + 3);
    case 'c' << 16 | 'i' << 8 | 'd':
    case 'c' << 16 | 'a' << 8 | 'v':
        return is_label(sift, at, 3) && value_may_follow(sift, at, at + 3);
    case 'p' << 16 | 'i' << 8 | 'n': /* a PIN block may be all letters */
        return is_label(sift, at, 3);
    case 'c' << 16 | 'a' << 8 | 'r':
        return lower_at(sift, at + 3) == 'd' && may_follow(sift, at + 4, "code") &&
               value_may_follow(sift, at, at + 4);
    case 'e' << 16 | 'c' << 8 | 'u':
        return at > 0 && has_word(sift, at - 1, "security") && may_follow(sift, at + 7, "code") &&
               value_may_follow(sift, at - 1, at + 7);
    case 'r' << 16 | 'i' << 8 | 'f':
        return at > 1 && has_word(sift, at - 2, "verification") &&
               value_may_follow(sift, at - 2, at + 10);
    default:
        return lower_at(sift, at) == 'c' && lower_at(sift, at + 1) == 'v' &&
               may_follow(sift, at + 2, "number") && value_may_follow(sift, at, at + 2);
    }
}

bool sift_event(struct sift *sift, size_t at, unsigned kinds)
{
    return ((kinds & KERNEL_LONG) && sift_long(sift, at)) ||
           ((kinds & KERNEL_GROUPED) && sift_grouped(sift, at)) ||
           ((kinds & KERNEL_SMALL) && may_have_card_label(sift, at)) ||
           ((kinds & KERNEL_ESCAPE) && sift_escape(sift, at)) ||
           ((kinds & KERNEL_KEYWORD) && sift_keyword(sift, at));
}

bool sift_text(kernel_function *kernel, const struct issuer_index *issuers, const uint8_t *text,
               size_t size)
{
    uint64_t events[2 * KERNEL_BLOCK];
    struct kernel_state state = {0};
    struct sift sift = {.issuers = issuers, .text = text, .size = size};
    while (state.at < size) {
        size_t count = kernel(&state, text, size, events, sizeof(events) / sizeof(events[0]));
        for (size_t i = 0; i < count; i++) {
            if (sift_event(&sift, (size_t)(events[i] >> KERNEL_KINDS),
                           events[i] & ((1 << KERNEL_KINDS) - 1)))
                return true;
        }
    }
    return false;
}
