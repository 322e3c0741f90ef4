#include "agent/encode/digits.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "6869707172737475767778798081828384858687888990919293949596979899";

size_t digits_integer(uint64_t value, char *output)
{
    char buffer[DIGITS_INTEGER_MAX];
    char *first = buffer + sizeof(buffer);
    while (value >= 100) {
        first -= 2;
        memcpy(first, pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        first -= 2;
        memcpy(first, pairs + 2 * value, 2);
    } else {
        *--first = (char)('0' + value);
    }
    size_t size = (size_t)(buffer + sizeof(buffer) - first);
    memcpy(output, first, size);
    return size;
}

static void write_pair(int value, char *output)
{
    memcpy(output, pairs + (size_t)2 * (size_t)value, 2);
}

/* Howard Hinnant's civil_from_days; gmtime_r takes a lock for the time zone on every call. Years
 * begin in March here, and repeat after 400. */
static void write_date(int64_t days, char *text)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int year = year_of_era + (int)era * 400 + (month <= 2);
    write_pair(year / 100, text);
    write_pair(year % 100, text + 2);
    write_pair(month, text + 5);
    write_pair(day_of_year - (153 * shifted_month + 2) / 5 + 1, text + 8);
}

/* 64 bits of nanoseconds reach from 1677 to 2262, so a year has four digits. */
static void write_second(int64_t second, char text[20])
{
    int64_t days = second / 86400;
    int of_day = (int)(second % 86400);
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    write_date(days, text);
    write_pair(of_day / 3600, text + 11);
    write_pair(of_day / 60 % 60, text + 14);
    write_pair(of_day % 60, text + 17);
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
}

/* Three, six or nine digits, then without the trailing zeros behind the third. Returns how many. */
static size_t write_fraction(int fraction, char *output)
{
    int milliseconds = fraction / 1000000;
    int rest = fraction % 1000000;
    output[0] = (char)('0' + milliseconds / 100);
    write_pair(milliseconds % 100, output + 1);
    if (rest == 0)
        return 3;
    write_pair(rest / 10000, output + 3);
    write_pair(rest / 100 % 100, output + 5);
    write_pair(rest % 100, output + 7);
    size_t size = 9;
    while (output[size - 1] == '0')
        size--;
    return size;
}

size_t digits_time(int64_t time_ns, struct encode_stamp *last, char *output)
{
    if (last->time_ns != time_ns || last->time_ns == INT64_MIN) {
        int64_t second = time_ns / NS_PER_S;
        int fraction = (int)(time_ns % NS_PER_S);
        if (fraction < 0) {
            fraction += (int)NS_PER_S;
            second--;
        }
        if (last->second != second || last->time_ns == INT64_MIN)
            write_second(second, last->text);
        size_t size = write_fraction(fraction, last->text + 20) + 20;
        last->text[size] = 'Z';
        last->size = size + 1;
        last->second = second;
        last->time_ns = time_ns;
    }
    memcpy(output, last->text, DIGITS_TIME_MAX);
    return last->size;
}
