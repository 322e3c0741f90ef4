#pragma once
/* What to change when something is redacted that should not be, or is not redacted that should. */
#include "agent/command/explain_line.h"

/* NULL: the line has no candidate at all. A constant text, in one or two sentences. */
const char *advice_of(const struct explain_candidate *candidate);
