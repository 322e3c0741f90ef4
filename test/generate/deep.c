/* What takes many rounds: escapes in escapes around the last round that reads them (contract 1.3,
 * 1.4), and findings of which each is one only when the one before is replaced (4.3). */
#include "test/generate/generate.h"

enum {
    ROUNDS = 8,       /* of backslashes */
    ROUNDS_SHORT = 3, /* of all other forms */
};

static unsigned around(struct random *random, unsigned bound)
{
    return bound - 2 + random_below(random, 5);
}

/* `first`, and `again` so many times. */
static void chain(struct text *text, const char *first, const char *again, unsigned count)
{
    text_string(text, first);
    for (unsigned i = 0; i < count; i++) {
        text_string(text, again);
    }
}

/* A character behind an escape that `rounds` rounds lead to. */
static void escaped_again(struct random *random, unsigned rounds, unsigned byte, struct text *text)
{
    switch (random_below(random, 8)) {
    case 0:
        chain(text, "\\", "x5c", rounds);
        text_format(text, "x%02x", byte);
        return;
    case 1:
        chain(text, "\\", "u005c", rounds);
        text_format(text, "u%04x", byte);
        return;
    case 2:
        chain(text, "\\", "x5C", rounds);
        text_byte(text, (unsigned char)byte);
        return;
    case 3:
        chain(text, "&", "amp;", rounds);
        text_format(text, random_percent(random, 50) ? "#%u;" : "#x%x;", byte);
        return;
    case 4:
        chain(text, "&#38;", "#38;", rounds);
        text_format(text, "#%u;", byte);
        return;
    case 5:
        chain(text, "\\", "x5c", rounds);
        text_format(text, "x25%02x", byte);
        return;
    case 6: /* an escape whose own digits are written in escapes */
        chain(text, "%", "25", rounds);
        text_format(text, "%%%02x%%%02x", '0' + byte / 16, (unsigned)"0123456789abcdef"[byte % 16]);
        return;
    default:
        chain(text, "%", "25", rounds);
        text_format(text, "%02X", byte);
        return;
    }
}

/* Digits and what may stand between them, each behind about as many rounds. */
static void nested(struct random *random, struct text *text)
{
    static const char between[] = "\"\"'`<>,.- +&%#;=\\\n\tau";
    static const char *const others[] = {
        "\xEF\xBC\x91", "\xD9\xA4", "\xFF", "#011", "[REDACTED_PAN]",
        "\xC2\xA0",     "%",        "\\x3", "&#4",  "%2525"};
    unsigned rounds = random_percent(random, 60) ? around(random, ROUNDS)
                                                 : 1 + random_below(random, ROUNDS_SHORT + 2);
    unsigned plain = random_below(random, 80);
    unsigned breaks = random_below(random, 30);

    for (unsigned i = 0, count = 10 + random_below(random, 30); i < count; i++) {
        unsigned own = random_percent(random, 15) ? random_below(random, ROUNDS + 2) : rounds;
        if (random_percent(random, breaks)) {
            unsigned byte = (unsigned char)between[random_below(random, sizeof between - 1)];
            if (random_percent(random, 30)) {
                text_string(text, RANDOM_PICK(random, others));
            } else if (random_percent(random, 50)) {
                escaped_again(random, own, byte, text);
            } else {
                text_byte(text, (unsigned char)byte);
            }
        } else if (random_percent(random, plain)) {
            text_byte(text, (unsigned char)('0' + random_below(random, 10)));
        } else {
            escaped_again(random, own, '0' + random_below(random, 10), text);
        }
    }
}

/* A finding behind so many rounds that only the last ones see it. */
static void late(struct random *random, struct text *text)
{
    struct text plain = {.size = 0};
    unsigned rounds = random_percent(random, 60) ? around(random, ROUNDS - 1)
                                                 : 1 + random_below(random, ROUNDS_SHORT + 1);
    unsigned share = 1 + random_below(random, 60);
    if (random_percent(random, 50)) {
        generate_pan(random, &plain);
    } else {
        generate_cvv(random, &plain);
    }
    for (size_t i = 0; i < plain.size; i++) {
        unsigned char byte = (unsigned char)plain.bytes[i];
        if (byte < 0x80 && random_percent(random, share)) {
            escaped_again(random, rounds, byte, text);
        } else {
            text_byte(text, byte);
        }
    }
}

/* Tracks in a row: an `F` touches the next number, and no letter may before `D`, until its track is
 * replaced. */
static void tracks_in_a_row(struct random *random, struct text *text)
{
    static const char *const numbers[] = {"4222222222222", "4111111111111111", "378282246310005",
                                          "6362970000457013"};
    static const char *const dates[] = {"D3012", "D30121015", "d30121015", "=3012"};
    static const char *const ends[] = {"F", "F", "F", "F", "FF", "f", "FFF"};
    const char *number = RANDOM_PICK(random, numbers);
    const char *date = RANDOM_PICK(random, dates);
    for (unsigned i = 0, count = around(random, random_percent(random, 50) ? ROUNDS : 4); i < count;
         i++) {
        text_string(text, random_percent(random, 95) ? number : RANDOM_PICK(random, numbers));
        text_string(text, random_percent(random, 95) ? date : RANDOM_PICK(random, dates));
        text_digits(text, random, 3 + random_below(random, 3));
        text_string(text, random_percent(random, 97) ? RANDOM_PICK(random, ends) : "?");
    }
}

/* Members that are quoted first, and whole values then. */
static void quoted_first(struct random *random, struct text *text)
{
    static const char *const keys[] = {"cvv", "cvc", "pin", "card", "securityCode", "a"};
    text_string(text, "{\"card\":1");
    for (unsigned i = 0, count = 1 + random_below(random, 6); i < count; i++) {
        text_format(text, ",\"%s\":%s", RANDOM_PICK(random, keys),
                    random_percent(random, 10) ? "[" : "");
        generate_pan_digits(random, text);
        text_string(text, random_percent(random, 20) ? ".5" : "");
    }
    text_byte(text, '}');
}

/* Numbers that become whole, and tags and values that become short enough, when something in them
 * or beside them is replaced. */
static void shortened(struct random *random, struct text *text)
{
    static const char *const grouped[] = {"4111 - 1111 - 1111 - 1111", "4012 - 8888 - 8888 - 1881"};
    unsigned which = random_below(random, 3);
    text_string(text, which == 0 ? "cvv='" : which == 1 ? "<cvv a='cvv=\"" : "<card a='");
    text_string(text, RANDOM_PICK(random, grouped));
    chain(text, " ", "x", around(random, which == 0 ? 44 : which == 1 ? 42 : 100));
    text_string(text, which == 0 ? "'" : which == 1 ? "\"'" : "'");
    if (which == 1) {
        chain(text, " ", "x", around(random, 100) - random_below(random, 3) * 8);
    }
    text_string(text, which == 2 ? ">7907277758758690" : which == 1 ? ">123" : " 123");
    text_string(text, random_percent(random, 50) ? " 4222 2222 2222 2" : "");
}

void generate_deep(struct random *random, struct text *text)
{
    static void (*const makers[])(struct random *, struct text *) = {
        nested, nested, nested, late, late, tracks_in_a_row, quoted_first, shortened,
    };
    struct text part = {.size = 0};
    RANDOM_PICK(random, makers)(random, &part);
    text_text(text, &part);
}
