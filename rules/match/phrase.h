#ifndef RULES_MATCH_PHRASE_H
#define RULES_MATCH_PHRASE_H
/* The names of card verification codes and PINs (contract 3.1, 3.3). */
#include "rules/match/match.h"

struct phrase {
    uint32_t begin, end; /* units */
    bool pin;            /* names a PIN, else a card verification code */
    bool block;          /* the word `block` is in it */
    bool needs_record;
    bool partial; /* it is part of a longer name, so it is no label */
};

/* Who is told of labels. */
struct phrase_user {
    int (*use)(void *user, const struct phrase *phrase);
    void *user;
    bool unmarked; /* the view has no marks */
    bool partial;  /* also of what is none, because it is part of a longer name */
};

/* Calls `use` for the labels around each core that stands in the view: of those that end at one
 * place, for the longest. Stops at an error of `use` and returns it. */
int phrase_each(const struct view *view, const struct phrase_user *user);
#endif
