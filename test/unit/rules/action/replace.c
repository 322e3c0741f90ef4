#include "rules/blotter.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

struct replacing {
    const char *pan, *cvv, *keep, *masked; /* options, or NULL */
    const char *text, *redacted;
};

#define TOKEN "tok_k1_NK3IZIVJUUETVOV56AEFNRLJFPZSCUXHODISIUHGYJGW4ERKACDA"

static const struct replacing cases[] = {
    /* what stars show: all of it only where enough stays hidden */
    {NULL, NULL, "first6_last4", NULL, "a 4111 1111 1111 1111 b", "a 411111******1111 b"},
    {NULL, NULL, "first8_last4", NULL, "a 4111111111111111", "a 41111111****1111"},
    {NULL, NULL, "first8_last4", NULL, "a 378282246310005", "a 378282*****0005"},
    {NULL, NULL, "first6_last4", NULL, "pan=4222222222222", "pan=*********2222"},
    {NULL, NULL, "last4", NULL, "a 4111111111111111", "a ************1111"},
    /* windows that spell different numbers: no more than the last four */
    {NULL, NULL, "first6_last4", NULL, "4111 1111 1111 1111 5555 5555 5555 4444",
     "411111******1111 555555******4444"},
    /* what shows digits in front is found no more */
    {NULL, NULL, "first6_last4", NULL, "1234567 411111******1111", "1234567 411111******1111"},
    {"token", NULL, NULL, NULL, "card 4111-1111-1111-1111.", "card " TOKEN "."},
    {"token", NULL, NULL, NULL, "{\"n\":4111111111111111}", "{\"n\":\"" TOKEN "\"}"},
    {"token", NULL, NULL, NULL, "4111%201111%201111%201111", TOKEN},
    {"token", NULL, NULL, NULL, "raw=0200164111111111111111000000000000001299",
     "raw=020016" TOKEN "000000000000001299"},
    {"replace", NULL, NULL, NULL, "card 4111-1111-1111-1111", "card [REDACTED_PAN]"},
    /* a number of the same shape that is none */
    {"mask", NULL, NULL, NULL, "a 4111-1111-1111-1111 b", "a 0000-0000-0000-1111 b"},
    {"mask", NULL, NULL, NULL, "a 4000000000000002", "a 0000000000000002"},
    {"mask", NULL, NULL, NULL, "a 4242424242420000", "a 0000000000010000"},
    {"mask", NULL, NULL, NULL, "a 4111%2D1111%2D1111%2D1111", "a 0000000000001111"},
    {"mask", NULL, NULL, NULL, "{\"n\":4111111111111111}", "{\"n\":\"0000000000001111\"}"},
    {"mask", NULL, NULL, NULL, "a 4111 1111 1111 1111 x", "a 0000 0000 0000 1111 x"},
    /* members of objects go, with one comma */
    {"drop_field", NULL, NULL, NULL, "{\"pan\":\"4111111111111111\"}", "{}"},
    {"drop_field", NULL, NULL, NULL, "{\"pan\":4111111111111111,\"b\":1}", "{\"b\":1}"},
    {"drop_field", NULL, NULL, NULL, "{\"a\":1, \"pan\" : \" 4111111111111111 \" , \"b\":1}",
     "{\"a\":1 , \"b\":1}"},
    {"drop_field", "drop_field", NULL, NULL,
     "{\"pan\":\"4111111111111111\",\"cvv\":\"123\",\"b\":1}", "{\"b\":1}"},
    {"drop_field", "drop_field", NULL, NULL,
     "{\"b\":1,\"pan\":\"4111111111111111\",\"cvv\":\"123\"}", "{\"b\":1}"},
    {"drop_field", "drop_field", NULL, NULL, "{\"pan\":4111111111111111,\"cvv\":\"123\"}", "{}"},
    {"drop_field", NULL, NULL, NULL, "{\"a\\\"\\\\\":\"4111111111111111\",\"b\":2}", "{\"b\":2}"},
    {"drop_field", NULL, NULL, NULL, "{\"a\":{\"pan\":\"4111111111111111\"},\"b\":2}",
     "{\"a\":{},\"b\":2}"},
    {"drop_field", NULL, NULL, NULL, "{\"4111111111111111\":\"5555555555554444\",\"b\":2}",
     "{\"b\":2}"},
    {"drop_field", NULL, NULL, NULL, "{\"m\":\"{\\\"pan\\\":\\\"4111111111111111\\\"}\"}",
     "{\"m\":\"{}\"}"},
    /* what is more than the number stays, as do elements of arrays */
    {"drop_field", NULL, NULL, NULL, "{\"m\":\"card 4111111111111111\"}",
     "{\"m\":\"card [DROPPED pan]\"}"},
    {"drop_field", NULL, NULL, NULL, "[{\"a\":1},4111111111111111]",
     "[{\"a\":1},\"[DROPPED pan]\"]"},
    {"drop_field", NULL, NULL, NULL, "pan=4111111111111111 x", "pan=[DROPPED pan] x"},
    {"drop_record", NULL, NULL, NULL, "a\nb 4111111111111111 c\nd", "a\n[DROPPED pan]\nd"},
    {NULL, "drop_record", NULL, NULL, "pan 4111111111111111 cvv=123", "[DROPPED cvv]"},
    {"drop_record", "drop_record", NULL, NULL, "cvv=123 4111111111111111", "[DROPPED cvv]"},
    {"quarantine", NULL, NULL, NULL, "b 4111111111111111 c", "b ************1111 c"},
    {"shadow", NULL, NULL, NULL, "b 4111111111111111 cvv=123",
     "b 4111111111111111 cvv=[REDACTED_CVV]"},
    /* what others have masked */
    {NULL, NULL, NULL, "normalise", "a XXXX-XXXX-XXXX-1234 b", "a ************1234 b"},
    {NULL, NULL, NULL, "normalise", "a 411111XXXXXX1111", "a ************1111"},
    {NULL, NULL, "first6_last4", "normalise", "a 4111 11xx xxxx 1111", "a 411111******1111"},
    {NULL, NULL, "first8_last4", "normalise", "a 411111XXXXXX1111", "a ************1111"},
    {NULL, NULL, NULL, "normalise",
     "a \xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2 "
     "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2 "
     "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2 "
     "1234",
     "a ************1234"},
    {NULL, NULL, NULL, "normalise", "a ************1234", "a ************1234"},
    {NULL, NULL, NULL, "normalise", "xxx-1234 a ####1234 XXXXXXXXXXXXX12345 aXXXXXXXXXXXX1234",
     "xxx-1234 a ####1234 XXXXXXXXXXXXX12345 aXXXXXXXXXXXX1234"},
    {NULL, NULL, NULL, "normalise", "________1234 a****1234", "________1234 a****1234"},
    {NULL, NULL, NULL, NULL, "a XXXX-XXXX-XXXX-1234 b", "a XXXX-XXXX-XXXX-1234 b"},
};

