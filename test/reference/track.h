#ifndef TEST_REFERENCE_TRACK_H
#define TEST_REFERENCE_TRACK_H
/* Contract 3.2. */
#include "test/reference/finding.h"

void track_find(const struct view *view, struct findings *findings);

#endif
