#ifndef TEST_REFERENCE_CLASS_H
#define TEST_REFERENCE_CLASS_H
/* Contract 1.5: classes of characters; and 1.6: which units are inert. */
#include "test/reference/view.h"

bool class_digit(uint32_t character);
bool class_letter(uint32_t character);
bool class_upper(uint32_t character);
bool class_lower(uint32_t character);
bool class_letter_or_digit(uint32_t character);
bool class_hex(uint32_t character);
bool class_blank(uint32_t character);
bool class_dash(uint32_t character);
bool class_separator(uint32_t character);
bool class_mask(uint32_t character);
bool class_quote(uint32_t character);
/* Whether the character is one of those of an ASCII string. */
bool class_one_of(uint32_t character, const char *characters);
/* The lower case of an ASCII letter, any other character as it is. */
uint32_t class_without_case(uint32_t character);

/* A decimal digit of another script: its value 0-9, or -1. */
int class_foreign_digit(uint32_t character);

/* Makes the units of inert replacements boundaries. */
void class_mark_inert(struct view *view);

#endif
