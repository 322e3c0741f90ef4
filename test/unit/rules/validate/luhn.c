#include "rules/validate/luhn.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
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

static bool holds_digit_by_digit(const char *digits, unsigned count)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[count - 1 - i] - '0') * (i % 2 + 1);
        sum += digit % 10 + digit / 10;
    }
    return sum % 10 == 0;
}

/* Of every length, and with nothing to be read around them. */
static void test_lengths(void **state)
{
    unsigned random = 1, held = 0;
    for (unsigned n = 0; n < 20000; n++) {
        unsigned count = 1 + n % (LUHN_DIGITS_MAX + 9);
        char *digits = malloc(count);
        assert_non_null(digits);
        for (unsigned i = 0; i < count; i++) {
            random = random * 1103515245 + 12345;
            digits[i] = (char)('0' + (n % 7 ? (random >> 16) % 10 : 9));
        }
        bool holds = holds_digit_by_digit(digits, count);
        assert_int_equal(luhn_holds((const uint8_t *)digits, count), holds);
        held += holds;
        free(digits);
    }
    assert_in_range(held, 1500, 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_check_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
