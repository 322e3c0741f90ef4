#include "agent/parse.h"
#include "test/unit/harness.h"

#include <string.h>

#define NOW  INT64_C(1795260000000000000) /* 2026-11-21T11:20:00Z */
#define NONE INT64_MIN

struct stamp_case {
    const char *text;
    size_t taken;
    int64_t time_ns;
};

static const struct stamp_case cases[] = {
    /* RFC 3339, ISO 8601 */
    {"2024-01-02T03:04:05Z", 20, INT64_C(1704164645000000000)},
    {"2024-01-02T03:04:05.678901234Z rest", 30, INT64_C(1704164645678901234)},
    {"2024-01-02T03:04:05.6789012349Z", 31, INT64_C(1704164645678901234)},
    {"2024-01-02T03:04:05+02:00", 25, INT64_C(1704157445000000000)},
    {"2024-01-02T03:04:05-0730", 24, INT64_C(1704191645000000000)},
    {"2024-01-02 03:04:05,678 INFO", 23, INT64_C(1704164645678000000)},
    {"2024-01-02 03:04:05.678 +0100 x", 29, INT64_C(1704161045678000000)},
    {"2024-01-02 03:04:05.678 CET [1]", 27, INT64_C(1704161045678000000)},
    {"2024-01-02 03:04:05-07 x", 22, INT64_C(1704189845000000000)},
    {"2024-01-02 03:04:05 - x", 19, INT64_C(1704164645000000000)},
    {"2024/01/02 03:04:05 [error]", 19, INT64_C(1704164645000000000)},
    {"20240102T030405Z", 16, INT64_C(1704164645000000000)},
    {"[2024-01-02 03:04:05,678] x", 25, INT64_C(1704164645678000000)},
    {"2024-02-29T00:00:00Z", 20, INT64_C(1709164800000000000)},
    {"2016-12-31T23:59:60Z", 20, INT64_C(1483228800000000000)},
    /* day or month first */
    {"10/Oct/2020:13:55:36 -0700] x", 26, INT64_C(1602363336000000000)},
    {"[10/Oct/2020:13:55:36 -0700] x", 28, INT64_C(1602363336000000000)},
    {"02 Jan 2024 03:04:05.678 * Ready", 24, INT64_C(1704164645678000000)},
    {"02-Jan-2024 03:04:05.678 INFO", 24, INT64_C(1704164645678000000)},
    {"Tue, 02 Jan 2024 03:04:05 GMT", 29, INT64_C(1704164645000000000)},
    {"[Tue Jan 02 03:04:05.678901 2024] [core:error]", 33, INT64_C(1704164645678901000)},
    {"Tue Jan  2 03:04:05 UTC 2024", 28, INT64_C(1704164645000000000)},
    {"Jan 02, 2024 3:04:05 PM com.a.B", 23, INT64_C(1704207845000000000)},
    {"Jan 02, 2024 12:04:05 AM x", 24, INT64_C(1704153845000000000)},
    {"Jan  2 2024 03:04:05 x", 20, INT64_C(1704164645000000000)},
    /* no year: the nearest past one */
    {"Nov 21 10:00:00 host app: x", 15, INT64_C(1795255200000000000)},
    {"Nov 22 11:00:00 host", 15, INT64_C(1795345200000000000)},
    {"Nov 23 10:00:00 host", 15, INT64_C(1763892000000000000)},
    {"Feb 29 00:00:00 host", 15, INT64_C(1709164800000000000)},
    {"<34>Oct 11 22:14:15 mymachine su:", 19, INT64_C(1791756855000000000)},
    {"<165>1 2003-10-11T22:14:15.003Z host", 31, INT64_C(1065910455003000000)},
    {"03-17 16:13:38.811  1702 D x", 18, INT64_C(1773764018811000000)},
    {"I0102 03:04:05.678901   12345 file.go:12] x", 21, INT64_C(1767323045678901000)},
    /* since the epoch */
    {"1704164645", 10, INT64_C(1704164645000000000)},
    {"1704164645.678 12 TCP_MISS", 14, INT64_C(1704164645678000000)},
    {"1704164645678", 13, INT64_C(1704164645678000000)},
    {"1704164645678.5", 15, INT64_C(1704164645678500000)},
    {"1704164645678901", 16, INT64_C(1704164645678901000)},
    {"1704164645678901234", 19, INT64_C(1704164645678901234)},
    /* a day ahead at most */
    {"2026-11-22T11:19:59Z", 20, INT64_C(1795346399000000000)},
    {"2026-11-22T11:20:01Z", 0, NONE},
    {"1795346401", 0, NONE},
    /* none */
    {"", 0, NONE},
    {"[", 0, NONE},
    {"message", 0, NONE},
    {"2024-13-02T03:04:05Z", 0, NONE},
    {"2024-02-30T03:04:05Z", 0, NONE},
    {"2023-02-29T03:04:05Z", 0, NONE},
    {"2024-01-02T24:04:05Z", 0, NONE},
    {"2024-01-02T03:60:05Z", 0, NONE},
    {"2024-01-02T03:04:61Z", 0, NONE},
    {"2024-01-02T03:04:05x", 0, NONE},
    {"2024-01-02", 0, NONE},
    {"2024-01-02T03:04", 0, NONE},
    {"0001-01-01T00:00:00Z", 0, NONE},
    {"1969-12-31T23:59:59Z", 0, NONE},
    {"9999-12-31T23:59:59Z", 0, NONE},
    {"Foo 02 03:04:05", 0, NONE},
    {"Jan 32 03:04:05", 0, NONE},
    {"4111", 0, NONE},
    {"946684799", 0, NONE},
    {"1704164645abc", 0, NONE},
    {"99999999999999999999", 0, NONE},
    {"03:04:05 INFO", 0, NONE},
};

