#pragma once
/* Rule sets with every action, and what must hold of each for every text. */
#include "rules/blotter.h"

enum {
    VARIANT_NAME_BYTES = 96,
};

struct variant {
    char name[VARIANT_NAME_BYTES];
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
};

/* How many there are. */
unsigned variant_count(void);
/* Makes the one of that number; aborts when it cannot. */
struct variant variant_new(unsigned number);
void variant_free(struct variant *variant);

/* Redacts the text twice. NULL when all holds: findings in order and in the text, none in what it
 * becomes, which stays as it is, and valid JSON where the text was (unless its record is dropped).
 * Else what does not. `ret_changed`: whether there was a finding. */
const char *variant_check(const struct variant *variant, const char *text, size_t size,
                          unsigned flags, int *ret_changed);
