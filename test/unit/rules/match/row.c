#include "test/unit/rules/redacting.h"

#define PAN  "4111111111111111"
#define MASK "************1111"
#define CVV  "[REDACTED_CVV]"

static void test_rows(void **state)
{
    static const struct redacting cases[] = {
        {"$1 = '" PAN "', $2 = '123', $3 = '1230'", "$1 = '" MASK "', $2 = '" CVV "', $3 = '1230'"},
        {PAN "|DOE, J|12/30|123|456", MASK "|DOE, J|12/30|" CVV "|456"},
        {PAN ";'a;b';4321", MASK ";'a;b';" CVV},
        {"[" PAN "(String), 123(Integer)]", "[" MASK "(String), " CVV "(Integer)]"},
        {PAN ",1230,2512,9999", MASK ",1230,2512," CVV},
        {"number='" PAN "', cvc='123', exp=(12, 2030))",
         "number='" MASK "', cvc='" CVV "', exp=(12, 2030))"},
        {PAN ",x123,12,12345", MASK ",x123,12,12345"},
        {PAN ",a,b,c,123", MASK ",a,b,c,123"},
        {PAN " 123,456", MASK " 123,456"},
        {PAN ",12.3|123", MASK ",12.3|123"},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_cut(void **state)
{
    static const struct redacting cases[] = {
        {PAN "|DOE|1", MASK "|DOE|" CVV},
        {PAN "|DOE|12345", MASK "|DOE|*****"},
        {PAN "|DOE|a1", MASK "|DOE|a1"},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), BLOT_CUT_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
