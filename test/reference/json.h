#ifndef TEST_REFERENCE_JSON_H
#define TEST_REFERENCE_JSON_H
/* Contract 4.2: the JSON regions of a view, their number tokens the escapes of their strings,
 * and their members (2.11). */
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

/* A member whose value is a string or a number. */
struct json_member {
    ptrdiff_t first; /* units [first, end), from the key's quote to behind the value */
    ptrdiff_t end;
    ptrdiff_t key_end;      /* behind the key */
    ptrdiff_t value;        /* where it begins */
    ptrdiff_t comma_before; /* or -1 */
    ptrdiff_t comma_after;
};

struct json_members {
    struct json_member *items;
    size_t count;
    size_t capacity;
};

/* In the order in which they end. */
void json_find_members(const struct view *view, struct json_members *ret_members);
void json_free_members(struct json_members *members);

struct json_span {
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
};

/* A string, without its quotes, or a number that is a value, and the keys that lead to it. */
struct json_value {
    struct json_span span;
    int key_count;
    struct json_span keys[64]; /* without quotes */
};

struct json_values {
    struct json_value *items;
    size_t count;
    size_t capacity;
    struct json_span *contents; /* of strings, keys too, and numbers */
    size_t content_count;
    size_t content_capacity;
    bool *structure; /* of each unit: it is part of a region, and of no contents */
};

void json_find_values(const struct view *view, struct json_values *ret_values);
void json_free_values(struct json_values *values);

#endif
