/* Values that their place labels: ISO 8583 fields, TLV, columns, rows (contract 2.10, 3.5-3.7). */
#include "test/generate/generate.h"

#include <string.h>

/* A count around a bound. */
static unsigned around(struct random *random, unsigned bound)
{
    return bound - 1 + random_below(random, 3);
}

static void pad(struct text *text, char byte, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        text_byte(text, (unsigned char)byte);
    }
}

static void add_hex(struct random *random, unsigned count, struct text *text)
{
    for (unsigned i = 0; i < count; i++) {
        text_byte(text, (unsigned char)"0123456789ABCDEFabcdef"[random_below(random, 22)]);
    }
}

/* A number whose check digit is right more often than not, with an issuer or without. */
static void add_number(struct random *random, struct text *text)
{
    static const char *const unknown[] = {"9999000012345678", "7907277758758690",
                                          "999988887777666"};
    if (random_percent(random, 25)) {
        text_string(text, RANDOM_PICK(random, unknown));
    } else {
        generate_pan_digits(random, text);
    }
}

static void add_track2(struct random *random, struct text *text)
{
    struct text track = {.size = 0};
    static const char *const ends[] = {"", "", "?", "F", "FF", "f?", "A"};
    add_number(random, &track);
    text_byte(&track, (unsigned char)"==Dd"[random_below(random, 4)]);
    if (random_percent(random, 70)) {
        text_format(&track, "%02u%02u", 20 + random_below(random, 30), random_below(random, 14));
    }
    text_digits(&track, random, random_below(random, 22));
    if (random_percent(random, 30)) {
        text_format(text, "%02u", (unsigned)track.size - random_percent(random, 15));
    }
    text_text(text, &track);
    text_string(text, RANDOM_PICK(random, ends));
}

static void add_field_value(struct random *random, struct text *text)
{
    struct text number = {.size = 0};
    switch (random_below(random, 6)) {
    case 0:
        add_number(random, &number);
        if (random_percent(random, 50)) {
            text_format(text, "%02u", (unsigned)number.size - random_percent(random, 15));
        }
        text_text(text, &number);
        break;
    case 1:
    case 2:
        text_string(text, random_percent(random, 20) ? ";" : "");
        add_track2(random, text);
        break;
    case 3:
        text_string(text, random_percent(random, 20) ? "%B" : "B");
        add_number(random, text);
        text_string(text, "^DOE/JOHN^30122010000000000?");
        break;
    case 4:
        add_hex(random, around(random, 16), text);
        break;
    default:
        generate_grouped(random, "9999000012345678", 16, text);
        break;
    }
}

static void add_field(struct random *random, struct text *text)
{
    static const char *const words[] = {"DE",   "de",    "bit",    "BMP",   "Bit",    "F",
                                        "F",    "f",     "field ", "Field", "FIELD_", "field[",
                                        "DE #", "DE -_", "xDE",    "9F",    "_F",     "fields"};
    static const char *const formats[] = {"%u", "%02u", "%03u", "%04u"};
    static const unsigned char numbers[] = {2, 34, 35, 45, 52, 55, 3, 20, 235};
    static const char *const bindings[] = {"=",    ": ",   " = ",   "]=",     "]: '",
                                           "=\"",  " is ", "    =", "     =", " => ",
                                           "=(\"", " ",    "=\"\"", "\": \""};
    unsigned number = RANDOM_PICK(random, numbers);

    if (random_percent(random, 35)) {
        static const char *const tags[] = {
            "<field id=\"%u\" value=\"",         "field id='%u' value='",
            "<field  id = \"%u\"  value = \"",   "<Field ID=%u VALUE=",
            "<field id=\"%u\" x=\"1\" value=\"", "<field id=\"%u' value=\"",
            "<isomsg id=\"%u\" value=\""};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        text_format(text, RANDOM_PICK(random, tags), number);
#pragma GCC diagnostic pop
        add_field_value(random, text);
        text_string(text, "\"/>");
        return;
    }
    text_string(text, RANDOM_PICK(random, words));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    text_format(text, RANDOM_PICK(random, formats), number);
#pragma GCC diagnostic pop
    if (random_percent(random, 25)) { /* a description */
        static const char fillers[] = "a. -/()";
        text_byte(text, ' ');
        pad(text, fillers[random_below(random, sizeof fillers - 1)],
            random_percent(random, 60) ? random_below(random, 24) : around(random, 63));
        text_string(text, random_percent(random, 60) ? ": " : "=");
    } else {
        text_string(text, RANDOM_PICK(random, bindings));
    }
    add_field_value(random, text);
    text_byte(text, (unsigned char)"\"' ,)"[random_below(random, 5)]);
}

