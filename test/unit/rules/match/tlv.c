#include "test/unit/rules/redacting.h"

static void test_items(void **state)
{
    static const struct redacting cases[] = {
        {"5A0841111111111111115F2403301231", "5A08************11115F2403301231"},
        {"5a08 5a084111111111111111", "5a08 5a08************1111"},
        {"9F02065A08378282246310005F9F", "9F02065A08***********0005F9F"},
        {"5A 08 41 11 11 11 11 11 11 11 9F", "5A 08 ************1111 9F"},
        {"x57124111111111111111D301220112345678901F9F", "x5712[REDACTED_TRACK2]9F"},
        {"57 11 41 11 11 11 11 11 11 11 D3 01 22 01 12 34 56 78 90", "57 11 [REDACTED_TRACK2]"},
        {"57114111111111111111D3012", "5711************1111D3012"}, /* cut short */
        /* No fitting length, no check digit, no issuer, mixed spaces, other fillers. */
        {"A5A05411111111111", NULL},
        {"5A084111111111111112FF", NULL},
        {"5A089999990000000007FF", NULL},
        {"5A 0841 11 11 11 11 11 11 12", NULL},
        {"5A094111111111111112E", NULL},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
