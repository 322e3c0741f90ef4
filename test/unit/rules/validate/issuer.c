#include "rules/validate/issuer.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

static void test_prefix_and_length(void **state)
{
    static const struct {
        const char *digits;
        bool bare, has_issuer, ordinary;
    } cases[] = {
        {"4111111111111111", true, true, true},   {"4222222222222", true, true, false},
        {"41111111111111", true, false, false},   {"2221000000000009", true, true, true},
        {"2220990000000000", true, false, false}, {"2720990000000000", true, true, true},
        {"2721000000000000", true, false, false}, {"378282246310005", true, true, true},
        {"30569309025904", true, true, true},     {"305693090259041", true, true, false},
        {"6759649826438453", true, true, true},   {"675964982643", true, true, false},
        {"135410014004955", true, true, false},   {"135410014004955", false, false, false},
        {"9792000000000000", true, true, true},   {"9999000000000000", true, false, false},
        {"6062820000000000", true, true, true},   {"6200000000000000000", true, true, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct issuer_fit fit = issuer_find((const uint8_t *)cases[i].digits,
                                            (unsigned)strlen(cases[i].digits), cases[i].bare);
        assert_int_equal(fit.has_issuer, cases[i].has_issuer);
        assert_int_equal(fit.ordinary, cases[i].ordinary);
    }
}

/* The index never says no where the table says yes. */
static void test_index(void **state)
{
    struct issuer_index index;
    issuer_index_make(&index);
    unsigned refused = 0;
    for (unsigned prefix = 0; prefix < 1000000; prefix++) {
        char digits[20];
        snprintf(digits, sizeof(digits), "%06u0000000000000", prefix);
        for (unsigned count = 12; count <= 19; count++) {
            bool may = issuer_may_exist(&index, (const uint8_t *)digits, count);
            refused += !may;
            if (!may)
                assert_false(issuer_find((const uint8_t *)digits, count, true).has_issuer);
        }
    }
    assert_true(refused > 4000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_and_length),
        cmocka_unit_test(test_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
