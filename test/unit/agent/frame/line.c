#include "test/unit/agent/frame/framing.h"

static const struct framing_case cases[] = {
    {"lines", 0, {{"a\nbc\n", 0, 0}}, "0+2 0|a\n2+3 0|bc\ncheckpoint 5\n", 0, 0, 0},
    {"an empty line is a record", 0, {{"\na\n", 0, 0}}, "0+1 0|\n1+2 0|a\ncheckpoint 3\n", 0, 0, 0},
    {"one carriage return goes",
     0,
     {{"a\r\nb\r\r\n\r\n", 0, 0}},
     "0+3 0|a\n3+4 0|b\r\n7+2 0|\ncheckpoint 9\n",
     0,
     0,
     0},
    {"no newline at the end",
     0,
     {{"a\nb", BATCH_FINAL, 0}},
     "0+2 0|a\n2+1 0|b\ncheckpoint 3\n",
     0,
     0,
     0},
    {"nothing at the end",
     0,
     {{"a\n", 0, 0}, {"", BATCH_FINAL, 0}},
     "0+2 0|a\ncheckpoint 2\ncheckpoint 2\n",
     0,
     0,
     0},
    {"cut by the input",
     0,
     {{"a\nbcd", BATCH_CUT_END, 7}, {"e\n", 0, 0}},
     "0+2 0|a\n2+10 cut 0|bcd\ncheckpoint 12\n12+2 0|e\ncheckpoint 14\n",
     1,
     0,
     0},
    {"longer than allowed",
     3,
     {{"abcd\nabc\nx\n", 0, 0}},
     "0+5 cut 0|abc\n5+4 0|abc\n9+2 0|x\ncheckpoint 11\n",
     1,
     1,
     0},
    {"a cut keeps its carriage return",
     3,
     {{"ab\rd\n", 0, 0}},
     "0+5 cut 0|ab\r\ncheckpoint 5\n",
     1,
     1,
     0},
    {"CRI is text here",
     0,
     {{"2024-01-02T03:04:05Z stdout F a\n", 0, 0}},
     "0+32 0|2024-01-02T03:04:05Z stdout F a\ncheckpoint 32\n",
     0,
     0,
     0},
};

static void frames_lines(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        framing_check("line", &cases[i]);
}

static void counts_many_lines(void **state)
{
    enum { LINES = 3000 };
    char *text = calloc(1, 2 * LINES + 1);
    for (size_t i = 0; i < 2 * LINES; i++)
        text[i] = i % 3 == 1 ? 'x' : '\n';
    struct arena_pool *pools[2];
    assert_int_equal(arena_pool_new(ARENA_RAW, 65536, 1 << 24, &pools[0]), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, 65536, 1 << 24, &pools[1]), 0);
    struct batch batch = {.block = text, .block_size = 2 * LINES, .end_offset = 2 * LINES};
    arena_init(&batch.raw, pools[0]);
    arena_init(&batch.clean, pools[1]);
    struct framer *framer;
    assert_int_equal(framer_new("line", 10, &framer), 0);
    assert_int_equal(framer_run(framer, &batch), 0);
    assert_int_equal(batch.record_count, 2 * LINES * 2 / 3);
    framer_free(framer);
    arena_reset(&batch.clean);
    arena_pool_free(pools[0]);
    arena_pool_free(pools[1]);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_lines),
        cmocka_unit_test(counts_many_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
