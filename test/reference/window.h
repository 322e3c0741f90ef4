#ifndef TEST_REFERENCE_WINDOW_H
#define TEST_REFERENCE_WINDOW_H
/* Contract 2.4 and 2.6: whether a window is a PAN. */
#include "test/reference/group.h"

bool window_passes(const struct window *window);

#endif
