#ifndef TEST_DIFFERENTIAL_RULESET_H
#define TEST_DIFFERENTIAL_RULESET_H
/* The rule sets under which engine and reference are compared: what the engine reads, and what the
 * reference is told of the same. */
#include "test/reference/reference.h"

#include <stddef.h>

struct ruleset {
    const char *name;
    const char *yaml; /* a rule file, or NULL */
    struct reference_options options;
};

#define RULESET_KEY    "a key for tests, and for nothing else"
#define RULESET_KEY_ID "k1"

/* The first is the default. */
const struct ruleset *ruleset_at(size_t index);
size_t ruleset_count(void);

#endif
