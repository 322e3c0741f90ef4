#include "test/generate/generate.h"

static void plain_line(struct random *random, struct text *text)
{
    switch (random_below(random, 16)) {
    case 0:
        generate_pan(random, text);
        break;
    case 1:
        generate_soup(random, text);
        break;
    case 2:
        generate_cvv(random, text);
        text_byte(text, ' ');
        generate_pin(random, text);
        text_byte(text, ' ');
        generate_near_miss(random, text);
        break;
    case 3:
        generate_track(random, text);
        break;
    case 10:
    case 11:
        generate_limit(random, text);
        break;
    case 12:
    case 13:
        generate_message(random, text);
        break;
    case 14:
        generate_message(random, text);
        text_byte(text, ' ');
        generate_container(random, text);
        break;
    case 15:
        generate_deep(random, text);
        break;
    case 4:
        generate_near_miss(random, text);
        text_byte(text, ' ');
        generate_near_miss(random, text);
        break;
    default:
        generate_container(random, text);
        break;
    }
}

void generate_line(uint64_t seed, uint64_t number, struct text *ret_line)
{
    struct random random = {seed};
    struct text plain;

    random.state = random_next(&random) + number * 0xD1342543DE82EF95;
    text_clear(ret_line);
    plain_line(&random, ret_line);
    for (unsigned layer = 0; layer < 5 && random_percent(&random, layer == 0 ? 12 : 35); layer++) {
        plain = *ret_line;
        text_clear(ret_line);
        if (random_percent(&random, 30)) {
            generate_encoded(&random, &plain, ret_line);
            plain = *ret_line;
            text_clear(ret_line);
        }
        generate_base64(&random, &plain, ret_line);
    }
    for (unsigned layer = 0; layer < 9 && random_percent(&random, layer == 0 ? 40 : 45); layer++) {
        plain = *ret_line;
        text_clear(ret_line);
        generate_encoded(&random, &plain, ret_line);
    }
    if (random_percent(&random, 35)) {
        text_clear(&plain);
        plain_line(&random, &plain);
        generate_mutated(&random, &plain, ret_line);
    }
    if (random_percent(&random, 3)) {
        text_byte(ret_line, '\r');
    }
    for (size_t i = 0; i < ret_line->size; i++) {
        if (ret_line->bytes[i] == '\n') {
            ret_line->bytes[i] = ' ';
        }
    }
}
