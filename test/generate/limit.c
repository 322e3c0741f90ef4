/* Numbers that the contract bounds: what stands just within a bound, at it and just past it. */
#include "test/generate/generate.h"

#include <string.h>

/* A count around a bound. */
static unsigned around(struct random *random, unsigned bound)
{
    return bound - 2 + random_below(random, 5);
}

static void pad(struct random *random, struct text *text, const char *piece, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        text_string(text, piece);
    }
}

static void set_check_digit(struct text *text, size_t first)
{
    for (char digit = '0'; digit <= '9'; digit++) {
        unsigned sum = 0;
        text->bytes[text->size - 1] = digit;
        for (size_t i = first; i < text->size; i++) {
            unsigned value = (unsigned)(text->bytes[i] - '0');
            value *= (text->size - i) % 2 == 0 ? 2 : 1;
            sum += value > 9 ? value - 9 : value;
        }
        if (sum % 10 == 0) {
            return;
        }
    }
}

/* A Luhn number: one that is weak, or one without an issuer. */
static void weak_number(struct random *random, struct text *text)
{
    static const char *const starts[] = {"7", "9", "50", "4", "1", "38", "62", "67"};
    static const unsigned char lengths[] = {12, 13, 14, 15, 16, 17, 18, 19};
    const char *start = RANDOM_PICK(random, starts);
    size_t first = text->size;
    text_string(text, start);
    text_digits(text, random, RANDOM_PICK(random, lengths) - (unsigned)strlen(start));
    set_check_digit(text, first);
}

static void label_bounds(struct random *random, struct text *text)
{
    static const char *const words[] = {"card", "order",          "pan",
                                        "id",   "account number", "primary account"};
    static const char *const fillers[] = {"x", "_", "-", ".", " a", "b ", "]", "$", "12 ", "1"};
    const char *filler = RANDOM_PICK(random, fillers);
    unsigned length = (unsigned)strlen(filler);
    text_string(text, RANDOM_PICK(random, words));
    switch (random_below(random, 7)) {
    case 0: /* the run of a label */
        pad(random, text, filler, around(random, 62) / length);
        text_string(text, random_percent(random, 50) ? "=" : " ");
        break;
    case 1: /* the context */
        text_byte(text, ' ');
        pad(random, text, filler, around(random, 28) / length);
        text_byte(text, ' ');
        break;
    case 2: /* units skipped */
        text_byte(text, '=');
        pad(random, text, random_percent(random, 50) ? " " : "\"", around(random, 8));
        break;
    case 3:
        pad(random, text, random_percent(random, 50) ? " " : "'", around(random, 8));
        text_byte(text, '=');
        break;
    case 4:
        text->size = 0;
        text_string(text, "<card a=\"");
        pad(random, text, "y", around(random, 116));
        text_string(text, "\">");
        break;
    case 5:
        text_string(text, "arn:");
        pad(random, text, "/",
            random_percent(random, 50) ? around(random, 252) : random_below(random, 40));
        break;
    default:
        pad(random, text, " b", around(random, 3));
        text_string(text, ": ");
        break;
    }
    weak_number(random, text);
}

/* A bound, most of the time. */
static unsigned at_bound(struct random *random, unsigned bound)
{
    return random_percent(random, 80) ? bound : around(random, bound);
}

/* Colours, as long and as many as can be. */
static void colours(struct random *random, struct text *text)
{
    static const char *const parts[] = {"\x1B[1;1;1;1;1;1;1;1;m", "\x1B[1;1;1;1;1;1;1;1m",
                                        "\x1B[;;;;;;;;;;;;;;;;m", "\x1B[;;;;;;;;;;;;;;;;;m"};
    pad(random, text, RANDOM_PICK(random, parts), at_bound(random, 4));
}

