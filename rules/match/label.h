#ifndef RULES_MATCH_LABEL_H
#define RULES_MATCH_LABEL_H
/* What a number is called (contract 2.7). */
#include "rules/view/view.h"

enum label {
    LABEL_NONE, /* none, or one that says nothing */
    LABEL_ID,
    LABEL_CARD,
};

/* Whether a word of a label ends before symbol `at`, inside a run of letters that goes to `end`. */
bool label_is_cut(const uint8_t *symbols, uint32_t at, uint32_t end);

/* The own label of the number whose first digit is unit `first`. */
enum label label_own(const struct view *view, uint32_t first);

/* Whether the number has a card label: its own, or a card word in its context. */
bool label_is_card(const struct view *view, uint32_t first, enum label own);

/* Whether the number stands in an ARN. */
bool label_in_arn(const struct view *view, uint32_t first);
#endif
