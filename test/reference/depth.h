#ifndef TEST_REFERENCE_DEPTH_H
#define TEST_REFERENCE_DEPTH_H
/* Contract 1.4: what is encoded too many times over. */
#include "test/reference/finding.h"

void depth_find(const struct view *last, struct findings *findings);

#endif
