#include "test/unit/agent/frame/framing.h"

#define AT  "\"time\":\"2024-01-02T03:04:05.678901234Z\"}\n" /* 41 bytes */
#define OUT "\"stream\":\"stdout\","                         /* 18 bytes */
#define ERR "\"stream\":\"stderr\","

static const struct framing_case cases[] = {
    {"whole, unescaped",
     0,
     {{"{\"log\":\"a \\\"b\\\"\\t\\u00e4\\n\"," OUT AT, 0, 0}},
     "0+86 1|a \"b\"\t\xc3\xa4\ncheckpoint 86\n",
     0,
     0,
     0},
    {"in another order, with attributes",
     0,
     {{"{ " ERR " \"attrs\":{\"a\":[1]}, \"log\":\"x\\n\", " AT, 0, 0}},
     "0+94 2|x\ncheckpoint 94\n",
     0,
     0,
     0},
    {"pieces",
     0,
     {{"{\"log\":\"ab\"," OUT AT "{\"log\":\"e\\n\"," ERR AT, 0, 0},
      {"{\"log\":\"cd\\r\\n\"," OUT AT, 0, 0}},
     "71+72 overlaps 2|e\ncheckpoint 0\n0+146 1|abcd\ncheckpoint 218\n",
     0,
     0,
     0},
    {"what is not Docker's passes",
     0,
     {{"{\"log\":\"a\\n\"," OUT AT
       "{\"log\":\"a\nplain\n{\"log\":\"a\",\"level\":1}\n{\"log\":1," OUT AT,
       0, 0}},
     "0+72 1|a\n72+10 0|{\"log\":\"a\n82+6 0|plain\n88+22 0|{\"log\":\"a\",\"level\":1}\n"
     "110+68 0|{\"log\":1," OUT AT "checkpoint 178\n",
     0,
     0,
     0},
    {"a log twice is not Docker's",
     0,
     {{"{\"log\":\"a\\n\"," OUT "\"log\":\"b\\n\"," AT, 0, 0}},
     "0+84 0|{\"log\":\"a\\n\"," OUT "\"log\":\"b\\n\"," AT "checkpoint 84\n",
     0,
     0,
     0},
    {"surrogates",
     0,
     {{"{\"log\":\"\\ud83d\\ude00\\ud83d\\n\"," OUT AT, 0, 0}},
     "0+89 1|\xf0\x9f\x98\x80\xef\xbf\xbd\ncheckpoint 89\n",
     0,
     0,
     0},
    {"no place within a join is one to begin again at",
     0,
     {{"{\"log\":\"ab\"," OUT AT "{\"log\":\"e\"," ERR AT "{\"log\":\"cd\\n\"," OUT AT, 0, 0},
      {"{\"log\":\"f\\n\"," ERR AT "{\"log\":\"g\\n\"," OUT AT, 0, 0}},
     "0+144 1|abcd\ncheckpoint 0\n71+142 overlaps 2|ef\n286+72 1|g\ncheckpoint 358\n",
     0,
     0,
     0},
    {"nor is a record between its pieces",
     0,
     {{"{\"log\":\"ab\"," OUT AT "{\"log\":\"e\\n\"," ERR AT, 0, 0}},
     "71+72 overlaps 2|e\ncheckpoint 0\n",
     0,
     0,
     0},
    {"a join that goes on later is shown and read again",
     0,
     {{"{\"log\":\"x\\n\"," OUT AT "{\"log\":\"ab\"," OUT AT, BATCH_FINAL | BATCH_SUSPENDED, 0}},
     "0+72 1|x\n72+71 cut 1|ab\ncheckpoint 72\n",
     0,
     0,
     1},
    {"an end that never came",
     0,
     {{"{\"log\":\"ab\"," OUT AT, BATCH_FINAL, 0}},
     "0+71 cut 1|ab\ncheckpoint 71\n",
     0,
     0,
     1},
};

static void unwraps(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        framing_check("docker", &cases[i]);
        framing_check("auto", &cases[i]);
    }
}

/* What a filter is told of a line is what the framer makes of it. */
static void locates_the_text(void **state)
{
    static const struct {
        const char *log;
        bool is_partial;
    } logs[] = {
        {"", true},       {"n", true},          {"\\n", false},     {"a\\n", false},
        {"a\\\\n", true}, {"a\\\\\\n", false},  {"\\u000a", false}, {"\\u000A", false},
        {"u000a", true},  {"a\\\\u000a", true}, {"\\n ", true},
    };
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        char line[128];
        struct frame_piece piece;
        int size = snprintf(line, sizeof(line), "{\"log\":\"%s\",%s%.40s", logs[i].log, ERR, AT);
        assert_true(frame_find("docker")->locate(line, (size_t)size, &piece));
        assert_int_equal(piece.offset, 8);
        assert_int_equal(piece.size, strlen(logs[i].log));
        assert_int_equal(piece.stream, 2);
        assert_true(piece.is_escaped);
        if (piece.is_partial != logs[i].is_partial)
            fail_msg("%s: %d", logs[i].log, piece.is_partial);
    }
    struct frame_piece piece;
    assert_false(frame_find("docker")->locate("{\"log\":1}", 9, &piece));
    assert_null(frame_find("line")->locate);
    assert_null(frame_find("auto"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unwraps),
        cmocka_unit_test(locates_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
