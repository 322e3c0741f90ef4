#pragma once
#include "agent/encode.h"

enum {
    DIGITS_INTEGER_MAX = 20,
    DIGITS_TIME_MAX = 40,
};

/* Decimal; returns the bytes written, at most DIGITS_INTEGER_MAX. */
size_t digits_integer(uint64_t value, char *output);
/* RFC 3339 in UTC: milliseconds, and as many of the nanoseconds' digits behind them as are not
 * trailing zeros. `last` is what this function wrote before. `output` has room for DIGITS_TIME_MAX
 * bytes, all of which may be written; returns how many count. */
size_t digits_time(int64_t time_ns, struct encode_stamp *last, char *output);
