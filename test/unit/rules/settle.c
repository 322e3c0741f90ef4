#include "rules/blotter.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct told {
    unsigned count;
    char text[400];
};

static void take_error(void *user, const struct blot_error *error)
{
    struct told *told = user;
    if (told->count++ == 0)
        snprintf(told->text, sizeof(told->text), "%s:%u:%u: %s", error->document, error->line,
                 error->column, error->message);
}

#define RULE(more)                                                                                 \
    "rules:\n"                                                                                     \
    "  - id: own\n    why: test\n    keywords: [abc]\n"                                            \
    "    pattern: 'abc=(?<secret>\\w+)'\n    match: ['abc=x']\n" more

/* Rules and options that must not be, and what is said of them. */
static void test_what_is_refused(void **state)
{
    static const struct {
        const char *rules, *rule, *action, *keep, *masked, *key_id;
        size_t key_size;
        const char *told;
    } cases[] = {
        {NULL, "pan", "sha256", NULL, NULL, NULL, 0, "without a key"},
        {NULL, "pan", "sha", NULL, NULL, NULL, 0, "without a key"},
        {NULL, "pan", "shade", NULL, NULL, NULL, 0, "quarantine, shadow"},
        {NULL, "pan", "md5", NULL, NULL, NULL, 0, "without a key"},
        {NULL, "pan", "blur", NULL, NULL, NULL, 0, "one of stars"},
        {NULL, "pen", "mask", NULL, NULL, NULL, 0, "actions:1:1: no rule of the packs"},
        {NULL, "pan", "token", NULL, NULL, NULL, 0, "needs a key"},
        {NULL, "pan", "token", NULL, NULL, "k1", 15, "16 to 4096"},
        {NULL, "pan", "token", NULL, NULL, "K", 16, "16 to 4096"},
        {NULL, "pan", "token", "last4", NULL, "k1", 16, "beside a token"},
        {NULL, "pan", "mask", "first6_last4", NULL, NULL, 0, "for the action stars"},
        {NULL, NULL, NULL, "first7", NULL, NULL, 0, "one of last4"},
        {NULL, NULL, NULL, NULL, "away", NULL, 0, "one of keep, normalise"},
        {NULL, "pan", "shadow", NULL, NULL, NULL, 0, "i_accept_pan_in_clear"},
        {NULL, "cvv", "shadow", NULL, NULL, NULL, 0, "never let through"},
        {NULL, "track2", "token", NULL, NULL, "k1", 16, "removed whole"},
        {NULL, "pin", "mask", NULL, NULL, NULL, 0, "removed whole"},
        {NULL, "pin", "stars", NULL, NULL, NULL, 0, "removed whole"},
        {NULL, "cvv", "token", NULL, NULL, NULL, 0, "removed whole"},
        {RULE("    action: stars\n"), NULL, NULL, NULL, NULL, NULL, 0, "stars are for card"},
        {RULE("    action: shadow\n"), NULL, NULL, NULL, NULL, NULL, 0, "shadow: true"},
        {"override: [{id: pan, keep: last4}, {id: pan, keep: first6_last4}]", NULL, NULL, NULL,
         NULL, NULL, 0, "r.yaml:1:52: keep: the rule has another"},
        {RULE("    action: mask\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:2:5: action"},
        {RULE("    action: hashed\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:7:13: action"},
        {RULE("    keep: last4\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:2:5: keep"},
        {RULE("    masked: keep\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:2:5: masked"},
        {RULE("    shadow: maybe\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:7:13: shadow"},
        {RULE("    i_accept_pan_in_clear: true\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:2:5"},
        {RULE("    replace: x\n"), NULL, NULL, NULL, NULL, NULL, 0, "r.yaml:7:14: replace"},
        {RULE("    replace: '[REDACTED_X]'\n"), NULL, NULL, NULL, NULL, NULL, 0, "brackets"},
        {RULE("    replace: '[a\"b]'\n"), NULL, NULL, NULL, NULL, NULL, 0, "brackets"},
        {RULE("    action: token\n    replace: '[x]'\n"), NULL, NULL, NULL, NULL, "k1", 16,
         "for the action replace"},
        {RULE("    action: drop_record\n"), "own", "replace", NULL, NULL, NULL, 0, "another"},
        /* a number that nobody has published; its last digit is not in this file */
        {RULE("    no_match: ['4539 1488 0343 646%c']\n"), NULL, NULL, NULL, NULL, NULL, 0,
         "r.yaml:7:17: a card number"},
    };
    static const char key[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char rules[1000] = "";
        struct told told = {0};
        struct blot_action action = {cases[i].rule, cases[i].action};
        struct blot_document document = {"r.yaml", rules, 0};
        struct blot_options options = {
            .size = sizeof(options),
            .documents = &document,
            .document_count = cases[i].rules != NULL,
            .actions = &action,
            .action_count = cases[i].rule != NULL,
            .keep = cases[i].keep,
            .masked = cases[i].masked,
            .token_key_id = cases[i].key_id,
            .token_key = cases[i].key_id ? key : NULL,
            .token_key_size = cases[i].key_size,
            .on_error = take_error,
            .user = &told,
        };
        if (cases[i].rules)
            document.size = (size_t)snprintf(rules, sizeof(rules), "%s", cases[i].rules);
        char *digit = strstr(rules, "%c");
        if (digit) {
            digit[0] = '7';
            digit[1] = ' ';
        }
        struct blot_ruleset *ruleset = NULL;
        int r = blot_ruleset_new(&options, &ruleset);
        if (r != -EINVAL || !strstr(told.text, cases[i].told))
            fail_msg("case %zu: %d, %s", i, r, told.text);
        assert_null(ruleset);
    }
}

static void test_what_is_taken(void **state)
{
    static const char rules[] = RULE("    replace: '[my own. text]'\n");
    struct blot_document document = {"r.yaml", rules, sizeof(rules) - 1};
    struct blot_options options = {
        .size = sizeof(options), .documents = &document, .document_count = 1};
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    const char *out;
    size_t size;
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_int_equal(blot_ruleset_is_unsafe(ruleset), 0);
    assert_int_equal(blot_ruleset_effects(ruleset), 0);
    assert_string_equal(blot_ruleset_rule_action(ruleset, 0), "stars");
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    /* Its own text is not found again, though the pattern would. */
    static const char text[] = "abc=secret abc=[my own. text]";
    static const char redacted[] = "abc=[my own. text] abc=[my own. text]";
    assert_int_equal(blot_redact(scratch, text, sizeof(text) - 1, 0, &out, &size), 0);
    assert_int_equal(size, sizeof(redacted) - 1);
    assert_memory_equal(out, redacted, size);
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);

    options.i_accept_pan_in_clear = 1;
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_int_equal(blot_ruleset_is_unsafe(ruleset), 1);
    blot_ruleset_free(ruleset);
}

/* Options of a version that knows more: taken while it asks for nothing that is not known here. */
static void test_options_grow(void **state)
{
    struct {
        struct blot_options options;
        void *later;
    } newer = {.options = {.size = sizeof(newer)}};
    struct blot_ruleset *ruleset;
    assert_int_equal(blot_ruleset_new(&newer.options, &ruleset), 0);
    blot_ruleset_free(ruleset);
    newer.later = &newer;
    assert_int_equal(blot_ruleset_new(&newer.options, &ruleset), -E2BIG);
    assert_int_equal(blot_version(), BLOT_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_options_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
