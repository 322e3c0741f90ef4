#include "plugin/rsyslog/cut.h"

#include "rules/blotter.h"
#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct blot_ruleset *rules;
static struct blot_scratch *scratch;

static int set_up(void **state)
{
    const struct blot_options options = {.size = sizeof(options)};
    return blot_ruleset_new(&options, &rules) < 0 || blot_scratch_new(rules, NULL, &scratch) < 0;
}

static int tear_down(void **state)
{
    blot_scratch_free(scratch);
    blot_ruleset_free(rules);
    return 0;
}

#define LENGTH "[WITHHELD length]"

static const struct cut_case {
    const char *raw, *text, *expected;
} cases[] = {
    /* the end of the message is the end of the text, or within it, or there more than once */
    {"<14>app: pan 4111111", " pan 4111111", " pan *******"},
    {"<14>app: pan 4111111", "{\"m\":\"pan 4111111\",\"h\":\"web1\"}",
     "{\"m\":\"pan *******\",\"h\":\"web1\"}"},
    {"<14>app: pan 4111111", "pan 4111111|app: pan 4111111|9", "pan *******|app: pan *******|9"},
    {"<14>app: 4111 1111 11", " 4111 1111 11", " **** **** **"},
    {"<14>app: 4111-1111-11", "4111-1111-11 by web1", "****-****-** by web1"},
    {"<14>app: 4111 1111 ", "4111 1111 |x", "**** **** |x"},
    {"<14>app: cvv: 12", "cvv: 12 x", "cvv: ** x"},
    {"<14>app: cvv=1", "cvv=1", "cvv=*"},
    {"<14>app: 1111111111", "{\"m\":\"1111111111\"} 11 1x1", "{\"m\":\"**********\"} 11 1x1"},
    {"<14>app: 11111111111111111111", "<11111111111111111111>", "<********************>"},
    {"<14>app: 1 11111", "1 11111|1 11111 7", "* *****|* ***** 7"},
    {"<14>app: =================================", "=================================|x",
     "=================================|x"},
    {"<14>app: x1",
     "x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 "
     "x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 "
     "x1 x1 x1 x1 x1 x1 x1 x1 x1 x1 x1",
     LENGTH},
    /* nothing is cut that could be a card number */
    {"<14>app: some words", "some words|web1", "some words|web1"},
    {"<14>app: order 123", "order 123", "order 123"},
    /* the rest of the text is as it was: what is in it is found later */
    {"<14>app: words", "words 4111111111111111", "words 4111111111111111"},
    /* the end is not there: it was changed, or the template has another part of the message */
    {"<14>app: pan 4111111", "pan 4111", LENGTH},
    {"<14>app: WORD", "word", LENGTH},
    {"<14>app: pan 4111111", "", LENGTH},
    {"<14>app: 4111 \"", "4111 \\\"", LENGTH},
    {"<14>app: pan 4111/", "{\"m\":\"pan 4111\\/\"}", LENGTH},
    {"   ", "", LENGTH},
    {"", "", LENGTH},
    /* characters that templates may change, unchanged at the end */
    {"<14>application: a \"4111\"", "<14>application: a \"4111\"", "<14>application: a \"4111\""},
    {"<14>app: caf\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
     "app: caf\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
     "app: caf\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"},
};

static void digits_at_the_cut_are_withheld(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct cut_case *row = &cases[i];
        /* Not terminated, so that a read behind the end is seen. */
        char *raw = malloc(strlen(row->raw) + 1), *text = malloc(strlen(row->text) + 1), *result;
        size_t raw_size = strlen(row->raw), size = strlen(row->text);
        raw = realloc(memcpy(raw, row->raw, raw_size), raw_size ? raw_size : 1);
        text = realloc(memcpy(text, row->text, size), size ? size : 1);
        assert_int_equal(cut_withhold(scratch, text, size, raw, raw_size, &result, &size), 0);
        if (size != strlen(row->expected) || memcmp(result, row->expected, size) != 0)
            fail_msg("%s in %s gave %.*s", row->raw, row->text, (int)size, result);
        free(result);
        free(text);
        free(raw);
    }
}

/* Every place at which a card number can be cut, in every template above. */
static void no_part_of_a_number_stays(void **state)
{
    static const char header[] = "<14>Nov 21 14:05:06 web app: ", number[] = "5500005555555559";
    for (size_t kept = 4; kept < sizeof(number) - 1; kept++) {
        char raw[96], text[256], *result;
        size_t size;
        snprintf(raw, sizeof(raw), "%spaid with %.*s", header, (int)kept, number);
        const char *msg = raw + sizeof(header) - 2;
        snprintf(text, sizeof(text), "%s {\"m\":\"%s\"} %s", raw, msg, msg);
        assert_int_equal(
            cut_withhold(scratch, text, strlen(text), raw, strlen(raw), &result, &size), 0);
        assert_null(memmem(result, size, number, 4));
        assert_int_equal(size, strlen(text));
        free(result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_at_the_cut_are_withheld),
        cmocka_unit_test(no_part_of_a_number_stays),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
