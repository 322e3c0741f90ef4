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
        {"", 1, 1, 1},
        {"# none\n", 1, 1, 1},
        {"rules:\n\t- id: key\n", 1, 2, 1},
        {"packs: [pci]\nenabled: []\ndisable: [cvv]\n", 2, 2, 1},
        {"disable: [key]\n# caf\xe9\n", 1, 2, 6},
        {"disable: [key]\n# \x01\n", 1, 2, 3},
        {"\xff\xfe"
         "d",
         1, 1, 1},
        {RULE("key=(?<secret>a)", "'key=a'") "---\ndisable: [key]\n", 1, 8, 1},
        {RULE("key=(?<secret>a)", "'key=a'") "---\n  - [\n", 1, 9, 1},
        {"rule: []\n", 1, 1, 1},
        {"rules:\n  - id: Key\n", 4, 2, 9},
        {"rules:\n  - id: pan\n    why: w\n    detector: cvv\n    match: [a]\n", 2, 2, 9},
        {RULE("(?<secret>a", "'key=a'"), 1, 4, 14},
        {RULE("(?<secret>a)", "'key=a'") "    pattern: '(?<secret>b)'\n", 1, 7, 5},
        {RULE("key=a", "'key=a'"), 1, 4, 14},
        {RULE("key=(?<secret>a)", "'key=b'"), 1, 6, 13},
        {RULE("(?<secret>a*)", "'key=a'"), 1, 4, 14},
        {RULE("key=(?<secret>\xc3\xa4)", "'key=a'"), 1, 4, 14},
        {RULE("key=(?<secret>a)", "'key=a'") "    validators: [luhn, good]\n", 1, 7, 24},
        {RULE("key=(?<secret>a)", "'key=a'") "    severity: huge\n    colour: red\n", 2, 7, 15},
        {RULE("key=(?<secret>a)", "'key=a'") "    allow: {patterns: ['(']}\n", 1, 7, 24},
        {RULE("key=(?<secret>a)", "'key=a'") "disable: [none]\n", 1, 7, 11},
        {"rules:\n  - {id: key, why: w, pattern: 'k(?<secret>a)', match: [ka]}\n", 1, 2, 5},
        {"rules:\n  - {id: key, why: w, keywords: [k\"y], pattern: 'k(?<secret>a)', match: [ka]}\n",
         1, 2, 34},
        {"packs: [pci]\ndisable: [cvv]\n", 1, 2, 11},
        {"packs: [pci]\ndisable: [pan]\n", 1, 2, 11},
        {"packs: [pci]\noverride: [{id: pin, allow: {keys: [a]}}]\n", 1, 2, 12},
        {"packs: [pci]\noverride: [{id: pan, allow: {keys: [a]}}]\n", 1, 2, 12},
        {"packs: [pci]\noverride: [{id: cvv, pattern: 'a(?<secret>b)'}]\n", 1, 2, 12},
        {"packs: [pci]\noverride: [{id: track1, shadow: true}]\n", 1, 2, 12},
        {"packs: [pci, pci]\nrules: [{id: pan}]\nclass: x\n", 5, 3, 8},
        {"packs: [file.yaml]\n", 1, 1, 9},
        {"rules:\n  - {id: k, why: w, keys: [a.b], match: ['{\"a\":1}']}\n", 1, 2, 28},
        {"rules:\n  - {id: k, why: w, keys: ['*.a*'], match: ['{\"a\":1}']}\n", 1, 2, 28},
        {"rules:\n  - {id: k, why: w, keys: ['$.ab'], match: ['{\"ab\":1}']}\n", 1, 2, 5},
        {"rules:\n  - {id: k, why: w, keys: ['$.abc'], match: ['{\"ab\":1}']}\n", 1, 2, 46},
        {"rules:\n  - {id: k, why: w, keys: ['$.abc'], where: line, match: ['{\"abc\":1}']}\n", 1,
         2, 5},
        {"packs: [pci]\noverride: [{id: cvv, keys: ['$.abc']}]\n", 1, 2, 12},
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

/* A rule whose lists are those of the first one. */
#define ALIASED ", why: w, where: keyword, keywords: *k, pattern: 'kw=(?<secret>a)', match: *m}\n"

/* A small file may mean very much: that has an end, and is told once. */
static void test_aliases_have_a_limit(void **state)
{
    enum { LIST = 900, RULES = 900, BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    size_t size;
    assert_non_null(text);
    size = (size_t)sprintf(text, "rules:\n  - {id: k0, why: w, where: keyword, keywords: &k [kw=],"
                                 " pattern: 'kw=(?<secret>a)', match: &m [");
    for (unsigned i = 0; i < LIST; i++)
        size += (size_t)sprintf(text + size, "%skw=a", i ? "," : "");
    size += (size_t)sprintf(text + size, "]}\n");
    for (unsigned i = 1; i < RULES; i++)
        size += (size_t)sprintf(text + size, "  - {id: k%u" ALIASED, i);
    struct blot_ruleset *ruleset = NULL;
    struct errors errors;
    assert_int_equal(load(text, NULL, &errors, &ruleset), -EINVAL);
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.line, 2);
    assert_null(ruleset);
    free(text);
}