/* A number as far from its label as it can be. */
static void far_labels(struct random *random, struct text *text)
{
    static const char *const numbers[] = {"9999", "0000", "1234", "5678"};
    unsigned size = 2 + 2 * random_below(random, 2);
    if (random_percent(random, 50)) {
        text_string(text, random_percent(random, 50) ? "card" : "ref card");
        pad(random, text, "_", at_bound(random, 58));
        colours(random, text);
        pad(random, text, "'", at_bound(random, 8));
        colours(random, text);
        text_string(text, random_percent(random, 90) ? "=" : " ");
        colours(random, text);
        pad(random, text, "[", at_bound(random, 8));
        colours(random, text);
        text_string(text, random_percent(random, 30) ? "-" : "");
    } else {
        text_format(text, "F%02u", 2 + 32 * random_below(random, 2));
        pad(random, text, "]", random_below(random, 3));
        text_byte(text, ' ');
        pad(random, text, "a", at_bound(random, 63));
        text_byte(text, ':');
        pad(random, text, " ", at_bound(random, 4));
        pad(random, text, "b", at_bound(random, 16));
        text_string(text, "(\"");
    }
    unsigned separators = 1 + random_below(random, 3);
    for (unsigned i = 0; i < 16; i += size) {
        pad(random, text, " ", i > 0 ? separators : 0);
        text_add(text, numbers[i / 4] + i % 4, size);
    }
}

static void open_chains(struct random *random, struct text *text)
{
    static const char *const sides[] = {
        "****", "***",      "xxxx",  "1234", "12",
        "*",    "########", "_____", "7",    "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2",
        "a",    "********"};
    static const char *const separators[] = {" ",   "-",   ".", " -",   ". ",
                                             " . ", "   ", "",  "----", "  - "};
    if (random_percent(random, 60)) {
        text_string(text, RANDOM_PICK(random, sides));
        text_string(text, RANDOM_PICK(random, separators));
    }
    weak_number(random, text);
    if (random_percent(random, 60)) {
        text_string(text, RANDOM_PICK(random, separators));
        text_string(text, RANDOM_PICK(random, sides));
    }
}

static void hex_tokens(struct random *random, struct text *text)
{
    static const unsigned char lengths[] = {16, 32, 40, 64};
    struct text pan = {.size = 0};
    size_t first = text->size;
    unsigned length = around(random, RANDOM_PICK(random, lengths));
    unsigned letters = random_below(random, 5);
    generate_pan_digits(random, &pan);
    pad(random, text, "a", letters / 2);
    text_text(text, &pan);
    pad(random, text, random_percent(random, 80) ? "f" : "g", letters - letters / 2);
    if (text->size - first < length) {
        text_string(text, "e");
        text_digits(text, random, length - (unsigned)(text->size - first));
    }
}

static void stamps(struct random *random, struct text *text)
{
    static const char *const labels[] = {
        "card ",           "pan=", "card created ", "", "acct: ", "\x1B[36mcard\x1B[0m=\x1B[35m",
        "\\\"pan\\\":\\\""};
    static const unsigned seconds[] = {978307200, 3155760000u, 1000000000, 1700000000};
    text_string(text, RANDOM_PICK(random, labels));
    size_t first = text->size;
    if (random_percent(random, 50)) {
        static const char *const days[] = {"20000229", "19000229", "20240229", "20230229",
                                           "20991231", "21000101", "18991231", "19000101",
                                           "20261331", "20260431"};
        text_format(text, "%s%02u%02u%02u", RANDOM_PICK(random, days), 22 + random_below(random, 3),
                    58 + random_below(random, 3), 50 + random_below(random, 12));
    } else {
        text_format(text, "%010u", RANDOM_PICK(random, seconds) - 2 + random_below(random, 4));
        text_digits(text, random, 3 + 3 * random_below(random, 3));
    }
    set_check_digit(text, first);
}

