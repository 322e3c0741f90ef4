#include "agent/nearest.h"

#include "test/unit/harness.h"

#include <string.h>

static void distances(void **state)
{
    static const struct {
        const char *left;
        const char *right;
        unsigned limit;
        unsigned distance;
    } cases[] = {
        {"", "", 3, 0},        {"abc", "abc", 3, 0}, {"abc", "abd", 3, 1},
        {"abc", "acb", 3, 1},  {"abc", "ab", 3, 1},  {"ab", "abc", 3, 1},
        {"abc", "xyz", 3, 3},  {"abc", "xyz", 2, 3}, {"kitten", "sitting", 5, 3},
        {"a", "abcdef", 2, 3}, {"ca", "abc", 5, 3},  {"", "abc", 5, 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsigned there = nearest_distance(cases[i].left, cases[i].right, cases[i].limit);
        unsigned back = nearest_distance(cases[i].right, cases[i].left, cases[i].limit);
        if (there != cases[i].distance || back != there)
            fail_msg("%s %s: %u and %u", cases[i].left, cases[i].right, there, back);
    }
    char longest[NEAREST_NAME_BYTES];
    char longer[NEAREST_NAME_BYTES + 1];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(nearest_distance(longest, longest, 3), 0);
    assert_int_equal(nearest_distance(longer, longest, 3), 4);
}

static void the_nearest_is_kept(void **state)
{
    static const struct {
        const char *name;
        const char *best;
    } cases[] = {
        {"memroy", "memory"},       {"tipe", "type"}, {"paths", "path"}, {"buffers", "buffer"},
        {"bufer", "buffer"},        {"zzz", ""},      {"x", ""},         {"outptus", "outputs"},
        {"state-dir", "state_dir"}, {"", ""},
    };
    static const char *const known[] = {"memory", "type", "path", "buffer", "outputs", "state_dir"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct nearest nearest = {.name = cases[i].name};
        for (size_t j = 0; j < sizeof(known) / sizeof(*known); j++)
            nearest_offer(&nearest, known[j]);
        assert_string_equal(nearest.best, cases[i].best);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(the_nearest_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