static void test_keywords_have_a_limit(void **state)
{
    enum { LIST = 900, RULES = 25, BYTES = 1 << 20 };
    char *text = malloc(BYTES);
    size_t size;
    assert_non_null(text);
    size = (size_t)sprintf(text, "rules:\n");
    for (unsigned i = 0; i < RULES; i++) {
        size +=
            (size_t)sprintf(text + size, "  - {id: k%u, why: w, where: keyword, keywords: [", i);
        for (unsigned n = 0; n < LIST; n++)
            size += (size_t)sprintf(text + size, "%sk%u-%u-", n ? "," : "", i, n);
        size += (size_t)sprintf(
            text + size, "], pattern: 'k%u-[0-9]+-(?<secret>a)', match: ['k%u-0-a']}\n", i, i);
    }
    struct blot_ruleset *ruleset = NULL;
    struct errors errors;
    assert_int_equal(load(text, NULL, &errors, &ruleset), -EINVAL);
    assert_int_equal(errors.count, 1);
    assert_null(ruleset);
    free(text);
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
    struct errors errors = {0};
    options = (struct blot_options){.packs = unknown, .on_error = take_error, .user = &errors};
    assert_int_equal(blot_ruleset_new(&options, &ruleset), -EINVAL);
    assert_int_equal(errors.count, 1);
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

/* What the text becomes under the rule file. */
static char *redacted(const char *rules, const char *text)
{
    struct blot_ruleset *ruleset = NULL;
    struct blot_scratch *scratch;
    struct errors errors;
    const char *output;
    size_t size;
    int r = load(rules, NULL, &errors, &ruleset);
    if (r < 0)
        fail_msg("%d at %u:%u: %s", r, errors.line, errors.column, rules);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    assert_int_equal(blot_redact(scratch, text, strlen(text), 0, &output, &size), 0);
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, output, size);
    copy[size] = '\0';
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
    return copy;
}

#define KEY                                                                                        \
    "rules: [{id: key, why: w, keywords: [key], pattern: 'key=(?<secret>[^\"]+)', match: [key=a]"
#define PACK "packs: [pci, secrets, pii]\n"

static void test_effects(void **state)
{
    static const struct {
        const char *rules, *text, *wanted;
    } cases[] = {
        {KEY "}]", "key=abc", "key=[REDACTED_KEY]"},
        {KEY "}]", "key=a 4111111111111111 b", "key=[REDACTED_KEY]************1111[REDACTED_KEY]"},
        {KEY "}]", "key=[REDACTED_KEY]************1111", "key=[REDACTED_KEY]************1111"},
        {KEY "}]", "{\"a\":\"key=b\",\"c\":1}", "{\"a\":\"key=[REDACTED_KEY]\",\"c\":1}"},
        {KEY "}]", "%6Bey=abc", "%6Bey=[REDACTED_KEY]"},
        {KEY "}]\noverride: [{id: key, pattern: 'key=(?<secret>b)', match: [key=b]}]",
         "key=a key=b", "key=a key=[REDACTED_KEY]"},
        {KEY "}, {id: two, why: w, keywords: [two], pattern: 'two(?<secret>2)', match: [two2]}]\n"
             "disable: [key]",
         "key=a two2", "key=a two[REDACTED_TWO]"},
        {KEY ", allow: {patterns: ['b+']}}]", "key=bbb", "key=bbb"},
        {KEY ", allow: {keys: [KEY]}}]\noverride: [{id: key, match: ['xkey=a']}]", "key=b",
         "key=b"},
        {"rules: [{id: any, why: w, slow: true, pattern: '(?<secret>q[0-9])', match: [q1]}]",
         "x q7 q", "x [REDACTED_ANY] q"},
        {PACK "rules: [{id: any, why: w, slow: true, pattern: '(?<secret>q[0-9])', match: [q1]}]",
         "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END PRIVATE KEY-----\nq7",
         "-----BEGIN PRIVATE KEY-----\n[REDACTED_PRIVATE_KEY]\n-----END PRIVATE KEY-----\n"
         "[REDACTED_ANY]"},
        {PACK, "password=hunter2", "password=[REDACTED_PASSWORD]"},
        {PACK "disable: [password]", "password=hunter2", "password=hunter2"},
        {PACK "enable: [ipv4]", "from 192.0.2.1", "from [REDACTED_IPV4]"},
        {PACK, "from 192.0.2.1", "from 192.0.2.1"},
        {PACK "override: [{id: pan, enabled: false, i_accept_pan_in_clear: true}]",
         "4111111111111111", "4111111111111111"},
        {PACK, "{\"password\":12345,\"a\":[1]}",
         "{\"password\":\"[REDACTED_PASSWORD]\",\"a\":[1]}"},
        {PACK, "{\"m\":\"{\\\"password\\\":\\\"a b\\\"}\"}",
         "{\"m\":\"{\\\"password\\\":\\\"[REDACTED_PASSWORD]\\\"}\"}"},
        {PACK, "password=a@example.com", "password=[REDACTED_PASSWORD]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *output = redacted(cases[i].rules, cases[i].text);
        if (strcmp(output, cases[i].wanted) != 0)
            fail_msg("%s\n gave %s", cases[i].text, output);
        char *again = redacted(cases[i].rules, output);
        assert_string_equal(again, output);
        free(again);
        free(output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_have_places),
        cmocka_unit_test(test_aliases_have_a_limit),
        cmocka_unit_test(test_keywords_have_a_limit),
        cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_effects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
