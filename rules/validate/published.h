#ifndef RULES_VALIDATE_PUBLISHED_H
#define RULES_VALIDATE_PUBLISHED_H
/* Card numbers that networks and payment providers publish for tests: they are no card data where a
 * configuration or a rule file gives an example. */
#include <stddef.h>

enum {
    PUBLISHED_BYTES = 20, /* of a number, with its NUL */
};

size_t published_count(void);
/* Writes the number with its check digit. */
void published_number(size_t index, char ret_number[PUBLISHED_BYTES]);
#endif
