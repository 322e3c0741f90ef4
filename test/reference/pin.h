#ifndef TEST_REFERENCE_PIN_H
#define TEST_REFERENCE_PIN_H
/* Contract 3.3, with the cut values of 6. */
#include "test/reference/finding.h"

void pin_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings);

#endif
