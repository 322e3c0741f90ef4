#ifndef TEST_REFERENCE_PAN_H
#define TEST_REFERENCE_PAN_H
/* Contract 2, with the cut digits of 6: the PAN findings of a line. */
#include "test/reference/finding.h"
#include "test/reference/group.h"

/* One window or more of one view, merged: its digits are those of the whole span. */
struct pan_span {
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
    bool shows; /* its last four digits */
    bool cut;   /* of section 6 alone */
    bool several;
    char number[WINDOW_MOST + 1]; /* the digits, unless there are several */
};

struct pan_spans {
    struct pan_span *items;
    size_t count;
    size_t capacity;
};

/* The merged windows of a view, in order, without those of 6. */
void pan_windows(const struct view *view, struct pan_spans *ret_spans);
void pan_spans_free(struct pan_spans *spans);

/* Adds those of one view, merged with each other. */
void pan_find(const struct view *view, unsigned cut_flags, struct findings *findings);
/* Takes `other` into `merged`: two PANs of one union. */
void pan_unite(struct finding *merged, const struct finding *other);
/* 2.9: merges those of all views that overlap in the source. All findings are PANs. */
void pan_merge(struct findings *findings);

#endif
