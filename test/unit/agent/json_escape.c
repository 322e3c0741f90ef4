#include "agent/json_escape.h"

#include "agent/json.h"
#include "agent/utf8.h"
#include "test/unit/harness.h"

#include <stdlib.h>
#include <string.h>

static void escapes(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *escaped;
        size_t repaired;
    } cases[] = {
        {"", 0, "", 0},
        {"plain", 5, "plain", 0},
        {"a\"b\\c/", 6, "a\\\"b\\\\c/", 0},
        {"\b\t\n\v\f\r\x01\x1f\x7f", 9, "\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\x7f", 0},
        {"a\0b", 3, "a\\u0000b", 0},
        {"\xc3\xa4\xe2\x82\xac", 5, "\xc3\xa4\xe2\x82\xac", 0},
        {"x\xff\xfey", 4, "x\xef\xbf\xbd\xef\xbf\xbdy", 2},
        {"0123456789abcde\"0123456789abcdef0123456789\xe2\x82", 44,
         "0123456789abcde\\\"0123456789abcdef0123456789\xef\xbf\xbd", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[512];
        size_t repaired = 0;
        size_t size = json_escape(cases[i].text, cases[i].size, out, &repaired);
        assert_int_equal(size, strlen(cases[i].escaped));
        assert_memory_equal(out, cases[i].escaped, size);
        assert_int_equal(repaired, cases[i].repaired);
        assert_true(size <= json_escape_bound(cases[i].text, cases[i].size));
    }
}

/* Random bytes of every length, in buffers of exactly the size promised: what comes out is a JSON
 * string of valid UTF-8, and decodes to the repaired text. */
static void round_trips(void **state)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz\"\\\n\x01\xc3\xa4\xff\xe2\x82";
    srand(1);
    for (size_t size = 0; size < 3000; size += 1 + size / 40) {
        char *text = malloc(size + 1);
        for (size_t i = 0; i < size; i++)
            text[i] = size % 2 ? (char)rand() : alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        size_t bound = json_escape_bound(text, size);
        char *out = malloc(bound + 2);
        char *expected = malloc(3 * size + 1);
        size_t repaired = 0;
        size_t expected_repaired = 0;
        out[0] = '"';
        size_t escaped_size = json_escape(text, size, out + 1, &repaired);
        assert_true(escaped_size <= bound);
        out[escaped_size + 1] = '"';
        assert_ptr_equal(json_skip_string(out, out + escaped_size + 2), out + escaped_size + 2);
        assert_true(utf8_is_valid(out, escaped_size + 2));
        size_t expected_size = utf8_repair(text, size, expected, &expected_repaired);
        assert_int_equal(json_unescape(out + 1, escaped_size, out + 1), expected_size);
        assert_memory_equal(out + 1, expected, expected_size);
        assert_int_equal(repaired, expected_repaired);
        free(text);
        free(out);
        free(expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
