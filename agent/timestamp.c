/* Stamps are read by shape: the first bytes say which form it can be, each form is tried once. */
#include "agent/parse.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

enum {
    NONE = INT32_MIN, /* a year or zone that was not written */
    DAY_S = 86400,
    EPOCH_MIN_S = 946684800, /* 2000-01-01: smaller numbers are counters and durations */
};

struct civil {
    int year, month, day, hour, minute, second;
    int nanoseconds;
    int zone_s; /* east of UTC */
};

struct cursor {
    const char *next;
    const char *end;
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool is_alphanumeric(char c)
{
    return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26;
}

static char peek(const struct cursor *cursor)
{
    return cursor->next < cursor->end ? *cursor->next : '\0';
}

static bool skip(struct cursor *cursor, char c)
{
    if (peek(cursor) != c || cursor->next == cursor->end)
        return false;
    cursor->next++;
    return true;
}

static bool skip_any(struct cursor *cursor, const char *set)
{
    for (; *set; set++) {
        if (skip(cursor, *set))
            return true;
    }
    return false;
}

/* Exactly `count` digits. */
static bool read_digits(struct cursor *cursor, int count, int *ret_value)
{
    if (cursor->end - cursor->next < count)
        return false;
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(cursor->next[i]))
            return false;
        value = value * 10 + (cursor->next[i] - '0');
    }
    cursor->next += count;
    *ret_value = value;
    return true;
}

/* One or two digits. */
static bool read_short(struct cursor *cursor, int *ret_value)
{
    return read_digits(cursor, 2, ret_value) || read_digits(cursor, 1, ret_value);
}

/* One of the three-letter names; `ret_index` counts from 1. */
static bool read_name(struct cursor *cursor, const char *names, int *ret_index)
{
    if (cursor->end - cursor->next < 3)
        return false;
    for (int i = 0; names[3 * i]; i++) {
        if (strncasecmp(cursor->next, names + (size_t)3 * (size_t)i, 3) == 0) {
            cursor->next += 3;
            *ret_index = i + 1;
            return true;
        }
    }
    return false;
}

static bool read_month(struct cursor *cursor, int *ret_month)
{
    return read_name(cursor, "JanFebMarAprMayJunJulAugSepOctNovDec", ret_month);
}

/* Days since 1970-01-01 of a proleptic Gregorian date: Howard Hinnant's days_from_civil. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int year_of(int64_t time_ns)
{
    int64_t days = time_ns / NS_PER_S / DAY_S;
    int year = 1970 + (int)(days / 365);
    while (days_of(year, 1, 1) > days)
        year--;
    return year;
}

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_valid_date(int year, int month, int day)
{
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= lengths[month - 1] + (month == 2 && is_leap_year(year));
}

/* 12:34:56[.123456789]; a comma is the other decimal sign of ISO 8601. Digits past nanoseconds are
 * dropped. A second of 60 is a leap second. */
static bool read_time(struct cursor *cursor, struct civil *civil)
{
    if (!read_short(cursor, &civil->hour) || !skip(cursor, ':') ||
        !read_digits(cursor, 2, &civil->minute) || !skip(cursor, ':') ||
        !read_digits(cursor, 2, &civil->second))
        return false;
    if (civil->hour > 23 || civil->minute > 59 || civil->second > 60)
        return false;
    struct cursor fraction = *cursor;
    if (skip_any(&fraction, ".,") && is_digit(peek(&fraction))) {
        int scale = (int)NS_PER_S / 10;
        for (; is_digit(peek(&fraction)); fraction.next++, scale /= 10)
            civil->nanoseconds += (*fraction.next - '0') * scale;
        *cursor = fraction;
    }
    return true;
}

struct zone {
    char name[5];
    uint8_t size;
    int8_t hours;
};

