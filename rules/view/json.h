#ifndef RULES_VIEW_JSON_H
#define RULES_VIEW_JSON_H
/* Tokens of the JSON texts in a view that a replacement must respect (contract 4.2). */
#include "rules/view/view.h"

enum {
    JSON_DEPTH_MAX = 64, /* a text that is nested deeper is none */
};

struct json_token {
    uint32_t begin, end; /* units */
    uint32_t quote;      /* unit of the nearest `"` before it in its text; UINT32_MAX: none */
};

enum json_list {
    JSON_NUMBERS,   /* values, not in strings */
    JSON_ESCAPES,   /* of strings */
    JSON_VALUES,    /* strings and numbers that are a member's value, with their quotes */
    JSON_STRUCTURE, /* all but numbers and what stands in strings */
    JSON_TEXTS,     /* the texts themselves */
};

/* Lists in `tokens`, in order, what `list` says of all JSON texts of `view`. -ENOMEM. */
int json_find(const struct blot_memory *memory, const struct view *view, enum json_list list,
              struct buffer *tokens, size_t *ret_count);
#endif
