#ifndef TEST_REFERENCE_ISSUER_H
#define TEST_REFERENCE_ISSUER_H
/* Contract 2.5: the issuer table; and the Luhn check of 2.6. */
#include <stdbool.h>

struct issuer_verdict {
    bool known;    /* some row fits prefix and length */
    bool ordinary; /* some such row says that the length is ordinary */
};

/* `bare`: the digits stand in one group; else UATP does not fit. */
struct issuer_verdict issuer_judge(const char *digits, int count, bool bare);
bool issuer_luhn(const char *digits, int count);
bool issuer_one_digit(const char *digits, int count);

#endif
