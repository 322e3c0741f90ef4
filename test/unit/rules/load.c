#include "rules/blotter.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct errors {
    unsigned count, line, column;
};

static void take_error(void *user, const struct blot_error *error)
{
    struct errors *errors = user;
    if (errors->count++ == 0) {
        errors->line = error->line;
        errors->column = error->column;
    }
}

static int load(const char *text, const char *kernel, struct errors *errors,
                struct blot_ruleset **ret_ruleset)
{
    struct blot_document document = {"rules.yaml", text, strlen(text)};
    struct blot_options options = {
        .documents = &document,
        .document_count = 1,
        .kernel = kernel,
        .on_error = take_error,
        .user = errors,
    };
    *errors = (struct errors){0};
    return blot_ruleset_new(&options, ret_ruleset);
}

#define RULE(pattern, match)                                                                       \
    "rules:\n  - id: key\n    why: w\n    pattern: '" pattern                                      \
    "'\n    keywords: [key]\n    match: "                                                          \
    "[" match "]\n"

static void test_errors_have_places(void **state)
{
    static const struct {
        const char *text;
        unsigned count, line, column;
    } cases[] = {
        {"rules: [", 1, 2, 1},
        {"- a\n", 1, 1, 1},
        {"rule: []\n", 1, 1, 1},
        {"rules:\n  - id: Key\n", 4, 2, 9},
        {"rules:\n  - id: pan\n    why: w\n    detector: cvv\n    match: [a]\n", 2, 2, 9},
        {RULE("(?<secret>a", "'key=a'"), 1, 4, 14},
        {RULE("(?<secret>a)", "'key=a'") "    pattern: '(?<secret>b)'\n", 1, 7, 5},
        {RULE("key=a", "'key=a'"), 1, 4, 14},
        {RULE("key=(?<secret>a)", "'key=b'"), 1, 6, 13},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct blot_ruleset *ruleset = NULL;
        struct errors errors;
        assert_true(load(cases[i].text, NULL, &errors, &ruleset) < 0);
        assert_null(ruleset);
        assert_int_equal(errors.count, cases[i].count);
        assert_int_equal(errors.line, cases[i].line);
        assert_int_equal(errors.column, cases[i].column);
    }
}

static void test_pattern(void **state)
{
    static const char text[] =
        "KEY=secret1 4111111111111111\nkey=4111111111111111 key=[WITHHELD limit]";
    static const char wanted[] = "KEY=[REDACTED_KEY] ************1111\nkey=************1111 "
                                 "key=[WITHHELD limit]";
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    struct errors errors;
    assert_int_equal(
        load(RULE("(?i)key=(?<secret>[[a-z]\\S*)", "'key=abc'"), NULL, &errors, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    const struct blot_finding *findings;
    size_t count;
    assert_int_equal(blot_find(scratch, text, sizeof(text) - 1, 0, &findings, &count), 0);
    size_t size = blot_applied_size(sizeof(text) - 1, findings, count);
    char *output = malloc(size + 1);
    assert_non_null(output);
    blot_apply(text, sizeof(text) - 1, findings, count, output);
    output[size] = '\0';
    assert_string_equal(output, wanted);
    free(output);
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

/* A pattern that runs into its limit withholds the line from its keyword on. */
static void test_limit(void **state)
{
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    struct errors errors;
    char text[64] = "before key=";
    memset(text + 11, 'a', 40);
    assert_int_equal(load(RULE("key=(?<secret>(a+)+)[bc]", "'key=aab'"), NULL, &errors, &ruleset),
                     0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    const struct blot_finding *findings;
    size_t count;
    assert_int_equal(blot_find(scratch, text, strlen(text), 0, &findings, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(findings[0].offset, 7);
    assert_int_equal(findings[0].reason, BLOT_WITHHELD_LIMIT);
    assert_memory_equal(findings[0].replacement, "[WITHHELD limit]", findings[0].replacement_size);
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

static void test_options(void **state)
{
    static const char *const unknown[] = {"nothing"};
    struct blot_ruleset *ruleset = NULL;
    struct blot_options options = {.packs = unknown, .pack_count = 1};
    assert_int_equal(blot_ruleset_new(&options, &ruleset), -ENOENT);
    options = (struct blot_options){.kernel = "none"};
    assert_int_equal(blot_ruleset_new(&options, &ruleset), -ENOTSUP);
    options = (struct blot_options){.kernel = "scalar"};
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_string_equal(blot_ruleset_kernel(ruleset), "scalar");
    assert_int_equal(blot_ruleset_rule_count(ruleset), 5);
    assert_string_equal(blot_ruleset_rule_id(ruleset, 0), "pan");
    assert_int_equal(strlen(blot_ruleset_hash(ruleset)), 64);
    blot_ruleset_free(ruleset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_have_places),
        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
