#ifndef TEST_REFERENCE_CVV_H
#define TEST_REFERENCE_CVV_H
/* Contract 3.1, with the cut values of 6. */
#include "test/reference/finding.h"

void cvv_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings);

#endif
