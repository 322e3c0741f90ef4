#include "rules/validate/timestamp.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

static void test_what_is_a_time(void **state)
{
    static const struct {
        const char *digits;
        bool is_time;
    } cases[] = {
        {"20260301120000", true},      {"20260229120000", false},  {"20240229120000", true},
        {"19000229120000", false},     {"20261301120000", false},  {"20260301240000", false},
        {"20260301126000", false},     {"18991231235959", false},  {"20991231235959", true},
        {"1772366400123", true},       {"0978307199999", false},   {"0978307200000", true},
        {"3155759999999", true},       {"3155760000000", false},   {"1772366400123456", true},
        {"1772366400123456789", true}, {"177236640012345", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            timestamp_is((const uint8_t *)cases[i].digits, (unsigned)strlen(cases[i].digits)),
            cases[i].is_time);
}

static void test_what_is_an_address(void **state)
{
    static const struct {
        const char *digits;
        bool is_address;
    } cases[] = {
        {"139637976727551", false}, {"139637976727552", true},  {"140169861986176", true},
        {"140737488355327", true},  {"140737488355328", false}, {"1401698619861760", false},
        {"14016986198617", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(timestamp_is_address((const uint8_t *)cases[i].digits,
                                              (unsigned)strlen(cases[i].digits)),
                         cases[i].is_address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_time),
        cmocka_unit_test(test_what_is_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
