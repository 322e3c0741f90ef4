#include "test/unit/rules/redacting.h"

#include <stdlib.h>

#define CVV "[REDACTED_CVV]"

static void test_statements(void **state)
{
    static const struct redacting cases[] = {
        {"INSERT INTO cards (exp,cvv) VALUES ('12/30','123')",
         "INSERT INTO cards (exp,cvv) VALUES ('12/30','" CVV "')"},
        {"insert into `c`.`t`(`a`, `card_cvv` ,[b]) values (1, 123, 456),\n (2,999,1)",
         "insert into `c`.`t`(`a`, `card_cvv` ,[b]) values (1, " CVV ", 456),\n (2,999,1)"},
        {"into t(cvv,a)values(md5('x,y'),123),(321,(1))",
         "into t(cvv,a)values(md5('x,y'),123),(" CVV ",(1))"},
        {"into t (n, cvc) values ('O\\'Brien, J', '12a')",
         "into t (n, cvc) values ('O\\'Brien, J', '" CVV "')"},
        {"{\"sql\":\"INSERT INTO t (\\\"cvv\\\") VALUES (\\\"123\\\")\"}",
         "{\"sql\":\"INSERT INTO t (\\\"cvv\\\") VALUES (\\\"" CVV "\\\")\"}"},
        {"into cards (pinblock) values ('A1B2C3D4E5F60718')",
         "into cards (pinblock) values ('[REDACTED_PIN]')"},
        /* No column of that name, no values, an end that is missing, a name that goes on. */
        {"into t (a,cvv) values (123,'')", NULL},
        {"into t (a,cvv) select (1,123)", NULL},
        {"into t (a,cvv) values (1,123", NULL},
        {"into t (a,cvv_check) values (1,123)", NULL},
        {"print t (a,cvv) values (1,123)", NULL},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

/* Statements that never end must not be read over and over. */
static void test_many(void **state)
{
    enum { COUNT = 100000 };
    static const char *const parts[] = {"INSERT INTO t(cvv) VALUES ('", "into t(cvv) values (",
                                        "into cvv,"};
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    assert_int_equal(blot_ruleset_new(NULL, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t length = strlen(parts[i]), size = COUNT * length, out_size;
        char *text = malloc(size + 1);
        const char *out;
        assert_non_null(text);
        for (size_t n = 0; n < COUNT; n++)
            memcpy(text + n * length, parts[i], length);
        text[size - 1] = '1';
        assert_int_equal(blot_redact(scratch, text, size, 0, &out, &out_size), 0);
        assert_int_equal(out_size, size);
        free(text);
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
