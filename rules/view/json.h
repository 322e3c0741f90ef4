#ifndef RULES_VIEW_JSON_H
#define RULES_VIEW_JSON_H
/* Tokens of the JSON texts in a view that a replacement must respect (contract 4.2). */
#include "rules/view/view.h"

struct json_token {
    uint32_t begin, end; /* units */
    uint32_t quote;      /* unit of the nearest `"` before it in its text; UINT32_MAX: none */
    bool escape;         /* an escape of a string, else a number */
};

/* Lists in `tokens`, in order, of all JSON texts of `view` the numbers, and those escapes of
 * strings that one of the `count` ascending `places` (bytes of the line) lies inside of. -ENOMEM.
 */
int json_find(const struct blot_memory *memory, const struct view *view, const uint32_t *places,
              size_t count, struct buffer *tokens, size_t *ret_count);
#endif
