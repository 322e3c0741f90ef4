#ifndef RULES_ACTION_REPLACE_H
#define RULES_ACTION_REPLACE_H
/* What a finding becomes (contract 2.9, 2.11, 3, 4.2). */
#include "rules/action/token.h"
#include "rules/edit.h"
#include "rules/ruleset.h"
#include "rules/unite.h"

/* For one line. */
struct replacer {
    const struct blot_memory *memory;
    struct edit_pool *pool; /* replacements are added to it */
    const struct blot_ruleset *ruleset;
    struct token_maker *token; /* NULL: no rule makes tokens */
    const uint8_t *line;
};

/* Adds the replacement of `united` by `rule`; its size is what the pool grew by. -ENOMEM, -EIO. */
int replace_write(const struct replacer *replacer, const struct united *united,
                  const struct rule *rule);

/* Adds the text of a record that `rule` drops. -ENOMEM. */
int replace_write_dropped(const struct replacer *replacer, const struct rule *rule);

/* Adds the replacement of what is withheld for `reason`. -ENOMEM. */
int replace_write_withheld(const struct blot_memory *memory, struct edit_pool *pool,
                           enum blot_reason reason);
#endif
