#ifndef TEST_REFERENCE_SAD_H
#define TEST_REFERENCE_SAD_H
/* Contract 3.1 and 3.3: labels of sensitive authentication data, and what binds a value to one. */
#include "test/reference/view.h"

/* The words of a label are strings with one blank between words. */
struct sad_grammar {
    const char *const *cores;
    const char *const *cores_in_record; /* count only in a card record */
    const char *const *affixes;
};

struct sad_label {
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
};

struct sad_labels {
    struct sad_label *items;
    size_t count;
    size_t capacity;
};

/* All labels in a view; of those that end at one place the longest. */
void sad_labels_find(const struct view *view, const struct sad_grammar *grammar, bool card_record,
                     struct sad_labels *ret_labels);
void sad_labels_free(struct sad_labels *labels);

struct sad_binding {
    bool assignment;
    bool blanks_alone;
    uint32_t quote;  /* the quote that opens the value last, or 0 */
    ptrdiff_t value; /* where the value begins */
};

enum { SAD_BINDINGS_MOST = 4 };
/* All bindings that fit directly behind a label; returns how many. */
int sad_bind(const struct view *view, struct sad_label label,
             struct sad_binding ret_bindings[SAD_BINDINGS_MOST]);

/* How many blanks stand at a place. */
ptrdiff_t sad_blanks(const struct view *view, ptrdiff_t place);

/* Whether a colour ends directly before a place. */
bool sad_colour_before(const struct view *view, ptrdiff_t place);

/* Where the colours (at most 4) begin that end directly before a place. */
ptrdiff_t sad_colours_begin(const struct view *view, ptrdiff_t place);

/* Behind the closing units of a binding that stand at a place, and the colours around them. */
ptrdiff_t sad_closers_end(const struct view *view, ptrdiff_t place);

/* Behind the assignment at a place, blanks on both sides included, or -1. */
ptrdiff_t sad_assignment_end(const struct view *view, ptrdiff_t place);

/* The binding whose opening units begin at a place. */
struct sad_binding sad_opened(const struct view *view, ptrdiff_t place);

/* Behind the type that a value may have at a place. */
ptrdiff_t sad_type_end(const struct view *view, ptrdiff_t place);

/* The binding by an assignment that ends before a place. */
struct sad_binding sad_assigned(const struct view *view, ptrdiff_t place);

/* Whether what stands from `end` on may follow a value. */
bool sad_value_may_end(const struct view *view, const struct sad_binding *binding, ptrdiff_t end);

/* Whether a whole value may begin where the binding ends. */
bool sad_value_may_begin(const struct view *view, const struct sad_binding *binding);

/* 6: whether the value is a quoted one that is open at the end of the view and holds a digit. */
bool sad_value_cut_in_quotes(const struct view *view, const struct sad_binding *binding);

#endif
