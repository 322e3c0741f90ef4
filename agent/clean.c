#include "agent/redact.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct clean clean_from_config(const char *text)
{
    return (struct clean){text, strlen(text)};
}

struct clean clean_from_constant(const char *text, size_t size)
{
    return (struct clean){text, size};
}

struct clean clean_slice(struct clean text, size_t offset, size_t size)
{
    if (offset > text.size)
        offset = text.size;
    if (size > text.size - offset)
        size = text.size - offset;
    return (struct clean){text.data + offset, size};
}

void clean_append(struct clean_builder *builder, struct clean text)
{
    size_t room = builder->capacity - builder->size;
    size_t size = text.size;
    /* Nothing after a cut: the pieces around a hole would read as one text. */
    if (builder->cut)
        return;
    if (size > room) {
        builder->cut = true;
        size = room;
        while (size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
            size--; /* not through a UTF-8 character */
    }
    if (size > 0)
        memcpy(builder->data + builder->size, text.data, size);
    builder->size += size;
}

void clean_append_integer(struct clean_builder *builder, int64_t value)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%" PRId64, value);
    clean_append(builder, (struct clean){digits, (size_t)size});
}

/* Year, month and day of a day number since 1970 in the proleptic Gregorian calendar: gmtime_r
 * takes a lock for the time zone on every call. Eras of 400 years, years that begin in March. */
static void civil_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
    days += 719468; /* 0000-03-01 */
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day_of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    *ret_month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    *ret_year = (int64_t)year_of_era + era * 400 + (*ret_month <= 2);
}

static char *put_digits(char *at, unsigned value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

void clean_append_time(struct clean_builder *builder, int64_t time_ns)
{
    const int64_t second_ns = 1000000000;
    int64_t seconds = time_ns / second_ns;
    int64_t fraction_ns = time_ns % second_ns;
    if (fraction_ns < 0) {
        fraction_ns += second_ns;
        seconds--;
    }
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t year;
    unsigned month, day;
    civil_from_days(days, &year, &month, &day);

    /* 64 bits of nanoseconds reach from 1677 to 2262: the year always has four digits. */
    char text[40];
    char *at = put_digits(text, (unsigned)year, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    at = put_digits(at, day, 2);
    *at++ = 'T';
    at = put_digits(at, (unsigned)(rest / 3600), 2);
    *at++ = ':';
    at = put_digits(at, (unsigned)(rest / 60 % 60), 2);
    *at++ = ':';
    at = put_digits(at, (unsigned)(rest % 60), 2);
    *at++ = '.';
    at = put_digits(at, (unsigned)fraction_ns, 9);
    for (int zeros = 0; zeros < 6 && at[-1] == '0'; zeros++)
        at--;
    *at++ = 'Z';
    clean_append(builder, (struct clean){text, (size_t)(at - text)});
}

struct clean clean_built(const struct clean_builder *builder)
{
    return (struct clean){builder->data, builder->size};
}
