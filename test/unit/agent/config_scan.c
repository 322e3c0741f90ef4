#include "agent/config_scan.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

/* A number that nobody has published: 16 digits with their check digit, made at run time. */
static void make_number(char *digits)
{
    strcpy(digits, "451723849106275");
    int sum = 0;
    for (int i = 0; i < 15; i++) {
        int digit = digits[14 - i] - '0';
        if (i % 2 == 0)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    digits[15] = (char)('0' + (10 - sum % 10) % 10);
    digits[16] = '\0';
}

static void card_numbers_are_seen_and_test_numbers_let_through(void **state)
{
    /* @ is the number that nobody has published */
    static const struct {
        const char *text;
        int sensitive;
    } cases[] = {
        {"", 0},
        {"bootstrap.servers: kafka:9092", 0},
        {"path: /var/log/@.log", 1},
        {"# @", 1},
        {"card: 4111 1111 1111 1111", 0},
        {"card: 4242424242424242 and @", 1},
        {"amex: 3782-822463-10005", 0},
        {"track: ;@=30122011234567890123?", 1},
        {"track: ;4111111111111111=30122011234567890123?", 1},
        {"pin: 1234", 0},
        {"cvv: 123", 0},
        {"size: 1234567890123456", 0},
    };
    struct config_scan *scan;
    char number[17];
    make_number(number);
    assert_int_equal(config_scan_new(&scan), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256] = "";
        for (const char *at = cases[i].text; *at; at++) {
            if (*at == '@')
                strcat(text, number);
            else
                strncat(text, at, 1);
        }
        if (config_scan_is_sensitive(text, strlen(text), scan) != cases[i].sensitive)
            fail_msg("%s is not %d", cases[i].text, cases[i].sensitive);
    }
    config_scan_free(scan);
    config_scan_free(NULL);
}

static void a_path_is_shown_without_its_card(void **state)
{
    char number[17], path[64], wanted[64], shown[64], small[16];
    make_number(number);
    snprintf(path, sizeof(path), "/srv/%s/a.yaml", number);
    snprintf(wanted, sizeof(wanted), "/srv/************%s/a.yaml", number + 12);
    config_scan_show(path, shown, sizeof(shown));
    assert_string_equal(shown, wanted);
    config_scan_show("/etc/blotter.yaml", shown, sizeof(shown));
    assert_string_equal(shown, "/etc/blotter.yaml");
    config_scan_show(path, small, sizeof(small)); /* does not fit: nothing of it */
    assert_string_equal(small, "(path withheld)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(card_numbers_are_seen_and_test_numbers_let_through),
        cmocka_unit_test(a_path_is_shown_without_its_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
