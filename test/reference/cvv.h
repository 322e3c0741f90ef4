#ifndef TEST_REFERENCE_CVV_H
#define TEST_REFERENCE_CVV_H
/* Contract 3.1: card verification codes. `cut_end`: the line goes on behind its end (6). */
#include "test/reference/finding.h"
#include "test/reference/sad.h"

void cvv_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings);

void cvv_labels(const struct view *view, bool card_record, struct sad_labels *ret_labels);
/* The value where a binding ends. `whole`: it may be one that no cut goes through. */
void cvv_add_value(const struct view *view, const struct sad_binding *binding, bool whole,
                   bool cut_end, struct findings *findings);

#endif
