#ifndef TEST_REFERENCE_ROW_H
#define TEST_REFERENCE_ROW_H
/* Contract 3.6: card verification codes by their place behind a PAN. */
#include "test/reference/finding.h"

void row_find(const struct view *view, bool cut_end, struct findings *findings);

#endif
