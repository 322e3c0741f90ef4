/* What looks like card data and mostly is none: ids, times, amounts, masks, our own output. */
#include "test/generate/generate.h"

static void add_hex(struct random *random, unsigned count, struct text *text)
{
    for (unsigned i = 0; i < count; i++) {
        text_byte(text, (unsigned char)"0123456789abcdef"[random_below(random, 16)]);
    }
}

static void add_uuid(struct random *random, struct text *text)
{
    static const unsigned char parts[] = {8, 4, 4, 4, 12};
    for (size_t i = 0; i < sizeof parts; i++) {
        if (i > 0) {
            text_byte(text, '-');
        }
        if (random_percent(random, 20)) {
            text_digits(text, random, parts[i]);
        } else {
            add_hex(random, parts[i], text);
        }
    }
}

static void add_time(struct random *random, struct text *text)
{
    switch (random_below(random, 5)) {
    case 0:
        text_format(text, "20%02u-%02u-%02uT%02u:%02u:%02u.%03uZ", random_below(random, 60),
                    1 + random_below(random, 12), 1 + random_below(random, 28),
                    random_below(random, 24), random_below(random, 60), random_below(random, 60),
                    random_below(random, 1000));
        break;
    case 1:
        text_format(text, "%04u%02u%02u%02u%02u%02u", 1890 + random_below(random, 220),
                    random_below(random, 14), random_below(random, 33), random_below(random, 25),
                    random_below(random, 61), random_below(random, 61));
        break;
    case 2:
        text_format(text, "%u", 978307200u - 5 + random_below(random, 10));
        text_digits(text, random, 3 * random_below(random, 4));
        break;
    case 3:
        text_format(text, "%u", 3155760000u - 5 + random_below(random, 10));
        text_digits(text, random, 3 * random_below(random, 4));
        break;
    default:
        text_format(text, "%u", 1000000000u + random_below(random, 1000000000));
        text_digits(text, random, 3 * random_below(random, 4));
        break;
    }
}

static void add_masked(struct random *random, struct text *text)
{
    static const char *const masks[] = {"*", "x", "X", "\xE2\x80\xA2", "#", "_", "*x"};
    const char *mask = RANDOM_PICK(random, masks);
    text_digits(text, random, random_below(random, 2) * (4 + random_below(random, 4)));
    for (unsigned i = 0, count = 2 + random_below(random, 12); i < count; i++) {
        text_string(text, mask);
        if (i % 4 == 3 && random_percent(random, 20)) {
            text_byte(text, ' ');
        }
    }
    text_digits(text, random, random_percent(random, 80) ? 4 : random_below(random, 20));
}

static void add_id(struct random *random, struct text *text)
{
    static const char *const labels[] = {
        "blk_",
        "blk_-",
        "trace_id=",
        "\x1B[36mtrace_id\x1B[0m=\x1B[35m",
        "\x1B[1m\"order\"\x1B[0m: \x1B[35m\"",
        "\\\"order_id\\\":\\\"",
        "\\\\\\\"id\\\\\\\":",
        "dd.trace_id=",
        "txn:",
        "orderId=",
        "order ",
        "request ",
        "reference ",
        "seq=",
        "offset=",
        "span_id: ",
        "uuid=",
        "card_id=",
        "id: ",
        "arn:aws:x:",
        "tel:+",
        "ref ",
        "\"id\":",
        "pan=",
        "card ",
        "cc: ",
        "account number is ",
        "acct#",
        "<id>",
        "<pan>",
        "PANNumber ",
        "primary account ",
    };
    text_string(text, RANDOM_PICK(random, labels));
    generate_pan_digits(random, text);
}

void generate_near_miss(struct random *random, struct text *text)
{
    static const char *const fixed[] = {
        "[REDACTED_CVV]",
        "[REDACTED_TRACK2]",
        "************1111",
        "[WITHHELD limit]",
        "[WITHHELD depth]",
        "********",
        "+1 (555) 010-9999",
        "192.168.100.200:50010",
        "10.250.10.213",
        "1.2.3-4.el8",
        "2024.12.31",
        "0x4111111111111111",
        "%B4111111111111111",
        "&#",
        "\\u00",
        "0000000000000000",
        "4444444444444444",
        "3.141592653589793",
        "1e+16",
        "1,234,567.89",
        "GB29NWBK60161331926819",
    };
    switch (random_below(random, 9)) {
    case 0:
        add_uuid(random, text);
        break;
    case 1:
        add_hex(random, 1 + random_below(random, 64), text);
        break;
    case 2:
        add_time(random, text);
        break;
    case 3:
        add_masked(random, text);
        break;
    case 4:
        text_digits(text, random, random_below(random, 3));
        text_byte(text, (unsigned char)".eE,-+"[random_below(random, 6)]);
        generate_pan_digits(random, text);
        text_byte(text, (unsigned char)".eE,-+"[random_below(random, 6)]);
        text_digits(text, random, random_below(random, 3));
        break;
    case 5:
    case 6:
        add_id(random, text);
        break;
    case 7:
        text_string(text, RANDOM_PICK(random, fixed));
        break;
    default:
        text_digits(text, random, 1 + random_below(random, 30));
        break;
    }
}