static void add_tag(struct random *random, struct text *text)
{
    static const char *const befores[] = {"", "", "0x", "9F2608", "icc ", "A", "5"};
    struct text value = {.size = 0};
    struct text item = {.size = 0};
    bool track = random_percent(random, 50);
    bool spaced = random_percent(random, 25);

    add_number(random, &value);
    if (track) {
        text_byte(&value, (unsigned char)"DDDd="[random_below(random, 5)]);
        text_digits(&value, random,
                    random_percent(random, 70) ? 7 + random_below(random, 12)
                                               : random_below(random, 27));
    }
    if (value.size % 2 != 0 || random_percent(random, 10)) {
        text_byte(&value, (unsigned char)"FFFFf0"[random_below(random, 6)]);
    }
    if (!track && random_percent(random, 30)) {
        text_string(&value, "FF");
    }
    unsigned length = (unsigned)(value.size + 1) / 2;
    length = random_percent(random, 10) ? around(random, length) : length;
    text_format(&item, random_percent(random, 70) ? "%s%02X" : "%s%02x",
                track                        ? random_percent(random, 70) ? "57" : "9F6B"
                : random_percent(random, 70) ? "5A"
                                             : "5a",
                length);
    text_text(&item, &value);
    text_string(text, RANDOM_PICK(random, befores));
    for (size_t i = 0; i < item.size; i++) {
        if (spaced && i > 0 && i % 2 == 0) {
            text_byte(text, random_percent(random, 99) ? ' ' : '-');
        }
        text_byte(text, (unsigned char)item.bytes[i]);
    }
    if (random_percent(random, 60)) {
        text_string(text, spaced ? " 5F 24" : "5F2403301231");
    }
}

static void add_quoted(struct random *random, const struct text *value, struct text *text)
{
    static const char *const opens[] = {"'", "'", "\"", "", "", "`", "E'"};
    const char *open = RANDOM_PICK(random, opens);
    text_string(text, open);
    text_text(text, value);
    if (open[0] != '\0' && random_percent(random, 95)) {
        text_byte(text, (unsigned char)open[strlen(open) - 1]);
    }
}

static void add_gap(struct random *random, struct text *text)
{
    static const char *const gaps[] = {"", "", " ", " ", "  ", "\t", "\\n  ", "\r"};
    text_string(text, RANDOM_PICK(random, gaps));
    if (random_percent(random, 3)) {
        pad(text, ' ', around(random, 16));
    }
}

static void add_column_value(struct random *random, struct text *text)
{
    static const char *const others[] = {
        "NULL",   "now()", "'a, b'", "'it''s'", "'it\\'s, ('", "f(g('x)'), 1)", "'[REDACTED_CVV]'",
        "\"a)\"", ""};
    struct text value = {.size = 0};
    switch (random_below(random, 6)) {
    case 0:
        text_string(text, RANDOM_PICK(random, others));
        return;
    case 1:
        add_number(random, &value);
        break;
    case 2:
        add_hex(random, around(random, 16), &value);
        break;
    case 3:
        if (random_percent(random, 10)) { /* parentheses at their bound */
            unsigned deep = around(random, 8);
            pad(text, '(', deep);
            pad(text, ')', deep);
            return;
        }
        text_digits(&value, random, random_below(random, 14));
        break;
    default:
        text_digits(&value, random, 3 + random_below(random, 2));
        break;
    }
    add_quoted(random, &value, text);
}

static void add_insert(struct random *random, struct text *text)
{
    static const char *const starts[] = {"INSERT INTO ", "insert into ", "REPLACE INTO ", "INTO",
                                         "xinto ",       "into\\n",      "INSERT INTO"};
    static const char *const tables[] = {"cards", "`shop`.`t`", "\"t\"", "[dbo].[t]",
                                         "t c",   "a=b",        "",      "payment_log"};
    static const char *const columns[] = {
        "pan",          "cvv",           "cvv",   "card_cvv", "cardCvv",   "`cvc`",
        "\"pinBlock\"", "pin",           "[cid]", "exp",      "cvv_check", "id",
        "c.cvv2 ",      "security code", "",      "a\xC3\xA4"};
    static const char *const values[] = {"VALUES", "values", "VALUE", "value", "SELECT", "VALUESX"};
    unsigned count = 1 + random_below(random, 5);

    text_string(text, RANDOM_PICK(random, starts));
    if (random_percent(random, 6)) {
        pad(text, 't', around(random, 128));
    } else {
        text_string(text, RANDOM_PICK(random, tables));
    }
    add_gap(random, text);
    text_byte(text, '(');
    if (random_percent(random, 5)) { /* columns and units at their bounds */
        for (unsigned i = 0, more = around(random, 63); i < more; i++) {
            text_string(text, random_percent(random, 50) ? "aaaaaaaaaaaaaaa," : "a,");
        }
    }
    for (unsigned i = 0; i < count; i++) {
        add_gap(random, text);
        text_string(text, RANDOM_PICK(random, columns));
        text_string(text, i + 1 < count ? "," : "");
    }
    text_byte(text, ')');
    add_gap(random, text);
    text_string(text, RANDOM_PICK(random, values));
    add_gap(random, text);
    for (unsigned row = 0, rows = 1 + random_below(random, 3); row < rows; row++) {
        text_byte(text, '(');
        for (unsigned i = 0; i < count; i++) {
            add_gap(random, text);
            add_column_value(random, text);
            add_gap(random, text);
            text_string(text, i + 1 < count ? "," : "");
        }
        text_string(text, row + 1 < rows ? ")," : ")");
        add_gap(random, text);
    }
}

