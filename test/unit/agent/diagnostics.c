#include "agent/diagnostics.h"

#include "test/unit/harness.h"

#include <stdlib.h>
#include <string.h>

static char *printed(const struct diagnostics *diagnostics)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    diagnostics_print(diagnostics, stream);
    fclose(stream);
    return text;
}

static void they_are_printed_in_the_order_of_the_file(void **state)
{
    struct diagnostics diagnostics;
    assert_int_equal(diagnostics_init(&diagnostics, "a.yaml"), 0);
    diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, 3, 1, "b.c", "is %d", 5);
    diagnostics_add(&diagnostics, DIAGNOSTIC_WARNING, 2, 9, "a", "odd");
    diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, 2, 4, NULL, "no key\033[31m\n");
    diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, 0, 0, "", "whole file");
    diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, 2, 4, NULL, "second here");
    diagnostics_add_in(&diagnostics, "rules.yaml", 1, 2, "bad\trule");
    char *text = printed(&diagnostics);
    assert_string_equal(text, "a.yaml: whole file\n"
                              "a.yaml:2:4: no key?[31m?\n"
                              "a.yaml:2:4: second here\n"
                              "a.yaml:2:9: warning: a: odd\n"
                              "a.yaml:3:1: b.c: is 5\n"
                              "rules.yaml:1:2: bad?rule\n");
    assert_int_equal(diagnostics.errors, 5);
    assert_int_equal(diagnostics.warnings, 1);
    free(text);
    diagnostics_finish(&diagnostics);
    diagnostics_finish(NULL);
}

static void past_the_limit_they_are_counted(void **state)
{
    struct diagnostics diagnostics;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    for (unsigned i = 0; i < DIAGNOSTICS_MAX + 7; i++)
        diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, i + 1, 1, NULL, "x");
    assert_int_equal(diagnostics.errors, DIAGNOSTICS_MAX + 7);
    assert_int_equal(diagnostics.count, DIAGNOSTICS_MAX);
    char *text = printed(&diagnostics);
    assert_non_null(strstr(text, "\nf: 7 more\n"));
    free(text);
    diagnostics_finish(&diagnostics);
}

static void a_long_text_is_cut(void **state)
{
    struct diagnostics diagnostics;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    char key[3000];
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    diagnostics_add(&diagnostics, DIAGNOSTIC_ERROR, 1, 1, key, "%s", key);
    assert_int_equal(strlen(diagnostics.list[0].text), DIAGNOSTIC_MAX_BYTES - 1);
    diagnostics_finish(&diagnostics);
}

static void quotes_are_short_and_harmless(void **state)
{
    static const struct {
        const char *text;
        const char *quoted;
    } cases[] = {
        {"", "\"\""},
        {"abc", "\"abc\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"a\033b\n", "\"a\\x1bb\\x0a\""},
        {"\xc3\xa9", "\"\\xc3\\xa9\""},
    };
    char buffer[DIAGNOSTIC_QUOTE_BYTES];
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_string_equal(diagnostics_quote(buffer, cases[i].text, strlen(cases[i].text)),
                            cases[i].quoted);
    for (size_t length = 0; length < 200; length++) {
        char text[200];
        memset(text, '\x01', sizeof(text));
        diagnostics_quote(buffer, text, length);
        assert_true(strlen(buffer) < DIAGNOSTIC_QUOTE_BYTES);
        memset(text, '"', sizeof(text));
        diagnostics_quote(buffer, text, length);
        assert_true(strlen(buffer) < DIAGNOSTIC_QUOTE_BYTES);
    }
    assert_non_null(strstr(buffer, "...\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_printed_in_the_order_of_the_file),
        cmocka_unit_test(past_the_limit_they_are_counted),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(quotes_are_short_and_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
