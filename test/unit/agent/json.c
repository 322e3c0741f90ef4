#include "agent/json.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

static const char *const valid[] = {
    "0",
    "-0",
    "12",
    "-1.5",
    "1e5",
    "1E-5",
    "1.5e+10",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a \\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u00e4\"",
    "[]",
    "[ ]",
    "{}",
    "{ }",
    "[1,2]",
    "[[],{}]",
    "{\"a\":1}",
    "{ \"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"x\" }",
    "\"a string that is longer than one step of sixteen bytes\"",
    "\"\xff\"",
};

static const char *const invalid[] = {
    "",
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "1e+",
    "+1",
    "tru",
    "True",
    "nul",
    "\"",
    "\"a",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u12",
    "\"\\",
    "\"a\nb\"",
    "\"a\tb\"",
    "[",
    "]",
    "[1",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1 \"b\":2}",
    "[}",
    "{]",
    "[1}",
    "{\"a\":1]",
    "NaN",
    "\"\x1f\"",
    "\"a\x10\"",
    "\"0123456789abcdef\x01\"",
};

static bool is_value(const char *text, size_t size)
{
    return json_skip_value(text, text + size, 0) == text + size;
}

static void tells_json_from_the_rest(void **state)
{
    for (size_t i = 0; i < sizeof(valid) / sizeof(valid[0]); i++) {
        if (!is_value(valid[i], strlen(valid[i])))
            fail_msg("refused: %s", valid[i]);
        for (size_t size = 0; valid[i][0] == '{' && size < strlen(valid[i]); size++)
            assert_false(is_value(valid[i], size));
    }
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        if (is_value(invalid[i], strlen(invalid[i])))
            fail_msg("taken: %s", invalid[i]);
    }
}

static void bounds_the_depth(void **state)
{
    for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        char text[4 * JSON_DEPTH_MAX + 16] = "";
        for (int i = 0; i < depth; i++)
            text[i] = '[';
        for (int i = 0; i < depth; i++)
            text[depth + i] = ']';
        assert_int_equal(is_value(text, 2 * (size_t)depth), depth <= JSON_DEPTH_MAX);
    }
}

static void walks_members(void **state)
{
    const char text[] = " { \"a\" : 1 , \"b c\":\"x\\\"y\" ,\"\":[1,{\"z\":2}]} tail";
    struct json_object object;
    struct json_member member;
    char out[128] = "";
    assert_true(json_object_open(text, strlen(text), &object));
    enum json_step step;
    while ((step = json_object_next(&object, &member)) == JSON_MEMBER)
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%.*s=%.*s;", (int)member.key_size,
                 member.key, (int)member.value_size, member.value);
    assert_int_equal(step, JSON_END);
    assert_string_equal(object.next, " tail");
    assert_string_equal(out, "a=1;b c=\"x\\\"y\";=[1,{\"z\":2}];");
    assert_false(json_object_open("[1]", 3, &object));
    assert_true(json_object_open("{\"a\":1", 6, &object));
    assert_int_equal(json_object_next(&object, &member), JSON_MEMBER);
    assert_int_equal(json_object_next(&object, &member), JSON_BROKEN);
    assert_true(json_object_find(text, strlen(text), "b c", 3, &member));
    assert_false(json_object_find(text, strlen(text), "z", 1, &member));
}

static void unescapes(void **state)
{
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e4\\u20AC", "A\xc3\xa4\xe2\x82\xac"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"\\ud83d", "\xef\xbf\xbd"},
        {"\\udc00\\udc00", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\\ude00x", "\xef\xbf\xbdx"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd"
                           "A"},
        {"\\ud83d\\n", "\xef\xbf\xbd\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        size_t size = json_unescape(cases[i][0], strlen(cases[i][0]), out);
        assert_int_equal(size, strlen(cases[i][1]));
        assert_memory_equal(out, cases[i][1], size);
        char place[64];
        strcpy(place, cases[i][0]);
        assert_int_equal(json_unescape(place, strlen(place), place), size);
        assert_memory_equal(place, cases[i][1], size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_json_from_the_rest),
        cmocka_unit_test(bounds_the_depth),
        cmocka_unit_test(walks_members),
        cmocka_unit_test(unescapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
