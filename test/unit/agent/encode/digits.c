#include "agent/encode/digits.h"

#include "test/unit/harness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void writes_integers(void **state)
{
    uint64_t value = 1;
    for (int i = 0; i < 64; i++, value = value * 2 + (i % 3 == 0)) {
        for (int near = -1; near <= 1; near++) {
            char is[DIGITS_INTEGER_MAX + 1] = "";
            char expected[DIGITS_INTEGER_MAX + 1];
            snprintf(expected, sizeof(expected), "%" PRIu64, value + (uint64_t)near);
            assert_int_equal(digits_integer(value + (uint64_t)near, is), strlen(expected));
            assert_string_equal(is, expected);
        }
    }
}

static void expect_time(int64_t time_ns, const char *expected)
{
    struct encode_stamp cache = {.time_ns = INT64_MIN};
    for (int i = 0; i < 2; i++) { /* the second time from the cache */
        char is[DIGITS_TIME_MAX + 1] = "";
        size_t size = digits_time(time_ns, &cache, is);
        assert_int_equal(size, strlen(expected));
        is[size] = '\0';
        assert_string_equal(is, expected);
    }
}

static void keeps_the_digits_that_count(void **state)
{
    expect_time(0, "1970-01-01T00:00:00.000Z");
    expect_time(INT64_C(1704164645000000000), "2024-01-02T03:04:05.000Z");
    expect_time(INT64_C(1704164645120000000), "2024-01-02T03:04:05.120Z");
    expect_time(INT64_C(1704164645000100000), "2024-01-02T03:04:05.0001Z");
    expect_time(INT64_C(1704164645678901234), "2024-01-02T03:04:05.678901234Z");
    expect_time(-1, "1969-12-31T23:59:59.999999999Z");
    expect_time(INT64_MIN + 1, "1677-09-21T00:12:43.145224193Z");
    expect_time(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
}

/* Days of 600 years against the C library. */
static void agrees_with_gmtime(void **state)
{
    struct encode_stamp cache = {.time_ns = INT64_MIN};
    for (int64_t day = -106000; day < 106000; day++) {
        time_t second = (time_t)(day * 86400 + day % 86400);
        struct tm tm;
        char expected[32];
        char is[DIGITS_TIME_MAX + 1] = "";
        gmtime_r(&second, &tm);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
        is[digits_time(second * INT64_C(1000000000), &cache, is)] = '\0';
        if (strcmp(is, expected) != 0)
            fail_msg("%s, expected %s", is, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(keeps_the_digits_that_count),
        cmocka_unit_test(agrees_with_gmtime),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
