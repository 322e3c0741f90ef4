#ifndef TEST_REFERENCE_CLASS_H
#define TEST_REFERENCE_CLASS_H
/* Contract 1.5: classes of characters; and 1.6: which units are inert. */
#include "test/reference/view.h"

static inline bool class_digit(uint32_t character)
{
    return character >= '0' && character <= '9';
}

static inline bool class_upper(uint32_t character)
{
    return character >= 'A' && character <= 'Z';
}

static inline bool class_lower(uint32_t character)
{
    return character >= 'a' && character <= 'z';
}

static inline bool class_letter(uint32_t character)
{
    return class_upper(character) || class_lower(character);
}

static inline bool class_letter_or_digit(uint32_t character)
{
    return class_letter(character) || class_digit(character);
}

static inline bool class_hex(uint32_t character)
{
    return class_digit(character) || (character >= 'a' && character <= 'f') ||
           (character >= 'A' && character <= 'F');
}

static inline bool class_blank(uint32_t character)
{
    return character == ' ' || character == '\t' || character == 0x00A0 || character == 0x00AD ||
           (character >= 0x2000 && character <= 0x200F) || character == 0x202F ||
           character == 0x2060 || character == 0x3000 || character == 0xFEFF;
}

static inline bool class_dash(uint32_t character)
{
    return character == '-' || (character >= 0x2010 && character <= 0x2015) ||
           character == 0x2212 || character == 0xFE63 || character == 0xFF0D;
}

static inline bool class_separator(uint32_t character)
{
    return class_blank(character) || class_dash(character) || character == '.';
}

/* Whether the character is one of those of an ASCII string. */
static inline bool class_one_of(uint32_t character, const char *characters)
{
    while (*characters != '\0' && (unsigned char)*characters != character) {
        characters++;
    }
    return *characters != '\0';
}

static inline bool class_mask(uint32_t character)
{
    return class_one_of(character, "*xX#_") || character == 0x2022;
}

static inline bool class_quote(uint32_t character)
{
    return class_one_of(character, "\"'`");
}

/* The lower case of an ASCII letter, any other character as it is. */
static inline uint32_t class_without_case(uint32_t character)
{
    return class_upper(character) ? character - 'A' + 'a' : character;
}

/* A decimal digit of another script: its value 0-9, or -1. */
int class_foreign_digit(uint32_t character);

/* Makes the units of inert replacements boundaries. */
void class_mark_inert(struct view *view);

#endif