static void check(const struct replacing *replacing)
{
    struct blot_action actions[2];
    struct blot_options options = {
        .size = sizeof(options),
        .actions = actions,
        .keep = replacing->keep,
        .masked = replacing->masked,
        .token_key_id = "k1",
        .token_key = "0123456789abcdef",
        .token_key_size = 16,
        .i_accept_pan_in_clear = replacing->pan && strcmp(replacing->pan, "shadow") == 0,
    };
    if (replacing->pan)
        actions[options.action_count++] = (struct blot_action){"pan", replacing->pan};
    if (replacing->cvv)
        actions[options.action_count++] = (struct blot_action){"cvv", replacing->cvv};
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    const char *out;
    size_t size;
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    const char *texts[] = {replacing->text, replacing->redacted};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(blot_redact(scratch, texts[i], strlen(texts[i]), 0, &out, &size), 0);
        if (size != strlen(replacing->redacted) || memcmp(out, replacing->redacted, size) != 0)
            fail_msg("%s became %.*s, not %s", texts[i], (int)size, out, replacing->redacted);
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

static void test_what_actions_make(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(&cases[i]);
}

static size_t find(const struct blot_options *options, const char *text, uint32_t *ret_effects,
                   size_t *ret_shadows)
{
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    const struct blot_finding *findings;
    size_t count;
    assert_int_equal(blot_ruleset_new(options, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    assert_int_equal(blot_find(scratch, text, strlen(text), 0, &findings, &count), 0);
    *ret_effects = 0;
    for (size_t i = 0; i < count; i++)
        *ret_effects |= findings[i].effects;
    *ret_shadows = blot_shadow_findings(scratch, &findings);
    if (*ret_shadows > 0) {
        assert_int_equal(findings[0].replacement_size, 0);
        assert_string_equal(blot_ruleset_rule_id(ruleset, findings[0].rule), "pan");
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
    return count;
}

static void test_effects_and_shadows(void **state)
{
    struct blot_action action = {"pan", "quarantine"};
    struct blot_options options = {.size = sizeof(options), .actions = &action, .action_count = 1};
    uint32_t effects;
    size_t shadows;
    assert_int_equal(find(&options, "4111111111111111 cvv=123", &effects, &shadows), 2);
    assert_int_equal(effects, BLOT_QUARANTINE);
    assert_int_equal(find(&options, "cvv=123", &effects, &shadows), 1);
    assert_int_equal(effects, 0);
    action.action = "drop_record";
    assert_int_equal(find(&options, "4111111111111111 cvv=123", &effects, &shadows), 1);
    assert_int_equal(effects, BLOT_DROP_RECORD);
    assert_int_equal(shadows, 0);
    action.action = "shadow";
    options.i_accept_pan_in_clear = 1;
    /* In two views, and one finding all the same. */
    assert_int_equal(find(&options, "4111111111111111 %31 cvv=123", &effects, &shadows), 1);
    assert_int_equal(effects, 0);
    assert_int_equal(shadows, 1);
    /* {"pan":"4111111111111111"} */
    assert_int_equal(find(&options, "b=eyJwYW4iOiI0MTExMTExMTExMTExMTExIn0=", &effects, &shadows),
                     0);
    assert_int_equal(shadows, 1);
    action.action = "drop_record";
    assert_int_equal(find(&options, "b=eyJwYW4iOiI0MTExMTExMTExMTExMTExIn0=", &effects, &shadows),
                     1);
    assert_int_equal(effects, BLOT_DROP_RECORD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_actions_make),
        cmocka_unit_test(test_effects_and_shadows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
