#include "agent/utf8.h"

#include "test/unit/harness.h"

#include <string.h>

#define BAD "\xef\xbf\xbd"

static const struct {
    const char *text, *repaired;
    size_t count;
} cases[] = {
    {"", "", 0},
    {"plain ascii, long enough for the fast path", "plain ascii, long enough for the fast path", 0},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 0},
    {"0123456789abcdef\xff", "0123456789abcdef" BAD, 1},
    {"a\x80z", "a" BAD "z", 1},
    {"\xc0\xaf", BAD BAD, 2},         /* overlong */
    {"\xe0\x9f\xbf", BAD BAD BAD, 3}, /* overlong */
    {"\xed\xa0\x80", BAD BAD BAD, 3}, /* surrogate */
    {"\xf4\x90\x80\x80", BAD BAD BAD BAD, 4},
    {"\xf5\x80\x80\x80", BAD BAD BAD BAD, 4},
    {"\xe2\x82z", BAD "z", 1}, /* a maximal subpart is one */
    {"\xf0\x9f\x98", BAD, 1},  /* cut at the end */
    {"\xf0\x9f\xc3\xa4", BAD "\xc3\xa4", 1},
    {"\xf8\x88\x80\x80\x80", BAD BAD BAD BAD BAD, 5},
};

static void repairs(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[256];
        size_t count = 0;
        size_t size = strlen(cases[i].text);
        size_t written = utf8_repair(cases[i].text, size, out, &count);
        assert_int_equal(written, strlen(cases[i].repaired));
        assert_memory_equal(out, cases[i].repaired, written);
        assert_int_equal(count, cases[i].count);
        assert_int_equal(utf8_is_valid(cases[i].text, size), cases[i].count == 0);
        assert_true(utf8_is_valid(out, written));
    }
}

static void encodes_every_code_point(void **state)
{
    for (unsigned point = 0; point < 0x110000; point++) {
        char out[4];
        size_t skip;
        if (point == 0xd800)
            point = 0xe000;
        size_t size = utf8_encode(point, out);
        if (utf8_sequence(out, size, &skip) != size || (size > 1 && utf8_is_valid(out, size - 1)))
            fail_msg("U+%04X", point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repairs),
        cmocka_unit_test(encodes_every_code_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
