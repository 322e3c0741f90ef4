#ifndef RULES_VIEW_JSON_H
#define RULES_VIEW_JSON_H
/* Tokens of the JSON texts in a view that a replacement must respect (contract 4.2). */
#include "rules/view/view.h"

struct json_token {
    uint32_t begin, end; /* units */
    uint32_t quote;      /* unit of the nearest `"` before it in its text; UINT32_MAX: none */
};

/* Lists in `tokens`, in order, the numbers or, with `escapes`, the escapes of strings of all JSON
 * texts of `view`. -ENOMEM. */
int json_find(const struct blot_memory *memory, const struct view *view, bool escapes,
              struct buffer *tokens, size_t *ret_count);
#endif
