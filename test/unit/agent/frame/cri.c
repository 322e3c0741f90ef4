#include "test/unit/agent/frame/framing.h"

#define AT "2024-01-02T03:04:05.678901234Z "

static const struct framing_case cases[] = {
    {"whole",
     0,
     {{AT "stdout F a b\n" AT "stderr F c\n", 0, 0}},
     "0+44 1|a b\n44+42 2|c\ncheckpoint 86\n",
     0,
     0,
     0},
    {"empty texts, with and without the blank",
     0,
     {{AT "stdout F \n" AT "stdout F\n", 0, 0}},
     "0+41 1|\n41+40 1|\ncheckpoint 81\n",
     0,
     0,
     0},
    {"streams are joined apart",
     0,
     {{AT "stdout P auth pan=41111111\n" AT "stderr F retry 1\n" AT "stdout F 11111111 cvv=123\n",
       0, 0}},
     "58+48 overlaps 2|retry 1\n0+115 1|auth pan=4111111111111111 cvv=123\ncheckpoint 163\n",
     0,
     0,
     0},
    {"over two batches; the checkpoint waits for the join",
     0,
     {{AT "stdout F x\n" AT "stdout P ab\n", 0, 0},
      {AT "stdout P cd\n", 0, 0},
      {AT "stdout F ef\n", 0, 0}},
     "0+42 1|x\ncheckpoint 42\ncheckpoint 42\n42+129 1|abcdef\ncheckpoint 171\n",
     0,
     0,
     0},
    {"an end that never came",
     0,
     {{AT "stdout P ab\n", 0, 0}, {AT "stderr F x\n", BATCH_FINAL, 0}},
     "checkpoint 0\n43+42 overlaps 2|x\n0+43 cut 1|ab\ncheckpoint 85\n",
     0,
     0,
     1},
    {"a join is bounded",
     5,
     {{AT "stdout P abc\n" AT "stdout P def\n" AT "stdout F ghi\n" AT "stdout F x\n", 0, 0}},
     "0+132 cut 1|abcde\n132+42 1|x\ncheckpoint 174\n",
     1,
     4,
     0},
    {"bounded by its last piece",
     5,
     {{AT "stdout P abc\n" AT "stdout F def\n", 0, 0}},
     "0+88 cut 1|abcde\ncheckpoint 88\n",
     1,
     1,
     0},
    {"a piece that the input cut",
     0,
     {{AT "stdout P abc", BATCH_CUT_END, 9}, {AT "stdout F def\n", 0, 0}},
     "checkpoint 0\n0+96 cut 1|abc\ncheckpoint 96\n",
     1,
     3,
     0},
    {"nothing is taken behind a piece that was cut",
     0,
     {{AT "stdout P abc", BATCH_CUT_END, 9}, {AT "stdout P def\n" AT "stdout F ghi\n", 0, 0}},
     "checkpoint 0\n0+140 cut 1|abc\ncheckpoint 140\n",
     1,
     6,
     0},
    {"a whole line that the input cut",
     0,
     {{AT "stdout F abc", BATCH_CUT_END, 9}},
     "0+52 cut 1|abc\ncheckpoint 52\n",
     1,
     0,
     0},
    {"what is no CRI line passes",
     0,
     {{AT "stdout F a\nTraceback\n" AT "stdin F a\n" AT "stdout X a\n", 0, 0}},
     "0+42 1|a\n42+10 0|Traceback\n52+41 0|" AT "stdin F a\n93+42 0|" AT
     "stdout X a\ncheckpoint 135\n",
     0,
     0,
     0},
    {"further tags",
     0,
     {{AT "stdout P:x a\n" AT "stdout F:y b\n", 0, 0}},
     "0+88 1|ab\ncheckpoint 88\n",
     0,
     0,
     0},
    {"a zone, a carriage return",
     0,
     {{"2024-01-02T03:04:05.6+02:00 stdout F a\r\n", 0, 0}},
     "0+40 1|a\ncheckpoint 40\n",
     0,
     0,
     0},
    {"no newline at the end",
     0,
     {{AT "stdout F ab", BATCH_FINAL, 0}},
     "0+42 1|ab\ncheckpoint 42\n",
     0,
     0,
     0},
};

static void joins_by_stream(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        framing_check("cri", &cases[i]);
}

static void auto_decides_by_the_first_line(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        framing_check("auto", &cases[i]);
    const struct framing_case plain = {"the first line is plain",
                                       0,
                                       {{"\n", 0, 0}, {"\na\n" AT "stdout F a\n", 0, 0}},
                                       "0+1 0|\ncheckpoint 1\n1+1 0|\n2+2 0|a\n4+42 0|" AT
                                       "stdout F a\ncheckpoint 46\n",
                                       0,
                                       0,
                                       0};
    framing_check("auto", &plain);
}

static void reads_the_stamp(void **state)
{
    struct arena_pool *pools[2];
    char text[] = AT "stdout F a\nfar\n";
    assert_int_equal(arena_pool_new(ARENA_RAW, 65536, 1 << 24, &pools[0]), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, 65536, 1 << 24, &pools[1]), 0);
    struct batch batch = {.block = text,
                          .block_size = sizeof(text) - 1,
                          .read_time_ns = INT64_C(1800000000000000000)};
    arena_init(&batch.raw, pools[0]);
    arena_init(&batch.clean, pools[1]);
    struct framer *framer;
    assert_int_equal(framer_new("cri", 10, &framer), 0);
    assert_int_equal(framer_run(framer, &batch), 0);
    assert_int_equal(batch.record_count, 2);
    assert_int_equal(batch.records[0].frame_time_ns, INT64_C(1704164645678901234));
    assert_true(batch.records[1].frame_time_ns == INT64_MIN);
    framer_free(framer);
    arena_reset(&batch.raw);
    arena_reset(&batch.clean);
    arena_pool_free(pools[0]);
    arena_pool_free(pools[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_by_stream),
        cmocka_unit_test(auto_decides_by_the_first_line),
        cmocka_unit_test(reads_the_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
