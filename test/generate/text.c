#include "test/generate/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

uint64_t random_next(struct random *random)
{
    uint64_t mixed = random->state += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
}

unsigned random_below(struct random *random, unsigned limit)
{
    return (unsigned)(random_next(random) % limit);
}

bool random_percent(struct random *random, unsigned percent)
{
    return random_below(random, 100) < percent;
}

void text_clear(struct text *text)
{
    text->size = 0;
}

void text_add(struct text *text, const char *bytes, size_t size)
{
    if (size > TEXT_MOST - text->size) {
        size = TEXT_MOST - text->size;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void text_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_byte(struct text *text, unsigned char byte)
{
    text_add(text, (const char *)&byte, 1);
}

void text_character(struct text *text, uint32_t character)
{
    if (character < 0x80) {
        text_byte(text, (unsigned char)character);
    } else if (character < 0x800) {
        text_byte(text, (unsigned char)(0xC0 | character >> 6));
        text_byte(text, (unsigned char)(0x80 | (character & 0x3F)));
    } else if (character < 0x10000) {
        text_byte(text, (unsigned char)(0xE0 | character >> 12));
        text_byte(text, (unsigned char)(0x80 | (character >> 6 & 0x3F)));
        text_byte(text, (unsigned char)(0x80 | (character & 0x3F)));
    } else {
        text_byte(text, (unsigned char)(0xF0 | character >> 18));
        text_byte(text, (unsigned char)(0x80 | (character >> 12 & 0x3F)));
        text_byte(text, (unsigned char)(0x80 | (character >> 6 & 0x3F)));
        text_byte(text, (unsigned char)(0x80 | (character & 0x3F)));
    }
}

void text_format(struct text *text, const char *format, ...)
{
    char formatted[512];
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(formatted, sizeof formatted, format, arguments);
    va_end(arguments);
    if (size > 0) {
        text_add(text, formatted,
                 (size_t)size < sizeof formatted ? (size_t)size : sizeof formatted - 1);
    }
}

void text_text(struct text *text, const struct text *other)
{
    text_add(text, other->bytes, other->size);
}

void text_digits(struct text *text, struct random *random, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        text_byte(text, (unsigned char)('0' + random_below(random, 10)));
    }
}
