#ifndef RULES_VALIDATE_ISSUER_H
#define RULES_VALIDATE_ISSUER_H
/* Which issuer a number's first digits and length belong to (contract 2.5). */
#include <stdbool.h>
#include <stdint.h>

struct issuer_fit {
    bool has_issuer; /* some row has this prefix and length */
    bool ordinary;   /* and its issuer commonly uses that length */
};

/* For each first three digits, the lengths that some issuer's numbers may have: bit n − 12 is set
 * for n digits. A first look that saves most second ones. */
struct issuer_index {
    uint8_t lengths[1000];
};

void issuer_index_make(struct issuer_index *index);
/* Lets any number of 13–19 digits through. */
void issuer_index_any(struct issuer_index *index);

/* False: issuer_find would find no issuer. */
static inline bool issuer_may_exist(const struct issuer_index *index, const uint8_t *digits,
                                    unsigned count)
{
    unsigned first = (digits[0] - 48u) * 100 + (digits[1] - 48u) * 10 + (digits[2] - 48u);
    return index->lengths[first] >> (count - 12) & 1;
}

/* `digits`: ASCII, `count` of them (12–19). `bare`: in one group, where rows for bare numbers count
 * too. */
struct issuer_fit issuer_find(const uint8_t *digits, unsigned count, bool bare);
#endif
