#ifndef RULES_MATCH_KEYED_H
#define RULES_MATCH_KEYED_H
/* Values that their label gives away (contract 3.1, 3.3, 6): how one bound value is judged. */
#include "rules/match/binding.h"
#include "rules/match/match.h"
#include "rules/match/phrase.h"

/* What is known of the view that is searched. */
struct keyed {
    struct match_list *list;
    const struct view *view;
    bool cut_end;
    bool one_of_many; /* the label has other bindings, so one that leads to no value says nothing */
    /* For cut_end only: */
    uint32_t open;        /* no quote and no boundary stands from here on */
    uint32_t last_digit;  /* the unit after it; 0: none */
    uint32_t last_digits; /* where the digits begin that reach the end */
    uint32_t last_hex;    /* the same, of hex digits */
};

/* Adds the value that is bound to the label. -ENOMEM. */
int keyed_judge(struct keyed *search, const struct phrase *phrase, const struct binding *binding);

/* The same, of a value that the cut at the view's end went through. 1: added, 0: not, -ENOMEM. */
int keyed_judge_cut(struct keyed *search, const struct phrase *phrase,
                    const struct binding *binding);
#endif
