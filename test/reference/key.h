#ifndef TEST_REFERENCE_KEY_H
#define TEST_REFERENCE_KEY_H
/* Contract 7.9: rules that find by the paths of JSON members. */
#include "test/reference/finding.h"

/* Adds what all key rules find where none of `others` is, rule by rule (7.3, order). `line`: the
 * source of the views, of `size` bytes. */
void key_find(const struct views *views, const char *line, size_t size,
              const struct findings *others, struct findings *findings);

#endif
