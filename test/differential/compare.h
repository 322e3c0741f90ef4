#ifndef TEST_DIFFERENTIAL_COMPARE_H
#define TEST_DIFFERENTIAL_COMPARE_H
/* Engine against reference on one text, and the smallest text on which they still differ. */
#include "test/differential/engine.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

bool compare_same(struct engine *engine, const char *text, size_t size, unsigned flags);

/* Makes the text shorter as long as the two differ on it. */
void compare_minimize(struct engine *engine, char *text, size_t *size, unsigned flags);

/* Prints a difference: `where`, a hex dump, both outputs, and the smallest text as a case. */
void compare_print(FILE *file, struct engine *engine, const char *where, const char *text,
                   size_t size, unsigned flags);

#endif
