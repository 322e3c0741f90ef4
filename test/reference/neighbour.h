#ifndef TEST_REFERENCE_NEIGHBOUR_H
#define TEST_REFERENCE_NEIGHBOUR_H
/* Contract 2.4: what stands beside digits and says that they are no PAN. The places are units
 * [first, end) of the view. */
#include "test/reference/view.h"

bool neighbour_fraction(const struct view *view, ptrdiff_t first);
bool neighbour_goes_on(const struct view *view, ptrdiff_t end);
bool neighbour_telephone(const struct view *view, ptrdiff_t first);
bool neighbour_exponent(const struct view *view, ptrdiff_t first, ptrdiff_t end);
bool neighbour_uuid(const struct view *view, ptrdiff_t first, ptrdiff_t end);
/* … in a trace context. */
bool neighbour_trace(const struct view *view, ptrdiff_t first, ptrdiff_t end);
bool neighbour_letter(const struct view *view, ptrdiff_t first, ptrdiff_t end);
bool neighbour_hex_token(const struct view *view, ptrdiff_t first, ptrdiff_t end);

#endif
