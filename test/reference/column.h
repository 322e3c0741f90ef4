#ifndef TEST_REFERENCE_COLUMN_H
#define TEST_REFERENCE_COLUMN_H
/* Contract 3.5: values that the column list of an INSERT labels. */
#include "test/reference/finding.h"

void column_find(const struct view *view, bool card_record, bool cut_end,
                 struct findings *findings);

#endif
