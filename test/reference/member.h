#ifndef TEST_REFERENCE_MEMBER_H
#define TEST_REFERENCE_MEMBER_H
/* Contract 2.11, `drop_field`: members of JSON that go with their value. */
#include "test/reference/finding.h"

/* Of findings in order that do not overlap; those that go cover their member then. `line`: the
 * source of the views. */
void member_drop(const struct views *views, const char *line, struct findings *findings);

#endif
