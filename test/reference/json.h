#ifndef TEST_REFERENCE_JSON_H
#define TEST_REFERENCE_JSON_H
/* Contract 4.2: the JSON regions of a view, their number tokens and the escapes of their strings.
 */
#include "test/reference/view.h"

enum json_token_kind {
    JSON_NUMBER,
    JSON_ESCAPE,
};

struct json_token {
    enum json_token_kind kind;
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
    ptrdiff_t quote; /* of a number: the nearest `"` before it in its region, or -1 */
};

struct json_tokens {
    struct json_token *items;
    size_t count;
    size_t capacity;
};

void json_find(const struct view *view, struct json_tokens *ret_tokens);
void json_free(struct json_tokens *tokens);

#endif
