#include "test/unit/rules/redacting.h"

#include <errno.h>

static const char any_issuer[] = "override:\n  - id: pan\n    issuers: any\n";

static void test_any_issuer(void **state)
{
    static const struct redacting cases[] = {
        {"x 9999000012345678 y", "x ************5678 y"},
        {"9999 0000 1234 5678", "************5678"},
        {"pan=9999000012345678", "pan=************5678"},
        {"4111111111111111", "************1111"},
        /* An id, a telephone number, a decimal, a part of a word, other check digits. */
        {"orderId=9999000012345678", NULL},
        {"+9999000012345678", NULL},
        {"9999000012345678.5", NULL},
        {"x9999000012345678", NULL},
        {"x 9999000012345679 y", NULL},
    };
    assert_redacting_by(any_issuer, cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_known_issuer(void **state)
{
    static const struct redacting cases[] = {
        {"x 9999000012345678 y", NULL},
        {"pan=9999000012345678", "pan=************5678"},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "override:\n  - id: pan\n    issuers: all\n",
        "override:\n  - id: cvv\n    issuers: any\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct blot_document document = {"rules.yaml", texts[i], strlen(texts[i])};
        struct blot_options options = {
            .size = sizeof(options), .documents = &document, .document_count = 1};
        struct blot_ruleset *ruleset = NULL;
        assert_int_equal(blot_ruleset_new(&options, &ruleset), -EINVAL);
        assert_null(ruleset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_issuer),
        cmocka_unit_test(test_known_issuer),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
