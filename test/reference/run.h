#ifndef TEST_REFERENCE_RUN_H
#define TEST_REFERENCE_RUN_H
/* Contract 2.8: PANs inside one long group. */
#include "test/reference/group.h"

struct run_result {
    bool found;
    bool shows;      /* one span alone passed */
    ptrdiff_t first; /* units [first, end) */
    ptrdiff_t end;
};

/* Whether four digits at a place are MMYY or YYMM. */
bool run_expiry_at(const struct view *view, ptrdiff_t place);

struct run_result run_search(const struct view *view, const struct group *group);

#endif
