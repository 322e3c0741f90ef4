/* What breaks lines: bytes flipped, put in, taken out, doubled; two lines spliced; a cut. */
#include "test/generate/generate.h"

#include <string.h>

static void insert(struct text *line, size_t place, const char *bytes, size_t size)
{
    struct text rest = {.size = 0};
    text_add(&rest, line->bytes + place, line->size - place);
    line->size = place;
    text_add(line, bytes, size);
    text_text(line, &rest);
}

/* NUL behind each of some bytes, as UTF-16 has it, or as an escape of it. */
static void widen(struct random *random, size_t place, struct text *line)
{
    static const struct {
        const char *bytes;
        size_t size;
    } nuls[] = {{"\0", 1}, {"\0", 1}, {"\0\0\0", 3}, {"\\u0000", 6}, {"%00", 3}};
    unsigned nul = random_below(random, sizeof(nuls) / sizeof(nuls[0]));
    for (unsigned count = 1 + random_below(random, 24); count > 0 && place < line->size; count--) {
        insert(line, ++place, nuls[nul].bytes, nuls[nul].size);
        place += nuls[nul].size;
    }
}

static void mutate_once(struct random *random, const struct text *other, struct text *line)
{
    static const char *const pieces[] = {
        "\\",
        "\"",
        "%",
        "&#",
        "{",
        "}",
        "[",
        "]",
        ".",
        "-",
        " ",
        "=",
        "<",
        ">",
        "*",
        "e",
        "\xFF",
        "\xC2",
        "\xE2\x80\x93",
        "0",
        "4",
        "\t",
        "'",
        ":",
        ",",
        "+",
        "x",
        "_",
        "#",
        "^",
        ";",
        "?",
        "F",
        "D",
        "\\u",
    };
    size_t place = random_below(random, (unsigned)line->size + 1);
    size_t left = line->size - place;
    size_t count = 1 + random_below(random, 4);
    count = count < left ? count : left;
    switch (random_below(random, 10)) {
    case 0:
        if (left > 0) {
            line->bytes[place] = (char)(line->bytes[place] ^ (1 << random_below(random, 8)));
        }
        break;
    case 1: {
        const char *piece = RANDOM_PICK(random, pieces);
        insert(line, place, piece, strlen(piece));
        break;
    }
    case 2:
        memmove(line->bytes + place, line->bytes + place + count, left - count);
        line->size -= count;
        break;
    case 3: {
        char copy[4];
        memcpy(copy, line->bytes + place, count);
        insert(line, place, copy, count);
        break;
    }
    case 4: { /* splice */
        size_t from = random_below(random, (unsigned)other->size + 1);
        line->size = place;
        text_add(line, other->bytes + from, other->size - from);
        break;
    }
    case 5:
        line->size = random_percent(random, 30) ? place : line->size;
        break;
    case 6: {
        char byte = (char)random_below(random, 256);
        insert(line, place, &byte, 1);
        break;
    }
    case 7: /* a piece of one in the other */
        count = random_below(random, 24);
        if (other->size > count) {
            insert(line, place,
                   other->bytes + random_below(random, (unsigned)(other->size - count)), count);
        }
        break;
    case 8:
        if (random_percent(random, 20)) {
            widen(random, place, line);
        }
        break;
    default:
        if (left > 0) {
            line->bytes[place] = (char)('0' + random_below(random, 10));
        }
        break;
    }
}

void generate_mutated(struct random *random, const struct text *other, struct text *line)
{
    for (unsigned i = 0, count = 1 + random_below(random, 4); i < count; i++) {
        mutate_once(random, other, line);
    }
}
