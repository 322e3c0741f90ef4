#include "rules/validate/luhn.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

static void test_check_digit(void **state)
{
    static const char *const numbers[] = {"4111111111111111", "378282246310005", "30569309025904",
                                          "4222222222222",    "79927398713",     "0"};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char digits[20];
        unsigned count = (unsigned)strlen(numbers[i]);
        memcpy(digits, numbers[i], count + 1);
        assert_true(luhn_holds((const uint8_t *)digits, count));
        /* One check digit and no other makes it hold. */
        for (unsigned change = 1; change < 10; change++) {
            digits[count - 1] =
                (char)('0' + ((unsigned)(numbers[i][count - 1] - '0') + change) % 10);
            assert_false(luhn_holds((const uint8_t *)digits, count));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
