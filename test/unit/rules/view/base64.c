#include "rules/view/base64.h"

#include "test/unit/rules/redacting.h"

#include <stdlib.h>

static struct view view_of(const char *text)
{
    return (struct view){.symbols = (const uint8_t *)text, .size = (uint32_t)strlen(text)};
}

static unsigned runs_of(const struct view *view, struct base64_run *ret_runs)
{
    uint32_t begin, end;
    assert_true(base64_stretch(view, 0, &begin, &end));
    return base64_runs(view, begin, end, ret_runs);
}

static void test_runs(void **state)
{
    static const struct {
        const char *text;
        unsigned count;
        uint32_t begin, end, padded_end;
    } cases[] = {
        {"eyJwYW4iOjF9", 1, 0, 12, 12},
        {"eyJwYW4iOjEyfQ==", 1, 0, 14, 16},
        {"eyJwYW4iOjEyfQ=", 1, 0, 14, 14},
        {"/PHNvYXA6RW52ZWxv", 1, 1, 17, 17},
        {"aeyJwYW4iOjF9", 0, 0, 0, 0},
        {"eyJwYW4iOjF", 0, 0, 0, 0},
        {"eyJwYW4iOjF9-W3siYSI6MX1d", 2, 0, 25, 25},
        {"eyJwYW4iOjF/eyJwYW4iOjF9", 1, 0, 24, 24},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct base64_run runs[BASE64_RUNS_MAX];
        struct view view = view_of(cases[i].text);
        unsigned count = runs_of(&view, runs);
        assert_int_equal(count, cases[i].count);
        if (count == 0)
            continue;
        assert_int_equal(runs[0].begin, cases[i].begin);
        assert_int_equal(runs[0].end, cases[i].end);
        assert_int_equal(runs[0].padded_end, cases[i].padded_end);
    }
}

/* What was decoded is encoded as it was written. */
static void test_both_ways(void **state)
{
    static const char *const texts[] = {
        "eyJwYW4iOjF9",     "eyJwYW4iOjEyfQ==", "eyJwYW4iOjEyfQ",
        "eyJwYW4iOjEyM30=", "eyJ-_-_-_-_-",     "eyJ+/+/+/+/+",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct base64_run runs[BASE64_RUNS_MAX];
        struct view view = view_of(texts[i]);
        uint8_t text[32], encoded[32];
        assert_int_equal(runs_of(&view, runs), 1);
        size_t size = base64_decoded_size(&runs[0]);
        base64_decode(&view, &runs[0], text);
        assert_int_equal(base64_encode(&view, &runs[0], text, size, encoded), strlen(texts[i]));
        assert_memory_equal(encoded, texts[i], strlen(texts[i]));
    }
}

static void test_texts(void **state)
{
    static const struct redacting cases[] = {
        {"body=eyJwYW4iOiI1NTU1NTU1NTU1NTU0NDQ0IiwiY3ZjIjoiNzM3In0=",
         "body=eyJwYW4iOiIqKioqKioqKioqKio0NDQ0IiwiY3ZjIjoiW1JFREFDVEVEX0NWVl0ifQ=="},
        /* A JWT has no padding. */
        {"a.eyJwYW4iOiI0MTExMTExMTExMTExMTExIiwiYSI6MTIzfQ.b",
         "a.eyJwYW4iOiIqKioqKioqKioqKioxMTExIiwiYSI6MTIzfQ.b"},
        /* A number becomes a string in there too. */
        {"x eyJwYW4iOjQxMTExMTExMTExMTExMTF9 y", "x eyJwYW4iOiIqKioqKioqKioqKioxMTExIn0= y"},
        {"p=eyJwYW4iOjQxMTExMTExMTExMTExMTF9%3D", "p=eyJwYW4iOiIqKioqKioqKioqKioxMTExIn0=%3D"},
        {"eyJhIjoiYiJ9 eyJhIjoiYiJ9", NULL},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_levels(void **state)
{
    static const struct redacting cases[] = {
        /* Three texts in one another, and four. */
        {"eyJhIjoiZXlKaElqb2laWGxLYUVscWIybE9SRVY0VFZSRmVFMVVSWGhOVkVWNFRWUkZlRTFUU2praWZRPT0ifQ==",
         "eyJhIjoiZXlKaElqb2laWGxLYUVscWIybExhVzl4UzJsdmNVdHBiM0ZMYVc5eFRWUkZlRTFUU2praWZRPT0ifQ="
         "="},
        {"eyJhIjoiZXlKaElqb2laWGxLYUVscWIybGFXR3hMWVVWc2NXSXliRTlTUlZZMFZGWlNSbVZGTVZWU1dHaE9Wa1ZXT"
         "k"
         "ZSV1VrWmxSVEZVVTJwcmFXWlJQVDBpZlE9PSJ9",
         "eyJhIjoiZXlKaElqb2laWGxLYUVscWIybFhNV1JLVmtWb1NWSlZlRVZKUjFKc1kwaFNiMWhUU2praWZRPT0ifQ="
         "="},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

/* The rest of a run that was cut in two cannot be decoded. */
static void test_cut(void **state)
{
    static const struct redacting cases[] = {
        {"MTExMTExMTExMTExMTExIiwiYSI6MTIzfQ== b", "[WITHHELD length] b"},
        {"mtexmtexmtexmtexmtexmtex b", NULL},
        {"MTExMTExMTExMTExMTExIiw b", NULL},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), BLOT_CUT_START);
}

/* Many runs, in one stretch and in many, take no longer than their bytes. */
static void test_many(void **state)
{
    enum { COUNT = 100000 };
    static const char *const parts[] = {"eyJ", "-eyJ", "-eyJ--PHNv---PD94", "eyJhIjoiYiJ9 "};
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    assert_int_equal(blot_ruleset_new(NULL, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t length = strlen(parts[i]), size = COUNT * length, out_size;
        char *text = malloc(size);
        const char *out;
        assert_non_null(text);
        for (size_t n = 0; n < COUNT; n++)
            memcpy(text + n * length, parts[i], length);
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
        cmocka_unit_test(test_runs),  cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_texts), cmocka_unit_test(test_levels),
        cmocka_unit_test(test_cut),   cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
