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

void generate_base64(struct random *random, const struct text *inner, struct text *text)
{
    static const char *const before[] = {"",  "body=", "\"b\":\"", "a.",   "/",   "x",    "9",
                                         "_", "-",     "'",        "cvv=", "eyJ", "PD94/"};
    static const char *const after[] = {"",   "\"", " ", ".sig", "/foo", "=",    "==",   "A",
                                        "AB", "&x", "-", "_",    "\"}",  " eyJ", "/eyJ", "%3D"};
    static const char *const ends[] = {"", "\"}", ">", "\"}]", "\n", " "};
    struct text plain = {.size = 0};

    text_string(&plain, RANDOM_PICK(random, beginnings));
    text_text(&plain, inner);
    text_string(&plain, RANDOM_PICK(random, ends));
    text_string(text, RANDOM_PICK(random, before));
    add_encoded(random, &plain, text);
    if (random_percent(random, 8)) { /* a run that begins in it, or behind it */
        text_string(text, random_percent(random, 50) ? "/" : "-");
        add_encoded(random, &plain, text);
    }
    if (random_percent(random, 10)) {
        text->size -= text->size > 4 ? random_below(random, 4) : 0;
    }
    text_string(text, RANDOM_PICK(random, after));
}