/* The zones of RFC 5322 and those that stand for one offset only; IST, for one, does not. */
static const struct zone zones[] = {
    {"Z", 1, 0},    {"UTC", 3, 0},  {"GMT", 3, 0},  {"CET", 3, 1},  {"CEST", 4, 2},
    {"EET", 3, 2},  {"EEST", 4, 3}, {"WET", 3, 0},  {"WEST", 4, 1}, {"MSK", 3, 3},
    {"JST", 3, 9},  {"EST", 3, -5}, {"EDT", 3, -4}, {"CST", 3, -6}, {"CDT", 3, -5},
    {"MST", 3, -7}, {"MDT", 3, -6}, {"PST", 3, -8}, {"PDT", 3, -7},
};

static bool read_zone_name(struct cursor *cursor, struct civil *civil)
{
    size_t left = (size_t)(cursor->end - cursor->next);
    char first = peek(cursor);
    if (!memchr("ZUGCEWMJP", first, 9))
        return false;
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        size_t size = zones[i].size;
        if (zones[i].name[0] != first || left < size ||
            memcmp(cursor->next, zones[i].name, size) != 0 ||
            (left > size && is_alphanumeric(cursor->next[size])))
            continue;
        cursor->next += size;
        civil->zone_s = zones[i].hours * 3600;
        return true;
    }
    return false;
}

/* +01:00, +0100, and without a blank before also +01. */
static bool read_offset(struct cursor *cursor, bool is_spaced, struct civil *civil)
{
    struct cursor at = *cursor;
    bool is_west = peek(&at) == '-';
    int hours;
    int minutes = 0;
    if (!skip_any(&at, "+-") || !read_digits(&at, 2, &hours))
        return false;
    struct cursor rest = at;
    skip(&rest, ':');
    if (read_digits(&rest, 2, &minutes))
        at = rest;
    else if (is_spaced)
        return false;
    if (hours > 18 || minutes > 59 || is_alphanumeric(peek(&at)))
        return false;
    int seconds = hours * 3600 + minutes * 60;
    civil->zone_s = is_west ? -seconds : seconds;
    *cursor = at;
    return true;
}

/* A zone may follow, with or without a blank; none is no error. */
static void read_zone(struct cursor *cursor, struct civil *civil)
{
    struct cursor at = *cursor;
    bool is_spaced = skip(&at, ' ');
    if (read_offset(&at, is_spaced, civil) || read_zone_name(&at, civil))
        *cursor = at;
}

/* 2024-01-02T03:04:05Z, 2024-01-02 03:04:05,123, 2024/01/02 03:04:05, 20240102T030405Z. */
static bool read_iso(struct cursor *cursor, struct civil *civil)
{
    if (!read_digits(cursor, 4, &civil->year))
        return false;
    char separator = peek(cursor);
    if (is_digit(separator)) {
        if (!read_digits(cursor, 2, &civil->month) || !read_digits(cursor, 2, &civil->day) ||
            !skip(cursor, 'T') || !read_digits(cursor, 2, &civil->hour) ||
            !read_digits(cursor, 2, &civil->minute) || !read_digits(cursor, 2, &civil->second) ||
            civil->hour > 23 || civil->minute > 59 || civil->second > 60)
            return false;
    } else if (!skip_any(cursor, "-/.") || !read_digits(cursor, 2, &civil->month) ||
               !skip(cursor, separator) || !read_digits(cursor, 2, &civil->day) ||
               !skip_any(cursor, "Tt _") || !read_time(cursor, civil)) {
        return false;
    }
    read_zone(cursor, civil);
    return true;
}

/* 02 Jan 2024 03:04:05, 02/Jan/2024:03:04:05 +0100 (common log format), 02-Jan-2024 03:04:05. */
static bool read_day_first(struct cursor *cursor, struct civil *civil)
{
    if (!read_short(cursor, &civil->day))
        return false;
    char separator = peek(cursor);
    if (!skip_any(cursor, " /-") || !read_month(cursor, &civil->month) ||
        !skip(cursor, separator) || !read_digits(cursor, 4, &civil->year) ||
        !skip_any(cursor, " :") || !read_time(cursor, civil))
        return false;
    read_zone(cursor, civil);
    return true;
}

