#pragma once
/* A generation: the rules and the format that were in force when a batch was read. Immutable once
 * made, and kept by reference: by the pipeline while it is the newest, by each batch read under it,
 * and by what workers made from it. A reload makes a new one beside the old. */
#include "agent/encode.h"

#include <stdatomic.h>

struct blot_ruleset;

struct generation {
    atomic_uint references;
    unsigned number; /* from 1, rises by one a reload */
    struct blot_ruleset *rules;
    const struct encode_type *encoder;
    struct encode_options encode;
    /* Frees what the members above point to, the rules excepted; NULL: nothing to free. Called by
     * whichever thread lets the last reference go. */
    void (*release)(void *owner);
    void *owner;
};

/* A generation with one reference, that of the caller. Takes `rules` over, also on failure. Sets
 * the rules' names in `encode.rule_labels`. 0 or -ENOMEM. */
int generation_new(struct blot_ruleset *rules, const struct encode_type *encoder,
                   struct generation **ret_generation);
struct generation *generation_ref(struct generation *generation);
struct generation *generation_unref(struct generation *generation);
