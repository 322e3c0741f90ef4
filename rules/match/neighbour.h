#ifndef RULES_MATCH_NEIGHBOUR_H
#define RULES_MATCH_NEIGHBOUR_H
/* What stands beside a number and says that it is none (contract 2.4). [first, end) are the units
 * of its digits. */
#include "rules/view/view.h"

/* Decimal fraction or exponent. */
bool neighbour_is_number(const struct view *view, uint32_t first, uint32_t end);
/* What clears a weak number: a `.` and a letter or digit after it, as in a decimal, a host or file
 * name, or the `+` of a telephone number before it. */
bool neighbour_clears_weak(const struct view *view, uint32_t first, uint32_t end);
bool neighbour_letter(const struct view *view, uint32_t first, uint32_t end);
/* It lies in a UUID. */
bool neighbour_is_uuid(const struct view *view, uint32_t first, uint32_t end);
/* It lies in a trace id and the span id after it. */
bool neighbour_is_trace_context(const struct view *view, uint32_t first, uint32_t end);
/* It is part of a hex token such as a hash. */
bool neighbour_is_hex(const struct view *view, uint32_t first, uint32_t end);
#endif
