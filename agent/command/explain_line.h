#pragma once
/* One line explained: what may be shown of it, and its candidates in the order in which a person
 * wants them. Belongs to one thread. */
#include "rules/blotter.h"

#include <stdbool.h>

enum {
    EXPLAIN_GATES_MAX = 32,
    EXPLAIN_SHAPE_BYTES = 192,
};

struct explain_gate {
    const char *name, *clause;
    char why[96];
    bool failed;
};

struct explain_candidate {
    char detector[40];
    char shape[EXPLAIN_SHAPE_BYTES];
    struct explain_gate gates[EXPLAIN_GATES_MAX];
    size_t gate_count, failed_count;
    const char *first_failed;      /* name of a gate; NULL: it passed */
    size_t offset, size;           /* bytes of the line */
    size_t shown_begin, shown_end; /* bytes of the text that is shown */
    unsigned view;
    bool passed;
    bool is_lesser; /* overlaps one that came further */
};

struct explain_finding {
    size_t offset, size;
    unsigned rule;
    bool is_explained; /* some candidate that passed overlaps it */
};

struct explain_line {
    char *text; /* of the last line, as it may be shown */
    size_t text_size;
    struct explain_candidate *candidates;
    size_t candidate_count;
    struct explain_finding *findings;
    size_t finding_count;
};

/* `rules` outlives it. 0 or negative errno. */
int explain_line_new(const struct blot_ruleset *rules, struct explain_line **ret_line);
struct explain_line *explain_line_free(struct explain_line *line);
/* Explains a line without its newline. Negative errno: nothing may be shown. */
int explain_line_run(struct explain_line *line, const char *text, size_t size);
