#ifndef RULES_ACTION_REPLACE_H
#define RULES_ACTION_REPLACE_H
/* What a finding becomes (contract 2.9, 3, 4.2). */
#include "rules/edit.h"
#include "rules/unite.h"

/* Adds the replacement of `united` in `line` to the pool; its size is what the pool grew by.
 * `text`: what the rule of a pattern puts in. -ENOMEM. */
int replace_write(const struct blot_memory *memory, struct edit_pool *pool,
                  const struct united *united, const uint8_t *line, const char *text);

/* Adds the replacement of what is withheld for `reason`. -ENOMEM. */
int replace_write_withheld(const struct blot_memory *memory, struct edit_pool *pool,
                           enum blot_reason reason);
#endif