/* 01-02 03:04:05.678 (Android). */
static bool read_month_day(struct cursor *cursor, struct civil *civil)
{
    return read_digits(cursor, 2, &civil->month) && skip(cursor, '-') &&
           read_digits(cursor, 2, &civil->day) && skip(cursor, ' ') && read_time(cursor, civil) &&
           civil->nanoseconds >= 0;
}

static void read_half_day(struct cursor *cursor, struct civil *civil)
{
    struct cursor at = *cursor;
    skip(&at, ' ');
    bool is_afternoon = peek(&at) == 'P';
    if (!skip_any(&at, "AP") || !skip(&at, 'M') || is_alphanumeric(peek(&at)) || civil->hour > 12)
        return;
    civil->hour = civil->hour % 12 + (is_afternoon ? 12 : 0);
    *cursor = at;
}

/* Jan  2 03:04:05 (RFC 3164), Jan 02 2024 03:04:05, Jan 02, 2024 3:04:05 PM (java.util.logging),
 * Jan  2 03:04:05 2024 (asctime), Jan  2 03:04:05 UTC 2024 (date). */
static bool read_month_first(struct cursor *cursor, struct civil *civil)
{
    if (!read_month(cursor, &civil->month) || !skip(cursor, ' '))
        return false;
    skip(cursor, ' ');
    if (!read_short(cursor, &civil->day))
        return false;
    skip(cursor, ',');
    if (!skip(cursor, ' '))
        return false;
    struct cursor year = *cursor;
    if (read_digits(&year, 4, &civil->year) && skip(&year, ' '))
        *cursor = year;
    else
        civil->year = NONE;
    if (!read_time(cursor, civil))
        return false;
    read_half_day(cursor, civil);
    read_zone(cursor, civil);
    year = *cursor;
    int trailing;
    if (civil->year == NONE && skip(&year, ' ') && read_digits(&year, 4, &trailing) &&
        !is_alphanumeric(peek(&year)) && trailing >= 1970) {
        civil->year = trailing;
        *cursor = year;
    }
    return true;
}

/* I0102 03:04:05.678901 (klog). */
static bool read_klog(struct cursor *cursor, struct civil *civil)
{
    return skip_any(cursor, "IWEF") && read_digits(cursor, 2, &civil->month) &&
           read_digits(cursor, 2, &civil->day) && skip(cursor, ' ') && read_time(cursor, civil);
}

static bool read_letters(struct cursor *cursor, struct civil *civil)
{
    struct cursor at = *cursor;
    int weekday;
    if (read_klog(&at, civil)) {
        *cursor = at;
        return true;
    }
    at = *cursor;
    if (read_name(&at, "MonTueWedThuFriSatSun", &weekday)) {
        skip(&at, ',');
        if (!skip(&at, ' '))
            return false;
        *cursor = at;
    }
    return is_digit(peek(cursor)) ? read_day_first(cursor, civil) : read_month_first(cursor, civil);
}

/* Digits with the shape of a date, else nothing is taken. */
static bool read_date_digits(struct cursor *cursor, struct civil *civil)
{
    static bool (*const forms[])(struct cursor *, struct civil *) = {read_iso, read_day_first,
                                                                     read_month_day};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct cursor at = *cursor;
        struct civil read = *civil;
        if (forms[i](&at, &read)) {
            *cursor = at;
            *civil = read;
            return true;
        }
    }
    return false;
}

static bool in_range(const struct parse_options *options, const struct civil *civil, int year,
                     int64_t now_ns, int64_t *ret_time_ns)
{
    if (year < 1970 || year > 2261 || !is_valid_date(year, civil->month, civil->day))
        return false;
    int zone_s = civil->zone_s == NONE ? options->timezone_offset_s : civil->zone_s;
    int64_t seconds = days_of(year, civil->month, civil->day) * DAY_S + civil->hour * 3600 +
                      civil->minute * 60 + civil->second - zone_s;
    int64_t time_ns = seconds * NS_PER_S + civil->nanoseconds;
    if (time_ns < 0 || time_ns > now_ns + DAY_S * NS_PER_S)
        return false;
    *ret_time_ns = time_ns;
    return true;
}

