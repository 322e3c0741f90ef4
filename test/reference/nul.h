#ifndef TEST_REFERENCE_NUL_H
#define TEST_REFERENCE_NUL_H
/* Contract 1.8: NUL between digits. */
#include "test/reference/finding.h"

/* `round`: of the view. */
void nul_find(const struct view *view, int round, struct findings *findings);

#endif
