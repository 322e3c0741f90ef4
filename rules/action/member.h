#ifndef RULES_ACTION_MEMBER_H
#define RULES_ACTION_MEMBER_H
/* Fields that are dropped whole (contract 2.11): members of JSON objects. */
#include "rules/unite.h"
#include "rules/view/view.h"

/* Lets those of `units` that want it, and are all of a member's value in the lowest of the views
 * that knows, cover the member and a comma beside it, so that the JSON stays valid, and marks them
 * as dropped. Their order is kept; what overlaps then is united. `line`: the source of the views.
 * `tokens` is working memory. -ENOMEM. */
int member_drop(const struct blot_memory *memory, const uint8_t *line, const struct view *views,
                unsigned view_count, struct buffer *tokens, struct united *units, size_t *count);
#endif
