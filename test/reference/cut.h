#ifndef TEST_REFERENCE_CUT_H
#define TEST_REFERENCE_CUT_H
/* Contract 6: digits that touch the place where a text was cut. Both give units [first, end). */
#include "test/reference/view.h"

bool cut_first(const struct view *view, ptrdiff_t *ret_first, ptrdiff_t *ret_end);
bool cut_last(const struct view *view, ptrdiff_t *ret_first, ptrdiff_t *ret_end);

#endif
