#include "agent/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit size_units[] = {
    {"TiB", INT64_C(1) << 40},
    {"GiB", INT64_C(1) << 30},
    {"MiB", INT64_C(1) << 20},
    {"KiB", INT64_C(1) << 10},
    {"TB", INT64_C(1000000000000)},
    {"GB", INT64_C(1000000000)},
    {"MB", INT64_C(1000000)},
    {"kB", INT64_C(1000)},
    {"B", 1},
    {NULL, 0},
};

static const struct unit duration_units[] = {
    {"w", INT64_C(604800000000000)},
    {"d", INT64_C(86400000000000)},
    {"h", INT64_C(3600000000000)},
    {"m", INT64_C(60000000000)},
    {"s", INT64_C(1000000000)},
    {"ms", INT64_C(1000000)},
    {"us", INT64_C(1000)},
    {"ns", 1},
    {NULL, 0},
};

/* Digits alone: strtoll would take blanks, a plus sign and an empty text. */
static int parse_digits(const char *text, int64_t *ret_value, const char **ret_end)
{
    int64_t value = 0;
    const char *at = text;
    if (!isdigit((unsigned char)*at))
        return -EINVAL;
    for (; isdigit((unsigned char)*at); at++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *at - '0', &value))
            return -ERANGE;
    }
    *ret_value = value;
    *ret_end = at;
    return 0;
}

int quantity_parse_int(const char *text, int64_t *ret_value)
{
    bool negative = *text == '-';
    int64_t value;
    const char *end;
    int r = parse_digits(text + negative, &value, &end);
    if (r < 0)
        return r;
    if (*end != '\0')
        return -EINVAL;
    *ret_value = negative ? -value : value;
    return 0;
}

static int parse_with_unit(const char *text, const struct unit *units, bool unit_needed,
                           int64_t *ret_value)
{
    int64_t value;
    const char *end;
    int r = parse_digits(text, &value, &end);
    if (r < 0)
        return r;
    if (*end == '\0') {
        if (unit_needed && value != 0)
            return -EINVAL;
        *ret_value = value;
        return 0;
    }
    /* "100 MiB" is how prose writes it. */
    if (*end == ' ')
        end++;
    for (const struct unit *unit = units; unit->name; unit++) {
        if (strcmp(end, unit->name) != 0)
            continue;
        if (__builtin_mul_overflow(value, unit->factor, &value))
            return -ERANGE;
        *ret_value = value;
        return 0;
    }
    return -EINVAL;
}

int quantity_parse_size(const char *text, int64_t *ret_bytes)
{
    return parse_with_unit(text, size_units, false, ret_bytes);
}

int quantity_parse_duration(const char *text, int64_t *ret_ns)
{
    return parse_with_unit(text, duration_units, true, ret_ns);
}

/* The unit that leaves the smallest number. */
static const char *print_with_unit(char *buffer, int64_t value, const struct unit *units)
{
    const struct unit *best = NULL;
    for (const struct unit *unit = units; unit->name; unit++) {
        if (value % unit->factor == 0 && (!best || unit->factor > best->factor))
            best = unit;
    }
    if (value == 0)
        snprintf(buffer, QUANTITY_TEXT_BYTES, "0");
    else
        snprintf(buffer, QUANTITY_TEXT_BYTES, "%lld%s", (long long)(value / best->factor),
                 best->name);
    return buffer;
}

const char *quantity_print_size(char buffer[QUANTITY_TEXT_BYTES], int64_t bytes)
{
    return print_with_unit(buffer, bytes, size_units);
}

const char *quantity_print_duration(char buffer[QUANTITY_TEXT_BYTES], int64_t ns)
{
    return print_with_unit(buffer, ns, duration_units);
}