/* A number, its expiry and its code, as they are written by hand. */
static void add_written(struct random *random, struct text *text)
{
    static const char *const between[] = {" ", "  ", "\t", ":", "     ", "\xC2\xA0", "", " :", "|"};
    generate_pan(random, text);
    text_string(text, RANDOM_PICK(random, between));
    text_format(text, "%02u%s%s%02u", random_below(random, 14),
                random_percent(random, 90) ? "/" : "-", random_percent(random, 30) ? "20" : "",
                random_below(random, 100));
    text_string(text, RANDOM_PICK(random, between));
    text_digits(text, random, 2 + random_below(random, 4));
    text_string(text, random_percent(random, 80) ? " " : random_percent(random, 50) ? ".5" : "x");
}

static void add_row(struct random *random, struct text *text)
{
    static const char *const types[] = {
        "", "", "", "", "(String)", "()", "(String1)", "(abcdefghijklmnop)", "(abcdefghijklmnopq)"};
    static const char *const others[] = {"DOE", "12/30", "",         "a(b",
                                         "a]",  "x=1",   "(String)", "NULL"};
    char delimiter = "|,;"[random_below(random, 3)];
    bool parameters = random_percent(random, 25);

    for (unsigned i = 0, count = 3 + random_below(random, 5); i < count; i++) {
        struct text value = {.size = 0};
        if (i > 0) {
            pad(text, ' ',
                random_percent(random, 80) ? random_below(random, 2) : 3 + random_below(random, 3));
            text_byte(text, (unsigned char)(random_percent(random, 97) ? delimiter : ','));
            pad(text, ' ',
                random_percent(random, 80) ? random_below(random, 2) : 3 + random_below(random, 3));
        }
        if (parameters) {
            text_format(text, random_percent(random, 80) ? "$%u = " : "$%06u =", i + 1);
        }
        switch (i == 0 ? 0 : random_below(random, 7)) {
        case 0:
            generate_pan(random, &value);
            break;
        case 1:
            text_string(&value, RANDOM_PICK(random, others));
            break;
        case 2:
            text_format(&value, "%02u%02u", random_below(random, 52), random_below(random, 52));
            break;
        case 3:
            pad(&value, 'y',
                random_percent(random, 80) ? random_below(random, 20)
                                           : 58 + random_below(random, 8));
            break;
        default:
            text_digits(&value, random, 2 + random_below(random, 4));
            break;
        }
        add_quoted(random, &value, text);
        text_string(text, RANDOM_PICK(random, types));
    }
    if (random_percent(random, 70)) {
        text_byte(text, (unsigned char)" )]}<\"'>.x"[random_below(random, 10)]);
    }
}

static void add_parent(struct random *random, struct text *text)
{
    static const char *const parents[] = {"paymentCard", "cardDetails", "giftCards",  "CARDDetails",
                                          "scorecard",   "CardsX",      "onCardView", "Card"};
    static const char *const labels[] = {"pin", "cid", "csc", "cav"};
    static const char *const joints[] = {"\":{\"", ".", "[", " ", "_"};
    text_string(text, RANDOM_PICK(random, parents));
    text_string(text, RANDOM_PICK(random, joints));
    text_string(text, RANDOM_PICK(random, labels));
    text_string(text, random_percent(random, 50) ? "\":" : "=");
    text_digits(text, random, 3 + random_below(random, 2));
}

static void add_trace(struct random *random, struct text *text)
{
    text_string(text, random_percent(random, 50) ? "00-" : "b3=");
    add_hex(random, random_percent(random, 80) ? 32 : around(random, 32), text);
    text_byte(text, '-');
    generate_pan_digits(random, text);
    text_string(text, random_percent(random, 70) ? "-01" : "a");
}

void generate_message(struct random *random, struct text *text)
{
    switch (random_below(random, 10)) {
    case 0:
    case 1:
    case 2:
        add_field(random, text);
        break;
    case 3:
    case 4:
        add_tag(random, text);
        break;
    case 5:
    case 6:
        add_insert(random, text);
        break;
    case 7:
        if (random_percent(random, 30)) {
            add_written(random, text);
        } else {
            add_row(random, text);
        }
        break;
    case 8:
        add_parent(random, text);
        break;
    default:
        add_trace(random, text);
        break;
    }
}
