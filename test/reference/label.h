#ifndef TEST_REFERENCE_LABEL_H
#define TEST_REFERENCE_LABEL_H
/* Contract 2.7: what a number is called by what stands before it. */
#include "test/reference/view.h"

enum label_kind {
    LABEL_NEITHER, /* none, or one with no word of the lists */
    LABEL_ID,
    LABEL_CARD,
};

/* The own label of digits that begin at `first`. */
enum label_kind label_own(const struct view *view, ptrdiff_t first);
/* Whether a run of letters in a label is cut before a place (`PAN|Number`). */
bool label_cut_before(const struct view *view, ptrdiff_t place);
/* Whether digits that begin at `first` have a card label, own or by context. */
bool label_card(const struct view *view, ptrdiff_t first);
/* Whether digits that begin at `first` stand in an ARN. */
bool label_arn(const struct view *view, ptrdiff_t first);

#endif
