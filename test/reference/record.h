#ifndef TEST_REFERENCE_RECORD_H
#define TEST_REFERENCE_RECORD_H
/* Contract 3.4: whether a view says by a word that its line is a card record. */
#include "test/reference/view.h"

bool record_word(const struct view *view);

#endif
