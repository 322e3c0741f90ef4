#ifndef RULES_MATCH_GROUPING_H
#define RULES_MATCH_GROUPING_H
/* Proper grouping (contract 2.6). */
#include <stdbool.h>
#include <stdint.h>

enum {
    GROUPING_GROUPS_MAX = 19, /* one digit each */
};

enum grouping {
    GROUPING_NONE,
    GROUPING_UNDER_LABEL, /* proper under a card label only */
    GROUPING_PROPER,
};

/* `sizes`: digits of each of the `count` > 1 groups. `ordinary`: the length is ordinary for an
 * issuer. `dots`: they are linked by `.`. */
enum grouping grouping_of(const uint8_t *sizes, unsigned count, bool ordinary, bool dots);
#endif