static void code_bounds(struct random *random, struct text *text)
{
    static const char *const affixes[] = {"code", "number", "no", "num", "value", "card"};
    text_string(text, random_percent(random, 30) ? "card " : "");
    switch (random_below(random, 6)) {
    case 0: /* affixes */
        for (unsigned i = 0, count = around(random, 4); i < count; i++) {
            text_format(text, "%s%s", RANDOM_PICK(random, affixes),
                        random_percent(random, 50) ? "_" : " ");
        }
        text_string(text, "cvv");
        for (unsigned i = 0, count = random_below(random, 7); i < count; i++) {
            text_format(text, "-%s", RANDOM_PICK(random, affixes));
        }
        text_string(text, "=123");
        break;
    case 1: /* a tag's prefix and its rest */
        text_byte(text, '<');
        pad(random, text, "p", random_percent(random, 50) ? around(random, 63) : 0);
        text_string(text, ":cvv");
        pad(random, text, " ", random_percent(random, 50) ? around(random, 128) : 0);
        text_string(text, ">123");
        break;
    case 2: /* a whole value */
        text_string(text, "cvv=\"");
        pad(random, text, "z", around(random, 63));
        text_string(text, "1\"");
        break;
    case 3:
        pad(random, text, "cvv", 1);
        pad(random, text, random_percent(random, 50) ? "\"" : "]", random_below(random, 4));
        pad(random, text, " ", random_below(random, 6));
        text_string(text, random_percent(random, 50) ? ":" : "is");
        pad(random, text, " ", random_below(random, 6));
        pad(random, text, "(", random_below(random, 4));
        text_string(text, "123");
        break;
    case 4:
        text_string(text, "card");
        pad(random, text, random_percent(random, 50) ? "_" : " ", random_below(random, 4));
        text_string(text, "verification");
        pad(random, text, "-", random_below(random, 4));
        text_string(text, "code 123");
        break;
    default:
        text_string(text, "pin=");
        text_digits(text, random, 2 + random_below(random, 17));
        break;
    }
}

static void track_bounds(struct random *random, struct text *text)
{
    if (random_percent(random, 50)) {
        text_string(text, "%B4111111111111111^");
        pad(random, text, "N", around(random, 26));
        text_byte(text, '^');
        pad(random, text, random_percent(random, 50) ? "3" : " ", around(random, 60));
        text_string(text, random_percent(random, 70) ? "?" : "");
        return;
    }
    text_string(text, random_percent(random, 50) ? "4111111111111111=" : "4111111111111111==");
    text_string(text, random_percent(random, 80) ? "3012" : "");
    text_digits(text, random, around(random, random_percent(random, 50) ? 20 : 3));
    pad(random, text, random_percent(random, 50) ? "F" : "f", random_below(random, 6));
    text_string(text, random_percent(random, 50) ? "?" : "");
}

static void run_bounds(struct random *random, struct text *text)
{
    if (random_percent(random, 50)) {
        text_digits(text, random, around(random, 40));
        text_string(text, "164111111111111111");
        text_digits(text, random, random_below(random, 4));
        return;
    }
    text_string(text, "4111111111111111");
    text_format(text, "%02u%02u", random_below(random, 15), 18 + random_below(random, 34));
    text_digits(text, random, around(random, 20));
}

static void deep(struct random *random, struct text *text)
{
    static const char *const quotes[] = {"\"", " ", ">", ""};
    unsigned depth = random_below(random, 11);
    if (random_percent(random, 30)) {
        pad(random, text, random_percent(random, 50) ? "[" : "{\"a\":", around(random, 64));
        text_string(text, "4111111111111111");
        pad(random, text, text->bytes[0] == '[' ? "]" : "}", around(random, 64));
        return;
    }
    text_string(text, RANDOM_PICK(random, quotes));
    for (unsigned i = 0; i < 13; i++) {
        if (random_percent(random, 60)) {
            text_byte(text, (unsigned char)('0' + random_below(random, 10)));
        } else if (random_percent(random, 50)) {
            text_byte(text, '%');
            pad(random, text, "25", depth);
            text_format(text, "3%u", random_below(random, 10));
        } else {
            pad(random, text, "\\", depth < 8 ? 1u << depth : 1);
            text_format(text, "u003%u", random_below(random, 10));
        }
    }
}

void generate_limit(struct random *random, struct text *text)
{
    static void (*const makers[])(struct random *, struct text *) = {
        label_bounds, open_chains, hex_tokens,  stamps,       code_bounds, track_bounds,
        run_bounds,   deep,        open_chains, label_bounds, far_labels,
    };
    if (random_percent(random, 20)) {
        static const char *const words[] = {"a ", "card ", "{\"x\":\"", "\xFF", "visa: ", "%20"};
        text_string(text, RANDOM_PICK(random, words));
    }
    struct text part = {.size = 0};
    RANDOM_PICK(random, makers)(random, &part);
    text_text(text, &part);
}
