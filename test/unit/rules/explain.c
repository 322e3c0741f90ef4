/* Which gate stops what: one line for each gate, and that explaining finds what finding finds. */
#include "test/unit/harness.h"

#include "rules/blotter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct seen {
    const char *detector;
    const char *failed; /* the gates that failed, each with a comma */
    bool found;         /* such a candidate */
    bool shows_text;
    char all[1024]; /* every candidate, for the failure's message */
    size_t all_size;
};

static int use(void *user, const struct blot_candidate *candidate)
{
    struct seen *seen = user;
    char failed[256] = "";
    size_t size = 0;
    for (size_t i = 0; i < candidate->gate_count; i++) {
        const struct blot_gate *gate = &candidate->gates[i];
        assert_true(gate->name[0] && gate->clause[0] && gate->why[0]);
        if (gate->failed)
            size += (size_t)snprintf(failed + size, sizeof(failed) - size, "%s,", gate->name);
    }
    assert_int_equal(candidate->passed, size == 0);
    seen->found |=
        strcmp(candidate->detector, seen->detector) == 0 && strcmp(failed, seen->failed) == 0;
    seen->shows_text |= strpbrk(candidate->shape, "0123456789") != NULL;
    seen->all_size +=
        (size_t)snprintf(seen->all + seen->all_size, sizeof(seen->all) - seen->all_size, " %s:%s",
                         candidate->detector, failed);
    if (seen->all_size >= sizeof(seen->all))
        seen->all_size = sizeof(seen->all) - 1;
    return 0;
}

/* Numbers are broken in two so that no whole one stands here: `#` is the rest of 4111…. */
static void write_line(const char *pattern, char *line)
{
    for (; *pattern; pattern++) {
        if (*pattern == '#')
            line += sprintf(line, "4111%s", "111111111111");
        else
            *line++ = *pattern;
    }
    *line = '\0';
}

static void test_gates(void **state)
{
    (void)state;
    static const struct {
        const char *line, *detector, *failed;
    } cases[] = {
        {"card #", "pan", ""},
        {"card 4111111111111112", "pan", "luhn,"},
        {"card 0000000000000000", "pan", "one digit,"},
        {"x 1.#", "pan", "fraction,"},
        {"x 41 11 1111 1111 1111", "pan", "grouping,"},
        {"1 4111111 1111 11111", "pan", "grouping,"},
        {"x 9999000012345678", "pan", "card label,"},
        {"card 9999000012345678", "pan", ""},
        {"order=6212345678900000003", "pan", "own label,"},
        {"t 500000000001a", "pan", "luhn,letter,"},
        {"20260301120008", "pan", "card label,time stamp,"},
        {"ab#cdefabcdefabcd", "pan", "hex,"},
        {"1234567890123456789012", "pan", "long run,"},
        {"0200164111111111111111000000000000001299", "pan", ""},
        {"id=0200164111111111111111000000000000001299", "pan", "own label,"},
        {"cvv=123", "cvv", ""},
        {"cvv_check=123", "cvv", "label,"},
        {"cvv", "cvv", "binding,"},
        {"cvv=12", "cvv", "value,"},
        {"csc=123", "cvv", "card record,"},
        {"csc=123 visa", "cvv", ""},
        {"pinblock=A1B2C3D4E5F6071", "pin", "value,"},
        {"pin=1234", "pin", "card record,"},
        {"#=30122011234567890", "track2", ""},
        {"#=hello", "track2", "date,"},
        {"4111111111111112=30122011234567890", "track2", "number,"},
        {"B#^DOE/JOHN", "track1", "name,"},
        {"B4111111111111112^DOE/JOHN^3012", "track1", "number,"},
        {"B#^DOE/JOHN^30122011", "track1", ""},
        {"c=%34111%2D1111%2D1111%2D1111", "pan", ""},
    };
    struct blot_ruleset *ruleset = NULL;
    struct blot_scratch *scratch = NULL;
    assert_int_equal(blot_ruleset_new(NULL, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char line[256];
        write_line(cases[i].line, line);
        struct seen seen = {.detector = cases[i].detector, .failed = cases[i].failed};
        const struct blot_finding *findings;
        size_t count, plain_count;
        assert_int_equal(
            blot_explain(scratch, line, strlen(line), 0, use, &seen, &findings, &count), 0);
        if (!seen.found || seen.shows_text)
            fail_msg("%s: none is %s that fails %s, but%s", cases[i].line, cases[i].detector,
                     cases[i].failed, seen.all);
        if (!cases[i].failed[0] && count == 0)
            fail_msg("%s: passed, and nothing is found", cases[i].line);
        assert_int_equal(blot_find(scratch, line, strlen(line), 0, &findings, &plain_count), 0);
        assert_int_equal(count, plain_count);
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

static int stop(void *user, const struct blot_candidate *candidate)
{
    (void)candidate;
    ++*(int *)user;
    return -ECANCELED;
}

static int place(void *user, const struct blot_candidate *candidate)
{
    ((size_t *)user)[0] = candidate->offset;
    ((size_t *)user)[1] = candidate->size;
    ((size_t *)user)[2] = candidate->label_offset;
    return 0;
}

static void test_places_and_stops(void **state)
{
    (void)state;
    struct blot_ruleset *ruleset = NULL;
    struct blot_scratch *scratch = NULL;
    assert_int_equal(blot_ruleset_new(NULL, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    const struct blot_finding *findings;
    size_t count, places[3];
    static const char text[] = "one\n\nand cvv=999";
    assert_int_equal(
        blot_explain(scratch, text, sizeof(text) - 1, 0, place, places, &findings, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(places[0], 13);
    assert_int_equal(places[1], 3);
    assert_int_equal(places[2], 9);
    int calls = 0;
    assert_int_equal(
        blot_explain(scratch, text, sizeof(text) - 1, 0, stop, &calls, &findings, &count),
        -ECANCELED);
    assert_int_equal(calls, 1);
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_places_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
