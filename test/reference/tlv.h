#ifndef TEST_REFERENCE_TLV_H
#define TEST_REFERENCE_TLV_H
/* Contract 2.10: EMV tags 5A and 57 in hex digits. */
#include "test/reference/view.h"

struct tlv {
    ptrdiff_t first; /* the number, units [first, end) */
    ptrdiff_t end;
    bool track; /* tag 57, whole: units [first, track_end) are track 2 */
    ptrdiff_t track_end;
};

/* The tag that begins at a place, with a number that passes. */
bool tlv_at(const struct view *view, ptrdiff_t place, struct tlv *ret_tlv);

#endif
