/* Text in base64 as contract 1.7 reads it, and almost so. */
#include "test/generate/generate.h"

static const char *const beginnings[] = {"{\"", "<?x", "<so", "[{\"", "{'", "<s"};

static void add_encoded(struct random *random, const struct text *plain, struct text *text)
{
    static const char *const alphabets[] = {"+/", "+/", "-_", "+_"};
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *last = RANDOM_PICK(random, alphabets);
    bool padded = random_percent(random, 60);

    for (size_t i = 0; i < plain->size; i += 3) {
        size_t count = plain->size - i < 3 ? plain->size - i : 3;
        unsigned bits = 0;
        for (size_t j = 0; j < 3; j++) {
            bits = bits << 8 | (j < count ? (unsigned char)plain->bytes[i + j] : 0u);
        }
        for (size_t j = 0; j < 4; j++) {
            unsigned value = bits >> (18 - 6 * j) & 63;
            if (j <= count) {
                text_byte(text, (unsigned char)(value < 62 ? letters[value] : last[value - 62]));
            } else if (padded) {
                text_byte(text, '=');
            }
        }
    }
}

/* Adds what was encoded with characters of it in escapes, `share` of a hundred, so that its runs
 * differ from view to view. */
static void add_escaped(struct random *random, const struct text *encoded, unsigned share,
                        struct text *text)
{
    for (size_t i = 0; i < encoded->size; i++) {
        unsigned byte = (unsigned char)encoded->bytes[i];
        if (!random_percent(random, share)) {
            text_byte(text, (unsigned char)byte);
            continue;
        }
        switch (random_below(random, 4)) {
        case 0:
            text_format(text, "\\x%02x", byte);
            break;
        case 1:
            text_format(text, "\\x5cu%04x", byte);
            break;
        case 2:
            text_format(text, "%%%s%02X", random_percent(random, 30) ? "25" : "", byte);
            break;
        default:
            text_format(text, "&#%u;", byte);
            break;
        }
    }
}

/* Two runs, of which only some views have the first, or all of either. */
static void add_overlapping(struct random *random, const struct text *inner, struct text *text)
{
    static const char *const before[] = {"&#65;", "\\x41", "%41", "\\u0061", "&#47;", ""};
    struct text encoded = {.size = 0};

    for (unsigned i = 0; i < 2; i++) {
        struct text plain = {.size = 0};
        text_string(&plain, RANDOM_PICK(random, beginnings));
        generate_pan(random, &plain);
        text_byte(&plain, ' ');
        if (random_percent(random, 50)) {
            text_text(&plain, inner);
        }
        generate_cvv(random, &plain);
        add_encoded(random, &plain, &encoded);
        if (i == 0) {
            text_byte(&encoded, (unsigned char)"/-_+"[random_below(random, 4)]);
        }
    }
    text_string(text, RANDOM_PICK(random, before));
    add_escaped(random, &encoded, 1 + random_below(random, 3), text);
}

void generate_base64(struct random *random, const struct text *inner, struct text *text)
{
    static const char *const before[] = {
        "",    "body=", "\"b\":\"",      "a.",  "/",     "x",     "9",     "_",
        "-",   "'",     "cvv=",          "eyJ", "PD94/", "&#65;", "&#47;", "\\x2f",
        "%41", "\\",    "[REDACTED_PAN]"};
    static const char *const after[] = {"",   "\"", " ", ".sig", "/foo", "=",    "==",   "A",
                                        "AB", "&x", "-", "_",    "\"}",  " eyJ", "/eyJ", "%3D"};
    static const char *const ends[] = {"", "\"}", ">", "\"}]", "\n", " "};
    struct text plain = {.size = 0};
    struct text encoded = {.size = 0};

    if (random_percent(random, 5)) {
        add_overlapping(random, inner, text);
        return;
    }
    text_string(&plain, RANDOM_PICK(random, beginnings));
    text_text(&plain, inner);
    if (random_percent(random, 15)) { /* several lines */
        text_byte(&plain, '\n');
        generate_cvv(random, &plain);
    }
    text_string(&plain, RANDOM_PICK(random, ends));
    text_string(text, RANDOM_PICK(random, before));
    add_encoded(random, &plain, &encoded);
    if (random_percent(random, 8)) { /* a run that begins in it, or behind it */
        text_string(&encoded, random_percent(random, 50) ? "/" : "-");
        add_encoded(random, &plain, &encoded);
    }
    if (random_percent(random, 5)) { /* numbers that stand in it as they are */
        for (unsigned i = 0, count = 1 + random_below(random, 3); i < count; i++) {
            text_byte(&encoded, (unsigned char)"xy/+"[random_below(random, 4)]);
            generate_pan_digits(random, &encoded);
        }
    }
    if (random_percent(random, 20)) {
        add_escaped(random, &encoded, 1 + random_below(random, 12), text);
    } else {
        text_text(text, &encoded);
    }
    if (random_percent(random, 10)) {
        text->size -= text->size > 4 ? random_below(random, 4) : 0;
    }
    text_string(text, RANDOM_PICK(random, after));
}
