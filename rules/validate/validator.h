#ifndef RULES_VALIDATE_VALIDATOR_H
#define RULES_VALIDATE_VALIDATOR_H
/* Is what a pattern found a secret (contract 7.4)? */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct validator {
    const char *name;
    bool (*holds)(const uint8_t *value, size_t size); /* units of a view */
};

/* NULL: there is none of that name. */
const struct validator *validator_of(const char *name);
#endif
