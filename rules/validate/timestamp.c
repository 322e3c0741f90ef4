#include "rules/validate/timestamp.h"

#include <string.h>

enum {
    EPOCH_DIGITS = 10, /* of the seconds, until 2286 */
};

static unsigned number(const uint8_t *digits, unsigned count)
{
    unsigned value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

static bool is_calendar(const uint8_t *digits)
{
    static const uint8_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = number(digits, 4), month = number(digits + 4, 2), day = number(digits + 6, 2);
    if (year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1 ||
        day > month_days[month - 1])
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return (month != 2 || day < 29 || leap) && number(digits + 8, 2) < 24 &&
           number(digits + 10, 2) < 60 && number(digits + 12, 2) < 60;
}

bool timestamp_is_address(const uint8_t *digits, unsigned count)
{
    static const char first[] = "139637976727552", last[] = "140737488355327";
    return count == sizeof(first) - 1 && memcmp(digits, first, count) >= 0 &&
           memcmp(digits, last, count) <= 0;
}

bool timestamp_is(const uint8_t *digits, unsigned count)
{
    const unsigned year_2001 = 978307200, year_2070 = 3155760000u;
    if (count == 14)
        return is_calendar(digits);
    if (count < EPOCH_DIGITS || count > EPOCH_DIGITS + 9 || (count - EPOCH_DIGITS) % 3 != 0)
        return false;
    unsigned long long seconds = 0;
    for (unsigned i = 0; i < EPOCH_DIGITS; i++)
        seconds = seconds * 10 + (digits[i] - '0');
    return seconds >= year_2001 && seconds < year_2070;
}
