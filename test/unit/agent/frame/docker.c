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
     "71+72 2|e\ncheckpoint 0\n0+146 1|abcd\ncheckpoint 218\n",
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(unwraps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
