#include "test/unit/rules/redacting.h"

static const char rules[] =
    "rules:\n"
    "  - id: held\n"
    "    why: for tests\n"
    "    keys: [$.payment.holder.name, '*.secret', '*.pay.*.x1y', $.note.*]\n"
    "    match: ['{\"secret\":1}']\n"
    "    allow: {patterns: [none]}\n"
    "  - id: short\n"
    "    why: for tests\n"
    "    keys: ['*.a.b', '$.*.*.*.c']\n"
    "    slow: true\n"
    "    action: drop_field\n"
    "    match: ['{\"a\":{\"b\":1}}']\n";

#define HELD "[REDACTED_HELD]"

static void test_values_go_by_path(void **state)
{
    static const struct redacting cases[] = {
        /* From the root on, at any depth, one key of any name; without case. */
        {"{\"payment\":{\"holder\":{\"name\":\"Joe\",\"n\":1}}}",
         "{\"payment\":{\"holder\":{\"name\":\"" HELD "\",\"n\":1}}}"},
        {"{\"x\":{\"payment\":{\"holder\":{\"name\":\"Joe\"}}}}", NULL},
        {"at {\"x\":[{\"SECRET\":\"a b\"}]} end", "at {\"x\":[{\"SECRET\":\"" HELD "\"}]} end"},
        {"{\"pay\":{\"k\":{\"x1y\":5}},\"x1y\":5}",
         "{\"pay\":{\"k\":{\"x1y\":\"" HELD "\"}},\"x1y\":5}"},
        {"{\"pay\":{\"x1y\":5}} {\"pay\":{\"k\":{\"l\":{\"x1y\":5}}}}", NULL},
        {"{\"note\":{\"a1\":\"x\"}} {\"note\":\"x\"} {\"b\":{\"note\":{\"a1\":\"x\"}}}",
         "{\"note\":{\"a1\":\"" HELD "\"}} {\"note\":\"x\"} {\"b\":{\"note\":{\"a1\":\"x\"}}}"},
        /* All strings and numbers in it, and nothing else. */
        {"{\"secret\":[-1.5e3, true,null,false,{\"b\":\"x\",\"c\":\"\"}]}",
         "{\"secret\":[\"" HELD "\", true,null,false,{\"b\":\"" HELD "\",\"c\":\"\"}]}"},
        /* Escaped keys and values, JSON in a string. */
        {"{\"s\\u0065cret\":\"\\u0041\"}", "{\"s\\u0065cret\":\"" HELD "\"}"},
        {"{\"m\":\"{\\\"secret\\\":\\\"a b\\\",\\\"n\\\":3}\"}",
         "{\"m\":\"{\\\"secret\\\":\\\"" HELD "\\\",\\\"n\\\":3}\"}"},
        /* What else is found goes first; exceptions; what is no JSON. */
        {"{\"secret\":\"pan 4111111111111111\"}", "{\"secret\":\"" HELD "************1111\"}"},
        {"{\"secret\":\"none\",\"b\":\"secret\"}", NULL},
        {"{\"secret\":\"a\"", NULL},
        {"secret: a", NULL},
        /* Paths of short names are read in every line. */
        {"{\"x\":{\"a\":{\"b\":\"1\",\"c\":2}}}", "{\"x\":{\"a\":{\"c\":2}}}"},
        {"{\"1\":{\"2\":{\"3\":{\"c\":2}}}}", "{\"1\":{\"2\":{\"3\":{}}}}"},
    };
    assert_redacting_by(rules, cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_a_field_stands_at_its_path(void **state)
{
    static const struct {
        const char *path, *value, *redacted;
    } cases[] = {
        {"payment.holder.name", "Joe", HELD},
        {"payment.holder", "Joe", "Joe"},
        {"a.Secret", "x\ny z\n\n", HELD "\n" HELD "\n\n"},
        {"a.secret.b", "card 4111111111111111", HELD "************1111"},
        {"$.note.x", "a\"b\\", HELD},
        {"x.a.b", "1", "[DROPPED short]"},
        {"a", "4111111111111111", "************1111"},
    };
    struct blot_document document = {"rules.yaml", rules, strlen(rules)};
    struct blot_options options = {
        .size = sizeof(options), .documents = &document, .document_count = 1};
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *out;
        size_t size;
        assert_int_equal(blot_redact_field(scratch, cases[i].path, strlen(cases[i].path),
                                           cases[i].value, strlen(cases[i].value), &out, &size),
                         0);
        if (size != strlen(cases[i].redacted) || memcmp(out, cases[i].redacted, size) != 0)
            fail_msg("%s: %.*s", cases[i].path, (int)size, out);
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_go_by_path),
        cmocka_unit_test(test_a_field_stands_at_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
