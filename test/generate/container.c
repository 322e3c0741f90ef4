/* The forms in which card data reaches a log: pairs, JSON, XML, URLs, dumps of objects, rows. */
#include "test/generate/generate.h"

static const char *const keys[] = {
    "pan",
    "card",
    "cardNumber",
    "card_number",
    "number",
    "cc",
    "accountNumber",
    "account",
    "id",
    "orderId",
    "trace_id",
    "txn",
    "amount",
    "expiry",
    "exp",
    "message",
    "data",
    "payload",
    "phone",
    "ip",
    "user",
    "reference",
    "ts",
    "cardholder",
    "order_id",
    "PAN",
    "ccNum",
    "primaryAccountNumber",
    "cvv",
    "cvc",
    "cardCode",
    "securityCode",
    "pin",
    "pinBlock",
    "track2",
    "csc",
};

static const char *const words[] = {
    "payment", "accepted", "for", "customer", "with", "card",   "charge",         "declined",
    "error",   "retry",    "in",  "ms",       "visa", "status", "order",          "is",
    "from",    "to",       "GET", "/pay",     "user", "id",     "account number", "via",
    "number",  "account",  "no",
};

static void add_value(struct random *random, struct text *text)
{
    switch (random_below(random, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
        generate_pan(random, text);
        break;
    case 4:
        generate_cvv(random, text);
        break;
    case 5:
        generate_track(random, text);
        break;
    case 6:
        generate_near_miss(random, text);
        break;
    case 7:
        text_digits(text, random, 3 + random_below(random, 2));
        break;
    case 8:
        text_digits(text, random, 1 + random_below(random, 16));
        break;
    case 9:
        text_format(text, "%02u/%02u", 1 + random_below(random, 12), 24 + random_below(random, 12));
        break;
    default:
        text_string(text, RANDOM_PICK(random, words));
        break;
    }
}

static void add_words(struct random *random, struct text *text)
{
    for (unsigned i = 0, count = random_below(random, 6); i < count; i++) {
        text_string(text, RANDOM_PICK(random, words));
        text_byte(text, ' ');
    }
}

static void json_value(struct random *random, unsigned depth, struct text *text);

/* A string with what JSON demands escaped, and now and then more. */
static void json_string(struct random *random, const struct text *plain, struct text *text)
{
    unsigned extra = random_percent(random, 15) ? 20 : 0;
    text_byte(text, '"');
    for (size_t i = 0; i < plain->size; i++) {
        unsigned char byte = (unsigned char)plain->bytes[i];
        if (byte == '"' || byte == '\\') {
            text_byte(text, '\\');
            text_byte(text, byte);
        } else if (byte < 0x20 || (byte < 0x80 && random_percent(random, extra))) {
            text_format(text, "\\u%04x", byte);
        } else {
            text_byte(text, byte);
        }
    }
    text_byte(text, '"');
}

static void json_number(struct random *random, struct text *text)
{
    switch (random_below(random, 5)) {
    case 0:
    case 1:
    case 2:
        generate_pan_digits(random, text);
        break;
    case 3:
        text_format(text, "%s%u", random_percent(random, 30) ? "-" : "",
                    100 + random_below(random, 900));
        break;
    default:
        text_byte(text, (unsigned char)('1' + random_below(random, 9)));
        text_digits(text, random, random_below(random, 17));
        text_string(text, random_percent(random, 30)   ? ".25"
                          : random_percent(random, 20) ? "e3"
                                                       : "");
        break;
    }
}

/* A key, whose case and escapes make no difference. */
static void json_key(struct random *random, struct text *text)
{
    struct text key = {.size = 0};
    unsigned share = random_percent(random, 85) ? 0 : 30;
    text_string(&key, RANDOM_PICK(random, keys));
    text_byte(text, '"');
    for (size_t i = 0; i < key.size; i++) {
        unsigned byte = (unsigned char)key.bytes[i];
        if (!random_percent(random, share)) {
            text_byte(text, (unsigned char)byte);
        } else if (random_percent(random, 50)) {
            text_format(text, "\\u%04x", byte);
        } else {
            text_byte(text, (unsigned char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte));
        }
    }
    text_byte(text, '"');
}

static void json_object(struct random *random, unsigned depth, struct text *text)
{
    static const char *const colons[] = {":", ":", ": ", " : "};
    unsigned count = 1 + random_below(random, 4);
    text_byte(text, '{');
    for (unsigned i = 0; i < count; i++) {
        text_string(text, i > 0 ? "," : "");
        json_key(random, text);
        text_string(text, RANDOM_PICK(random, colons));
        json_value(random, depth + 1, text);
    }
    text_byte(text, '}');
}

static void json_value(struct random *random, unsigned depth, struct text *text)
{
    struct text plain = {.size = 0};
    unsigned choice = random_below(random, depth < 4 ? 10 : 6);
    switch (choice) {
    case 0:
    case 1:
    case 2:
        if (random_percent(random, 20)) {
            generate_soup(random, &plain);
        } else {
            add_value(random, &plain);
        }
        json_string(random, &plain, text);
        break;
    case 3:
    case 4:
        json_number(random, text);
        break;
    case 5:
        text_string(text, random_percent(random, 50) ? "null" : "true");
        break;
    case 6:
        json_object(random, depth, text);
        break;
    case 7: /* JSON in a string in JSON */
        json_object(random, depth + 1, &plain);
        json_string(random, &plain, text);
        break;
    default:
        text_byte(text, '[');
        for (unsigned i = 0, count = random_below(random, 4); i < count; i++) {
            if (i > 0) {
                text_byte(text, ',');
            }
            json_value(random, depth + 1, text);
        }
        text_byte(text, ']');
        break;
    }
}

static void add_json(struct random *random, struct text *text)
{
    if (random_percent(random, 25)) {
        add_words(random, text);
    }
    if (random_percent(random, 80)) {
        json_object(random, 0, text);
    } else {
        text_byte(text, '[');
        json_value(random, 1, text);
        text_byte(text, ',');
        json_value(random, 1, text);
        text_byte(text, ']');
    }
    if (random_percent(random, 10)) { /* broken */
        text->size -= text->size > 0 ? random_below(random, (unsigned)text->size) : 0;
    }
}

static void add_pairs(struct random *random, struct text *text)
{
    static const char *const equals[] = {"=",   "=",   "=",  ": ", ":",
                                         " = ", "=\"", "='", "=>", " => "};
    static const char *const ends[] = {" ", ", ", "&", "; ", "|", "\t", ","};
    const char *equal = RANDOM_PICK(random, equals);
    const char *end = RANDOM_PICK(random, ends);
    bool quoted = equal[1] == '"' || equal[1] == '\'';
    for (unsigned i = 0, count = 1 + random_below(random, 6); i < count; i++) {
        text_string(text, RANDOM_PICK(random, keys));
        text_string(text, equal);
        add_value(random, text);
        if (quoted) {
            text_byte(text, (unsigned char)equal[1]);
        }
        text_string(text, end);
    }
}

static void add_xml(struct random *random, struct text *text)
{
    static const char *const prefixes[] = {"", "", "c:", "ns2:", "soap-env:"};
    for (unsigned i = 0, count = 1 + random_below(random, 4); i < count; i++) {
        const char *key = RANDOM_PICK(random, keys);
        const char *prefix = RANDOM_PICK(random, prefixes);
        switch (random_below(random, 3)) {
        case 0:
            text_format(text, "<%s%s value=\"", prefix, key);
            add_value(random, text);
            text_string(text, "\"/>");
            break;
        case 1:
            text_format(text, "<%s%s><![CDATA[", prefix, key);
            add_value(random, text);
            text_format(text, "]]></%s%s>", prefix, key);
            break;
        default:
            text_format(text, "<%s%s>", prefix, key);
            add_value(random, text);
            text_format(text, "</%s%s>", prefix, key);
            break;
        }
    }
}

static void add_dump(struct random *random, struct text *text)
{
    static const char *const openers[] = {"PaymentRequest(", "Card{",   "{'",
                                          "<Card ",          "#<Card ", "map["};
    static const char *const equals[] = {"=", "='", "': '", "\"=>\"", ": ", ":"};
    static const char *const ends[] = {", ", "', ", "', '", "\", \"", " ", ", "};
    unsigned style = random_below(random, sizeof openers / sizeof openers[0]);
    text_string(text, openers[style]);
    for (unsigned i = 0, count = 1 + random_below(random, 5); i < count; i++) {
        text_string(text, RANDOM_PICK(random, keys));
        text_string(text, equals[style]);
        add_value(random, text);
        text_string(text, ends[style]);
    }
    text_byte(text, (unsigned char)")}}>>]"[style]);
}

static void add_log_line(struct random *random, struct text *text)
{
    text_format(text, "2026-%02u-%02u %02u:%02u:%02u,%03u %s [http-nio-%u] c.e.pay.Service - ",
                1 + random_below(random, 12), 1 + random_below(random, 28),
                random_below(random, 24), random_below(random, 60), random_below(random, 60),
                random_below(random, 1000), random_percent(random, 50) ? "INFO " : "ERROR",
                random_below(random, 10000));
    add_words(random, text);
    add_value(random, text);
    text_byte(text, ' ');
    add_words(random, text);
    add_value(random, text);
}

static void add_row(struct random *random, struct text *text)
{
    static const char *const ends[] = {",", ";", "|", "\t", "\",\"", "', '", " "};
    const char *end = RANDOM_PICK(random, ends);
    for (unsigned i = 0, count = 2 + random_below(random, 6); i < count; i++) {
        add_value(random, text);
        text_string(text, end);
    }
}

void generate_container(struct random *random, struct text *text)
{
    switch (random_below(random, 8)) {
    case 0:
    case 1:
        add_json(random, text);
        break;
    case 2:
    case 3:
        add_pairs(random, text);
        break;
    case 4:
        add_xml(random, text);
        break;
    case 5:
        add_dump(random, text);
        break;
    case 6:
        add_log_line(random, text);
        break;
    default:
        add_row(random, text);
        break;
    }
}
