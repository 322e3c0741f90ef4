#ifndef TEST_REFERENCE_FOREIGN_H
#define TEST_REFERENCE_FOREIGN_H
/* Contract 2.11, `masked: normalise`: numbers that somebody else has masked. */
#include "test/reference/finding.h"

/* Adds those of a view that overlap none of `others`. `line`: its source. */
void foreign_find(const struct view *view, const char *line, const struct findings *others,
                  struct findings *findings);

#endif