/* Without a year it is the nearest past one in which the day exists; a clock may be a little ahead.
 */
static bool to_time(const struct parse_options *options, const struct civil *civil, int64_t now_ns,
                    int64_t *ret_time_ns)
{
    if (civil->year != NONE)
        return in_range(options, civil, civil->year, now_ns, ret_time_ns);
    int year = year_of(now_ns) + 1;
    for (int i = 0; i < 10; i++, year--) {
        if (in_range(options, civil, year, now_ns, ret_time_ns))
            return true;
    }
    return false;
}

/* Seconds, milli-, micro- or nanoseconds since the epoch, told apart by size; with a fraction. */
static bool read_epoch(struct cursor *cursor, int64_t now_ns, int64_t *ret_time_ns)
{
    const char *first = cursor->next;
    uint64_t number = 0; /* nineteen digits may pass the signed range */
    while (is_digit(peek(cursor)) && cursor->next - first < 19)
        number = number * 10 + (uint64_t)(*cursor->next++ - '0');
    if (number > INT64_MAX)
        return false;
    int64_t value = (int64_t)number;
    int64_t unit_ns = value < INT64_C(100000000000)         ? NS_PER_S
                      : value < INT64_C(100000000000000)    ? 1000000
                      : value < INT64_C(100000000000000000) ? 1000
                                                            : 1;
    if (value > INT64_MAX / unit_ns)
        return false;
    int64_t time_ns = value * unit_ns;
    struct cursor fraction = *cursor;
    if (skip(&fraction, '.') && is_digit(peek(&fraction))) {
        for (int64_t scale = unit_ns / 10; is_digit(peek(&fraction)); fraction.next++, scale /= 10)
            time_ns += (*fraction.next - '0') * scale;
        *cursor = fraction;
    }
    if (is_alphanumeric(peek(cursor)) || time_ns < EPOCH_MIN_S * NS_PER_S ||
        time_ns > now_ns + DAY_S * NS_PER_S)
        return false;
    *ret_time_ns = time_ns;
    return true;
}

/* `<34>` and, of RFC 5424, the version behind it. */
static void skip_priority(struct cursor *cursor)
{
    struct cursor at = *cursor;
    if (!skip(&at, '<'))
        return;
    const char *first = at.next;
    while (is_digit(peek(&at)) && at.next - first < 3)
        at.next++;
    if (at.next == first || !skip(&at, '>'))
        return;
    *cursor = at;
    if (skip(&at, '1') && skip(&at, ' '))
        *cursor = at;
}

size_t timestamp_parse(const struct parse_options *options, const char *text, size_t size,
                       int64_t now_ns, int64_t *ret_time_ns)
{
    struct cursor cursor = {text, text + size};
    skip_priority(&cursor);
    bool has_bracket = skip(&cursor, '[');
    struct civil civil = {.year = NONE, .zone_s = NONE};
    struct cursor first = cursor;
    int64_t time_ns;
    bool is_read;
    if (!is_digit(peek(&cursor))) {
        is_read = is_alphanumeric(peek(&cursor)) && read_letters(&cursor, &civil) &&
                  to_time(options, &civil, now_ns, &time_ns);
    } else if (read_date_digits(&cursor, &civil)) {
        is_read = to_time(options, &civil, now_ns, &time_ns);
    } else {
        cursor = first;
        is_read = read_epoch(&cursor, now_ns, &time_ns);
    }
    if (!is_read || is_alphanumeric(peek(&cursor)))
        return 0;
    if (has_bracket)
        skip(&cursor, ']');
    *ret_time_ns = time_ns;
    return (size_t)(cursor.next - text);
}
