#ifndef RULES_MATCH_BINDING_H
#define RULES_MATCH_BINDING_H
/* How a label hangs on its value (contract 3.1). */
#include "rules/view/view.h"

#include <stdbool.h>

enum {
    BINDING_BLANKS_MAX = 4,
};

struct binding {
    uint32_t value; /* unit */
    bool assignment, blanks_only;
    uint8_t quote; /* the last opening unit when it is one, else 0 */
};

/* The unit at `at`; SYMBOL_INVALID behind the end. */
static inline uint8_t binding_unit(const struct view *view, uint32_t at)
{
    return at < view->size ? view->symbols[at] : (uint8_t)SYMBOL_INVALID;
}

/* Behind at most 4 blanks. */
uint32_t binding_skip_blanks(const struct view *view, uint32_t at);

/* Behind `word` (lower case) at `at`, in any case; 0: it does not stand there. */
uint32_t binding_skip_word(const struct view *view, uint32_t at, const char *word);

/* Behind at most 4 colours (ECMA-48 SGR). */
uint32_t binding_skip_colours(const struct view *view, uint32_t at);

/* Whether the `m` before `at` ends a colour. */
bool binding_after_colour(const struct view *view, uint32_t at);

/* Where the colours begin that end before `at`, at most 4; `at` where none does. */
uint32_t binding_skip_colours_left(const struct view *view, uint32_t at);

/* Behind at most 2 of quote, `]` and `)`, with colours around them. */
uint32_t binding_skip_closings(const struct view *view, uint32_t at);

/* Behind the type that a value has at `at`; `at` when it has none. */
uint32_t binding_skip_type(const struct view *view, uint32_t at);

/* Behind the assignment at `at`; 0: there is none. */
uint32_t binding_assignment_end(const struct view *view, uint32_t at);

/* Behind the assignment before which blanks may stand at `at`, or `is`, and the blanks after it; 0:
 * there is none. */
uint32_t binding_skip_assignment(const struct view *view, uint32_t at);

/* The value whose opening units begin at `at`. */
struct binding binding_open(const struct view *view, uint32_t at);

/* An assignment, `is`, or blanks alone, after the label that ends before `at`. */
bool binding_plain(const struct view *view, uint32_t at, struct binding *ret_binding);

/* Whether what begins at `label` stands in the name of an XML tag. */
bool binding_in_tag(const struct view *view, uint32_t label);

/* Whether [begin, end) is all of an attribute. */
bool binding_in_attribute(const struct view *view, uint32_t begin, uint32_t end);

/* The text of the element whose tag goes on at `at`, and that of an element directly in it. Returns
 * how many there are. */
unsigned binding_element(const struct view *view, uint32_t at, struct binding ret_bindings[2]);
#endif
