#ifndef RULES_EXPLAIN_H
#define RULES_EXPLAIN_H
/* The candidates of one line, collected while it is searched and then told in words. */
#include "rules/match/trace.h"
#include "rules/ruleset.h"

struct explain {
    const struct blot_memory *memory;
    struct trace trace; /* for the search */
    struct buffer candidates;
    size_t count;
    int result; /* -ENOMEM once memory failed */
};

/* Who is told, and where in his text the line begins. */
struct explain_target {
    blot_candidate_function *use;
    void *user;
    size_t base;
};

/* `explain` stays where it is until explain_end. */
void explain_begin(struct explain *explain, const struct blot_memory *memory);
void explain_end(struct explain *explain);

/* Tells of all candidates since the last call and forgets them. 0, -ENOMEM, or what `use` returned
 * when it was not 0. */
int explain_give(struct explain *explain, const struct blot_ruleset *ruleset,
                 const struct explain_target *target);
#endif
