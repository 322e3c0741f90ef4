/* Card numbers: published ones, random ones for every row of the issuer table, and near misses;
 * bare or in groups. */
#include "test/generate/generate.h"
#include "test/generate/published.h"

#include <string.h>

/* Prefixes with which an issuer's range begins or ends, and just misses it. */
static const char *const prefixes[] = {
    "4",      "40",     "51",     "55",     "50",     "56",     "2221",   "2720",   "2220",
    "2721",   "34",     "37",     "35",     "6011",   "644",    "649",    "65",     "643",
    "300",    "305",    "306",    "3095",   "3094",   "36",     "38",     "39",     "3528",
    "3589",   "3527",   "3590",   "62",     "81",     "57",     "58",     "59",     "63",
    "67",     "69",     "61",     "68",     "2200",   "2204",   "2205",   "2199",   "60",
    "82",     "508",    "509",    "9792",   "9791",   "401178", "431274", "438935", "451416",
    "457393", "457631", "504175", "506699", "506778", "506779", "509000", "627780", "636297",
    "636368", "650031", "650034", "650405", "655021", "606282", "5060",   "5061",   "5078",
    "5079",   "650",    "1",      "135",    "5019",   "4571",   "0",      "7",      "9",
    "000004", "003",    "3088",   "3094",   "3103",   "3120",   "3157",   "3349",   "3350",
    "2206",
};

static char check_digit(const char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned value = (unsigned)(digits[count - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static void random_pan(struct random *random, struct text *text)
{
    static const unsigned char lengths[] = {16, 16, 16, 15, 14, 13, 12, 17, 18, 19, 19, 11, 20};
    const char *prefix = RANDOM_PICK(random, prefixes);
    unsigned length = RANDOM_PICK(random, lengths);
    struct text pan = {.size = 0};

    text_string(&pan, prefix);
    text_digits(&pan, random, length - 1 - (unsigned)strlen(prefix));
    text_byte(&pan, (unsigned char)check_digit(pan.bytes, pan.size));
    if (random_percent(random, 10)) {
        pan.bytes[random_below(random, length)] = (char)('0' + random_below(random, 10));
    }
    text_text(text, &pan);
}

void generate_pan_digits(struct random *random, struct text *text)
{
    if (random_percent(random, 45)) {
        text_string(text, RANDOM_PICK(random, published_pans));
    } else if (random_percent(random, 90)) {
        random_pan(random, text);
    } else {
        text_digits(text, random, 1 + random_below(random, 30));
    }
}

static void add_separator(struct random *random, unsigned style, struct text *text)
{
    static const uint32_t separators[] = {
        ' ',    '-',    ' ',    '-',    '.',    '\t',   0x00A0, 0x2009, 0x202F, 0x3000,
        0x200B, 0xFEFF, 0x00AD, 0x2010, 0x2011, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE63,
        0xFF0D, 0x2000, 0x200A, 0x200B, 0x2016, '_',    '/',    '+',    ',',    '\r',
    };
    unsigned count = random_percent(random, 92) ? 1 : 1 + random_below(random, 4);
    for (unsigned i = 0; i < count; i++) {
        uint32_t separator = random_percent(random, 95)
                                 ? separators[style % (sizeof separators / sizeof separators[0])]
                                 : RANDOM_PICK(random, separators);
        text_character(text, separator);
    }
}

static const char *const groupings[] = {
    "4444",    "44443",      "444",  "4441",   "4442",    "4443",  "44441", "44442",
    "465",     "464",        "463",  "446",    "445",     "456",   "88",    "6=",
    "67",      "664",        "4<",   "333333", "3333331", "33333", "3333",  "22222222",
    "2222222", "2222222221", "66",   "76",     "77",      "78",    "86",    "69",
    "96",      "433",        "4333", "556",    "5555",
};

void generate_grouped(struct random *random, const char *digits, size_t count, struct text *text)
{
    unsigned style =
        random_percent(random, 60) ? random_below(random, 5) : random_below(random, 64);
    const char *grouping = RANDOM_PICK(random, groupings);
    size_t done = 0;

    while (done < count) {
        size_t length;
        if (random_percent(random, 2)) {
            length = 1 + random_below(random, 6);
        } else {
            length = *grouping != '\0' ? (size_t)(*grouping++ - '0') : 4;
        }
        length = length < count - done ? length : count - done;
        text_add(text, digits + done, length);
        done += length;
        if (done < count) {
            add_separator(random, style, text);
        }
    }
}

static void run_of_digits(struct random *random, const struct text *pan, struct text *text)
{
    switch (random_below(random, 4)) {
    case 0: /* LLVAR */
        text_digits(text, random, random_below(random, 44));
        text_format(text, "%02u", (unsigned)pan->size);
        text_text(text, pan);
        text_digits(text, random, random_below(random, 24));
        break;
    case 1:
        text_add(text, "0000000000", 1 + random_below(random, 9));
        text_text(text, pan);
        break;
    case 2:
        text_text(text, pan);
        text_format(text, "%02u%02u", 1 + random_below(random, 14), 18 + random_below(random, 33));
        text_digits(text, random, random_below(random, 24));
        break;
    default:
        text_text(text, pan);
        text_text(text, pan);
        break;
    }
}

void generate_pan(struct random *random, struct text *text)
{
    struct text pan = {.size = 0};
    generate_pan_digits(random, &pan);
    if (random_percent(random, 60)) {
        text_text(text, &pan);
    } else if (random_percent(random, 88)) {
        generate_grouped(random, pan.bytes, pan.size, text);
    } else {
        run_of_digits(random, &pan, text);
    }
}
