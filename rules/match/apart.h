#ifndef RULES_MATCH_APART_H
#define RULES_MATCH_APART_H
/* Values that stand apart from their label (contract 3.1). */
#include "rules/match/binding.h"

enum {
    APART_BINDINGS_MAX = 7,
};

/* All that may be the value of the label [begin, end). `assigned`: an assignment follows the label
 * directly. Returns how many. */
unsigned apart_list(const struct view *view, uint32_t begin, uint32_t end, bool assigned,
                    struct binding ret_bindings[APART_BINDINGS_MAX]);
#endif
