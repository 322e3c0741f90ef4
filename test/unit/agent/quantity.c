#include "agent/quantity.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <string.h>

enum { INT, SIZE, DURATION };

static const struct {
    int kind;
    const char *text;
    int result;
    int64_t value;
    const char *printed; /* NULL: as `text` */
} cases[] = {
    {INT, "0", 0, 0, NULL},
    {INT, "-1", 0, -1, NULL},
    {INT, "9223372036854775807", 0, INT64_MAX, NULL},
    {INT, "9223372036854775808", -ERANGE, 0, NULL},
    {INT, "", -EINVAL, 0, NULL},
    {INT, "-", -EINVAL, 0, NULL},
    {INT, "--1", -EINVAL, 0, NULL},
    {INT, "+1", -EINVAL, 0, NULL},
    {INT, " 1", -EINVAL, 0, NULL},
    {INT, "1 ", -EINVAL, 0, NULL},
    {INT, "0x10", -EINVAL, 0, NULL},
    {INT, "1e3", -EINVAL, 0, NULL},
    {SIZE, "0", 0, 0, NULL},
    {SIZE, "5", 0, 5, "5B"},
    {SIZE, "5B", 0, 5, NULL},
    {SIZE, "2kB", 0, 2000, NULL},
    {SIZE, "1KiB", 0, 1024, NULL},
    {SIZE, "1 KiB", 0, 1024, "1KiB"},
    {SIZE, "1024KiB", 0, 1048576, "1MiB"},
    {SIZE, "100MiB", 0, 104857600, NULL},
    {SIZE, "1GB", 0, 1000000000, NULL},
    {SIZE, "3TB", 0, 3000000000000, NULL},
    {SIZE, "2TiB", 0, 2199023255552, NULL},
    {SIZE, "8388608TiB", -ERANGE, 0, NULL},
    {SIZE, "-1", -EINVAL, 0, NULL},
    {SIZE, "1.5MiB", -EINVAL, 0, NULL},
    {SIZE, "1Mi", -EINVAL, 0, NULL},
    {SIZE, "1mib", -EINVAL, 0, NULL},
    {SIZE, "1  KiB", -EINVAL, 0, NULL},
    {SIZE, "MiB", -EINVAL, 0, NULL},
    {DURATION, "0", 0, 0, NULL},
    {DURATION, "0s", 0, 0, "0"},
    {DURATION, "1", -EINVAL, 0, NULL},
    {DURATION, "1ns", 0, 1, NULL},
    {DURATION, "1us", 0, 1000, NULL},
    {DURATION, "250ms", 0, 250000000, NULL},
    {DURATION, "60s", 0, 60000000000, "1m"},
    {DURATION, "61s", 0, 61000000000, NULL},
    {DURATION, "2h", 0, 7200000000000, NULL},
    {DURATION, "1d", 0, 86400000000000, NULL},
    {DURATION, "14d", 0, 1209600000000000, "2w"},
    {DURATION, "15251w", -ERANGE, 0, NULL},
    {DURATION, "1h30m", -EINVAL, 0, NULL},
    {DURATION, "1min", -EINVAL, 0, NULL},
};

static void quantities_are_parsed_and_printed(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t value = 4711;
        int r = cases[i].kind == INT    ? quantity_parse_int(cases[i].text, &value)
                : cases[i].kind == SIZE ? quantity_parse_size(cases[i].text, &value)
                                        : quantity_parse_duration(cases[i].text, &value);
        int64_t expected = cases[i].result == 0 ? cases[i].value : 4711;
        if (r != cases[i].result || value != expected)
            fail_msg("%s gave %d, %lld", cases[i].text, r, (long long)value);
        if (r < 0 || cases[i].kind == INT)
            continue;
        char text[QUANTITY_TEXT_BYTES];
        const char *printed = cases[i].kind == SIZE ? quantity_print_size(text, value)
                                                    : quantity_print_duration(text, value);
        assert_string_equal(printed, cases[i].printed ? cases[i].printed : cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quantities_are_parsed_and_printed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
