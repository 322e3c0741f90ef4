#include "agent/template.h"

#include "agent/redact.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <string.h>

static int look_up(const char *key, void *data, struct clean *ret_value)
{
    if (strcmp(key, "input") == 0)
        *ret_value = clean_literal("app");
    else if (strcmp(key, "empty") == 0)
        *ret_value = clean_literal("");
    else if (strcmp(key, "log.file.path") == 0)
        *ret_value = clean_literal("/var/log/a.log");
    else if (strcmp(key, "broken") == 0)
        return -EIO;
    else
        return -ENOENT;
    return 0;
}

static void templates_are_filled(void **state)
{
    static const struct {
        const char *text;
        int result;
        const char *filled; /* also what is there after a failure */
    } cases[] = {
        {"", 0, ""},
        {"plain", 0, "plain"},
        {"%{input}", 0, "app"},
        {"logs.%{input}", 0, "logs.app"},
        {"%{input}%{input}.x", 0, "appapp.x"},
        {"a%{log.file.path}b", 0, "a/var/log/a.logb"},
        {"a%{empty}b%{empty:-no}", 0, "ab"},
        {"%{none:-yes}", 0, "yes"},
        {"%{none:-}", 0, ""},
        {"%{none:-a:-b}", 0, "a:-b"},
        {"x%{none}y", -ENOENT, "x"},
        {"x%{broken:-y}", -EIO, "x"},
        {"%%{input}", 0, "%{input}"},
        {"100%", 0, "100%"},
        {"100%%", 0, "100%%"},
        {"%a%%b", 0, "%a%%b"},
        {"a%%{%{input}%%{", 0, "a%{app%{"},
        {"{input}$", 0, "{input}$"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct template *template;
        struct template_error error;
        char buffer[64];
        struct clean_builder builder = {.data = buffer, .capacity = sizeof(buffer)};
        assert_int_equal(template_compile(cases[i].text, strlen(cases[i].text), &template, &error),
                         0);
        int r = template_evaluate(template, look_up, NULL, &builder);
        if (r != cases[i].result || builder.size != strlen(cases[i].filled) ||
            memcmp(buffer, cases[i].filled, builder.size) != 0)
            fail_msg("%s gave %d: %.*s", cases[i].text, r, (int)builder.size, buffer);
        assert_string_equal(template_text(template), cases[i].text);
        template_free(template);
    }
    template_free(NULL);
}

static void mistakes_have_a_place(void **state)
{
    static const struct {
        const char *text;
        size_t offset_bytes;
        const char *what;
    } cases[] = {
        {"%{", 2, "%{ has no key after it: write %{key}, or %%{ for a plain %{"},
        {"ab%{}", 4, "%{ has no key after it: write %{key}, or %%{ for a plain %{"},
        {"ab%{x", 2, "%{ is not closed: write %{key}"},
        {"ab%{x:-y", 2, "%{ is not closed: write %{key:-text}"},
        {"ab%{x y}", 5,
         "a key has a character that keys cannot have: write %{key} or %{key:-text}"},
        {"%{x:y}", 3, "a key has a character that keys cannot have: write %{key} or %{key:-text}"},
        {"%{x%{y}}", 3,
         "a key has a character that keys cannot have: write %{key} or %{key:-text}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct template *template = NULL;
        struct template_error error = {0};
        assert_int_equal(template_compile(cases[i].text, strlen(cases[i].text), &template, &error),
                         -EINVAL);
        assert_null(template);
        assert_string_equal(error.what, cases[i].what);
        assert_int_equal(error.offset_bytes, cases[i].offset_bytes);
    }
}

/* `count` times `piece`, compiled. */
static int compile_many(const char *piece, size_t count, struct template **ret_template)
{
    static char text[TEMPLATE_MAX_BYTES + 64];
    struct template_error error;
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(text + size, piece, strlen(piece));
        size += strlen(piece);
    }
    text[size] = '\0';
    return template_compile(text, size, ret_template, &error);
}

static void limits_hold(void **state)
{
    struct template *template;
    assert_int_equal(compile_many("a%{x}", TEMPLATE_MAX_HOLES, &template), 0);
    template_free(template);
    assert_int_equal(compile_many("a%{x}", TEMPLATE_MAX_HOLES + 1, &template), -EINVAL);
    assert_int_equal(compile_many("%{x}", TEMPLATE_MAX_HOLES + 1, &template), -EINVAL);
    assert_int_equal(compile_many("a%%{", 2 * TEMPLATE_MAX_HOLES, &template), -EINVAL);
    assert_int_equal(compile_many("a", TEMPLATE_MAX_BYTES, &template), 0);
    char buffer[100];
    struct clean_builder builder = {.data = buffer, .capacity = sizeof(buffer)};
    assert_int_equal(template_evaluate(template, look_up, NULL, &builder), -ENOBUFS);
    assert_int_equal(builder.size, sizeof(buffer));
    template_free(template);
    assert_int_equal(compile_many("a", TEMPLATE_MAX_BYTES + 1, &template), -EINVAL);

    struct template_error error;
    assert_int_equal(template_compile("a\0b", 3, &template, &error), -EINVAL);
    assert_int_equal(error.offset_bytes, 1);
}

static void only_texts_without_holes_are_constant(void **state)
{
    struct template *template;
    assert_int_equal(compile_many("a%%{", 2, &template), 0);
    assert_true(template_is_constant(template));
    template_free(template);
    assert_int_equal(compile_many("%{x:-y}", 1, &template), 0);
    assert_false(template_is_constant(template));
    template_free(template);
}

static void topics_follow_the_rule_of_kafka(void **state)
{
    char longest[250];
    memset(longest, 'a', sizeof(longest));
    assert_true(template_topic_valid("a", 1));
    assert_true(template_topic_valid("A.b_c-9", 7));
    assert_true(template_topic_valid("...", 3));
    assert_true(template_topic_valid(longest, 249));
    assert_false(template_topic_valid(longest, 250));
    assert_false(template_topic_valid("", 0));
    assert_false(template_topic_valid(".", 1));
    assert_false(template_topic_valid("..", 2));
    assert_false(template_topic_valid("a b", 3));
    assert_false(template_topic_valid("a\0b", 3));
    assert_false(template_topic_valid("a/b", 3));
    assert_false(template_topic_valid("\xc3\xa9", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_filled),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(only_texts_without_holes_are_constant),
        cmocka_unit_test(topics_follow_the_rule_of_kafka),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
