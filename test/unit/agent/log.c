#include "agent/log.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int pipe_fds[2];
static int64_t clock_ns;
static char got[65536];

static int64_t now_ns(void)
{
    return clock_ns;
}

static int set_up(void **state)
{
    assert_int_equal(pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC), 0);
    clock_ns = INT64_C(1700000000123000000);
    log_redirect(pipe_fds[1], now_ns);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    log_set_redactor(NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    log_redirect(-1, NULL);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return 0;
}

/* What was written since the last call. */
static const char *written(void)
{
    size_t size = 0;
    ssize_t n;
    while ((n = read(pipe_fds[0], got + size, sizeof(got) - 1 - size)) > 0)
        size += (size_t)n;
    got[size] = '\0';
    return got;
}

#define START "{\"@timestamp\":\"2023-11-14T22:13:20.123Z\",\"log.level\":"

static void a_line_is_one_json_object(void **state)
{
    log_info("it runs");
    assert_string_equal(written(), START "\"info\",\"message\":\"it runs\"}\n");
    log_error("all kinds", log_id("input", "app"), log_integer("a", INT64_MIN),
              log_unsigned("b", UINT64_MAX), log_duration("c", 1500000), log_time("d", 0),
              log_errno(-ENOSPC), log_errno(100000));
    assert_string_equal(
        written(),
        START "\"error\",\"message\":\"all kinds\",\"input\":\"app\",\"a\":-9223372036854775808,"
              "\"b\":18446744073709551615,\"c\":\"1.500ms\",\"d\":\"1970-01-01T00:00:00.000Z\","
              "\"error\":\"ENOSPC: No space left on device\",\"error\":\"errno 100000\"}\n");
}

static void levels_above_the_set_one_are_left_out(void **state)
{
    log_debug("unseen");
    assert_string_equal(written(), "");
    log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    log_warn("unseen");
    log_error("seen");
    assert_string_equal(written(), "2023-11-14T22:13:20.123Z error seen\n");
    log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
    log_debug("seen too", log_id("a", "b"), log_integer("n", 1));
    assert_string_equal(written(), "2023-11-14T22:13:20.123Z debug seen too a=\"b\" n=1\n");
}

static int64_t star(const char *text, size_t length_bytes, bool is_cut, char *ret_clean,
                    size_t capacity_bytes, void *data)
{
    assert_true(length_bytes <= capacity_bytes);
    assert_string_equal(data, "data");
    for (size_t i = 0; i < length_bytes; i++)
        ret_clean[i] = text[i] >= '0' && text[i] <= '9' ? '*' : text[i];
    return (int64_t)length_bytes;
}

static int64_t refuse(const char *text, size_t length_bytes, bool is_cut, char *ret_clean,
                      size_t capacity_bytes, void *data)
{
    return -ENOMEM;
}

static void text_from_outside_is_redacted_or_withheld(void **state)
{
    log_warn("a", log_text("path", "card 4111", 9));
    assert_non_null(strstr(written(), "\"path\":\"[WITHHELD]\"}"));
    assert_null(strstr(got, "4111"));
    log_set_redactor(star, (char[]){"data"});
    log_warn("a", log_text("path", "card 4111\n\"\xff", 12));
    assert_non_null(strstr(written(), "\"path\":\"card ****\\u000a\\\"\\ufffd\"}"));
    log_set_redactor(refuse, NULL);
    log_warn("a", log_text("path", "card 4111", 9));
    assert_non_null(strstr(written(), "\"path\":\"[WITHHELD]\"}"));
    assert_null(strstr(got, "4111"));
}

static char sunk[256];

static void sink(enum log_level level, const char *line)
{
    snprintf(sunk, sizeof(sunk), "%d %s", (int)level, line);
}

static void a_host_may_take_the_lines(void **state)
{
    log_set_sink(sink);
    log_warn("trouble", log_id("output", "kafka"), log_text("text", "4111", 4));
    assert_string_equal(sunk, "1 trouble output=\"kafka\" text=\"[WITHHELD]\"");
    log_debug("unseen");
    assert_non_null(strstr(sunk, "trouble"));
    assert_string_equal(written(), "");
    log_set_sink(NULL);
    log_error("own");
    assert_non_null(strstr(written(), "\"message\":\"own\"}\n"));
    assert_non_null(strstr(sunk, "trouble"));
}

static void repeats_are_cut_and_counted(void **state)
{
    for (int i = 0; i < LOG_BURST + 5; i++)
        log_warn("again", log_integer("i", i));
    size_t lines = 0;
    for (const char *at = written(); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, LOG_BURST);
    log_warn("another");
    assert_non_null(strstr(written(), "another\"}\n"));

    clock_ns += LOG_INTERVAL_NS - 1;
    log_warn("again");
    assert_string_equal(written(), "");
    clock_ns += 1;
    log_warn("again");
    assert_non_null(strstr(written(), "\"again\",\"suppressed\":6}\n"));
    log_warn("again");
    assert_non_null(strstr(written(), "\"again\"}\n"));
}

static void a_field_that_does_not_fit_is_left_out_whole(void **state)
{
    static char huge[LOG_LINE_BYTES + 1];
    memset(huge, 'x', sizeof(huge) - 1);
    log_warn("big", log_integer("a", 1), log_id("b", huge), log_integer("c", 2));
    assert_string_equal(written(), START "\"warn\",\"message\":\"big\",\"a\":1,\"c\":2,"
                                         "\"truncated\":true}\n");
    /* At every size near the limit the line ends as it must. */
    for (size_t length = LOG_LINE_BYTES - 200; length < LOG_LINE_BYTES; length++) {
        clock_ns += LOG_INTERVAL_NS;
        huge[length] = '\0';
        log_warn("big", log_id("b", huge));
        huge[length] = 'x';
        size_t size = strlen(written());
        assert_true(size > 0 && size <= LOG_LINE_BYTES);
        assert_string_equal(got + size - 2, "}\n");
    }
}

static void a_full_pipe_drops_and_counts(void **state)
{
    char block[4096];
    memset(block, '-', sizeof(block));
    while (write(pipe_fds[1], block, sizeof(block)) > 0)
        ;
    log_warn("lost");
    log_warn("lost");
    while (read(pipe_fds[0], got, sizeof(got)) > 0)
        ;
    log_warn("kept");
    assert_string_equal(written(), START "\"warn\",\"message\":\"kept\",\"dropped\":2}\n");
    log_warn("kept");
    assert_string_equal(written(), START "\"warn\",\"message\":\"kept\"}\n");
}

static void errno_survives(void **state)
{
    errno = EXDEV;
    log_redirect(1000, now_ns); /* no such descriptor */
    log_warn("x");
    assert_int_equal(errno, EXDEV);
}

static void *log_much(void *data)
{
    for (int i = 0; i < 200; i++) {
        log_warn("from a thread", log_text("t", "x", 1));
        log_set_redactor(i % 2 ? refuse : NULL, NULL);
    }
    return NULL;
}

/* For the thread sanitizer; and no line is torn. */
static void threads_may_log_at_once(void **state)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    int lines = 0;
    for (char *line = strtok((char *)written(), "\n"); line; line = strtok(NULL, "\n"), lines++)
        assert_string_equal(line, START "\"warn\",\"message\":\"from a thread\","
                                        "\"t\":\"[WITHHELD]\"}");
    assert_int_equal(lines, LOG_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_one_json_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(levels_above_the_set_one_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_from_outside_is_redacted_or_withheld, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_host_may_take_the_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(repeats_are_cut_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_field_that_does_not_fit_is_left_out_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_pipe_drops_and_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errno_survives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_may_log_at_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
