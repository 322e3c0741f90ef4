#ifndef TEST_REFERENCE_APART_H
#define TEST_REFERENCE_APART_H
/* Contract 3.1: values that stand apart from their label. */
#include "test/reference/sad.h"

enum { APART_MOST = 7 };
/* All bindings of values that stand apart from a label; returns how many. */
int apart_bind(const struct view *view, struct sad_label label,
               struct sad_binding ret_bindings[APART_MOST]);

#endif
