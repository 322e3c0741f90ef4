#ifndef RULES_VIEW_INERT_H
#define RULES_VIEW_INERT_H
/* Text that stands for something replaced, in which nothing is found (contract 1.6). */
#include <stddef.h>
#include <stdint.h>

/* The texts that a rule set's own rules put in, each in brackets. Immutable, of the rule set. */
struct inert {
    const char **texts;
    size_t count;
};

/* Length of such a text at `at`, or 0. It begins with `[` or `tok_`. `own` may be NULL. */
uint32_t inert_length(const uint8_t *symbols, uint32_t size, uint32_t at, const struct inert *own);
/* Makes the units of all such texts from `at` on SYMBOL_INERT. */
void inert_mark(uint8_t *symbols, uint32_t size, uint32_t at, const struct inert *own);
#endif
