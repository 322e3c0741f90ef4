#ifndef TEST_REFERENCE_PIN_H
#define TEST_REFERENCE_PIN_H
/* Contract 3.3: PINs and PIN blocks. `cut_end`: the line goes on behind its end (6). */
#include "test/reference/finding.h"
#include "test/reference/sad.h"

void pin_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings);

void pin_labels(const struct view *view, bool card_record, struct sad_labels *ret_labels);
/* Whether the word `block` is in a label. */
bool pin_says_block(const struct view *view, struct sad_label label);
/* The value where a binding ends. `whole`: it may be one that no cut goes through. */
void pin_add_value(const struct view *view, const struct sad_binding *binding, bool block,
                   bool whole, bool cut_end, struct findings *findings);

#endif
