#ifndef RULES_VALIDATE_ISSUER_H
#define RULES_VALIDATE_ISSUER_H
/* Which issuer a number's first digits and length belong to (contract 2.5). */
#include <stdbool.h>
#include <stdint.h>

struct issuer_fit {
    bool has_issuer; /* some row has this prefix and length */
    bool ordinary;   /* and its issuer commonly uses that length */
};

/* `digits`: ASCII, `count` of them (12–19). `bare`: in one group, where rows for bare numbers count
 * too. */
struct issuer_fit issuer_find(const uint8_t *digits, unsigned count, bool bare);
#endif