static void reads_stamps(void **state)
{
    const struct parse_options utc = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t time_ns = NONE;
        size_t taken = timestamp_parse(&utc, cases[i].text, strlen(cases[i].text), NOW, &time_ns);
        if (taken != cases[i].taken || time_ns != cases[i].time_ns)
            fail_msg("%s: took %zu, %lld", cases[i].text, taken, (long long)time_ns);
    }
}

static void looks_past_new_year(void **state)
{
    const struct parse_options utc = {0};
    const int64_t now_ns = INT64_C(1798718400000000000); /* 2026-12-31T12:00:00Z */
    int64_t time_ns;
    assert_int_equal(timestamp_parse(&utc, "Jan  1 06:00:00", 15, now_ns, &time_ns), 15);
    assert_int_equal(time_ns, INT64_C(1798783200000000000)); /* 2027 */
    assert_int_equal(timestamp_parse(&utc, "Jan  2 06:00:00", 15, now_ns, &time_ns), 15);
    assert_int_equal(time_ns, INT64_C(1767333600000000000)); /* 2026 */
}

static void takes_the_zone_of_the_options(void **state)
{
    const struct parse_options east = {.timezone_offset_s = 3600};
    int64_t time_ns;
    assert_int_equal(timestamp_parse(&east, "2024-01-02 03:04:05", 19, NOW, &time_ns), 19);
    assert_int_equal(time_ns, INT64_C(1704161045000000000));
    assert_int_equal(timestamp_parse(&east, "2024-01-02 03:04:05Z", 20, NOW, &time_ns), 20);
    assert_int_equal(time_ns, INT64_C(1704164645000000000));
}

/* Every prefix of every case, in memory of exactly its size. */
static void stays_within_the_text(void **state)
{
    const struct parse_options utc = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t size = 0; size <= strlen(cases[i].text); size++) {
            char *copy = test_malloc(size + 1);
            memcpy(copy + 1, cases[i].text, size);
            int64_t time_ns;
            assert_true(timestamp_parse(&utc, copy + 1, size, NOW, &time_ns) <= size);
            test_free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_stamps),
        cmocka_unit_test(looks_past_new_year),
        cmocka_unit_test(takes_the_zone_of_the_options),
        cmocka_unit_test(stays_within_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
