#include "agent/parse.h"
#include "test/unit/harness.h"

#include <string.h>

struct level_case {
    const char *text;
    size_t behind; /* where the stamp ended */
    enum level level;
};

static const struct level_case words[] = {
    {"INFO", 0, LEVEL_INFO},       {"info", 0, LEVEL_INFO},        {"Warning", 0, LEVEL_WARN},
    {"ERR", 0, LEVEL_ERROR},       {"SEVERE", 0, LEVEL_ERROR},     {"fatal", 0, LEVEL_CRITICAL},
    {"emerg", 0, LEVEL_EMERGENCY}, {"Information", 0, LEVEL_INFO}, {"30", 0, LEVEL_INFO},
    {"60", 0, LEVEL_CRITICAL},     {"10", 0, LEVEL_TRACE},         {"0", 0, LEVEL_EMERGENCY},
    {"3", 0, LEVEL_ERROR},         {"7", 0, LEVEL_DEBUG},          {"8", 0, LEVEL_NONE},
    {"70", 0, LEVEL_NONE},         {"300", 0, LEVEL_NONE},         {"information!", 0, LEVEL_NONE},
    {"", 0, LEVEL_NONE},           {"in", 0, LEVEL_NONE},          {"INFOS", 0, LEVEL_NONE},
    {"notice", 0, LEVEL_NOTICE},   {"ALERT", 0, LEVEL_ALERT},      {"trace", 0, LEVEL_TRACE},
};

static const struct level_case lines[] = {
    {"2024-01-02 03:04:05,678 INFO  c.f.Bar - error handler set", 23, LEVEL_INFO},
    {"2024-01-02 03:04:05,678 [main] WARN  c.f.Bar - x", 23, LEVEL_WARN},
    {"2024-01-02 03:04:05 [error] 31#31: *1 open() failed", 19, LEVEL_ERROR},
    {"2024-01-02T03:04:05Z\tinfo\tstarted", 20, LEVEL_INFO},
    {"2024-01-02T03:04:05Z warning: low", 20, LEVEL_WARN},
    {"I0102 03:04:05.678901   12345 file.go:12] x", 21, LEVEL_INFO},
    {"E0102 03:04:05.678901   12345 file.go:12] x", 21, LEVEL_ERROR},
    {"12:34:56.789 [main] DEBUG a.b - x", 0, LEVEL_DEBUG},
    {"ERROR:root:msg", 0, LEVEL_ERROR},
    {"<info>  [1704164645.1] device", 0, LEVEL_INFO},
    {"time=\"2024-01-02T03:04:05Z\" level=warning msg=\"an error\"", 26, LEVEL_WARN},
    {"ts=2024-01-02T03:04:05Z caller=very/long/path/to/some/file.go:123 component=x level=info", 23,
     LEVEL_INFO},
    {"a=1 severity=\"ERROR\"", 0, LEVEL_ERROR},
    {"[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init()", 26, LEVEL_NOTICE},
    {"[10/Oct/2020:13:55:36 -0700] [core:error] x", 28, LEVEL_ERROR},
    /* prose and names are no levels */
    {"the connection had an error and some info", 0, LEVEL_NONE},
    {"error while loading shared libraries", 0, LEVEL_NONE},
    {"2024-01-02T03:04:05Z no error here", 20, LEVEL_NONE},
    {"2024-01-02T03:04:05Z ERROR_CODE=5", 20, LEVEL_NONE},
    {"2024-01-02T03:04:05Z GET /INFO/x", 20, LEVEL_NONE},
    {"2024-01-02T03:04:05Z x-ERROR y", 20, LEVEL_NONE},
    {"2024-01-02T03:04:05Z ERROR=5", 20, LEVEL_NONE},
    {"2024-01-02T03:04:05Z "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ERROR",
     20, LEVEL_NONE},
    {"highlevel=info", 0, LEVEL_NONE},
    {"", 0, LEVEL_NONE},
};

static void knows_words_and_numbers(void **state)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        enum level level = level_parse(words[i].text, strlen(words[i].text));
        if (level != words[i].level)
            fail_msg("%s: %d", words[i].text, level);
    }
}

static void finds_it_in_lines(void **state)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        enum level level = level_find(lines[i].text, strlen(lines[i].text), lines[i].behind);
        if (level != lines[i].level)
            fail_msg("%s: %d", lines[i].text, level);
    }
}

static void names_all_but_none(void **state)
{
    assert_null(level_name(LEVEL_NONE));
    for (int level = LEVEL_TRACE; level <= LEVEL_EMERGENCY; level++) {
        const char *name = level_name((enum level)level);
        assert_non_null(name);
        assert_int_equal(level_parse(name, strlen(name)), level);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_words_and_numbers),
        cmocka_unit_test(finds_it_in_lines),
        cmocka_unit_test(names_all_but_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
