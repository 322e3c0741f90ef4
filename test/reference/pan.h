#ifndef TEST_REFERENCE_PAN_H
#define TEST_REFERENCE_PAN_H
/* Contract 2, with the cut digits of 6: the PAN findings of a line. */
#include "test/reference/finding.h"

/* Adds those of one view, merged with each other. */
void pan_find(const struct view *view, unsigned cut_flags, struct findings *findings);
/* 2.9: merges those of all views that overlap in the source. All findings are PANs. */
void pan_merge(struct findings *findings);

#endif
