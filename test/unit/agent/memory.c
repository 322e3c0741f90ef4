#include "agent/memory.h"

#include "agent/log.h"
#include "test/unit/harness.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void test_sees_what_is_taken(void **state)
{
    enum { TAKEN_BYTES = 32 * 1024 * 1024 };
    struct memory_usage before, after;
    memory_read(&before);
    assert_true(before.rss_bytes > 0);
    assert_true(before.pss_bytes > 0 && before.pss_bytes <= before.rss_bytes);
    char *taken =
        mmap(NULL, TAKEN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(taken, MAP_FAILED);
    memset(taken, 1, TAKEN_BYTES);
    memory_read(&after);
    int64_t held_bytes = memory_anonymous_bytes();
    munmap(taken, TAKEN_BYTES);
    assert_true(held_bytes >= TAKEN_BYTES && held_bytes < after.rss_bytes + TAKEN_BYTES);
    assert_true(memory_anonymous_bytes() < held_bytes);
    assert_int_equal(memory_cgroup_limit_bytes(), after.cgroup_limit_bytes);
    assert_true(after.anonymous_bytes >= before.anonymous_bytes + TAKEN_BYTES);
    assert_true(after.rss_bytes >= before.rss_bytes + TAKEN_BYTES / 2);
}

static void test_components_are_bounded(void **state)
{
    struct memory_usage usage;
    memory_read(&usage);
    for (unsigned i = 0; i < MEMORY_COMPONENTS_MAX + 3; i++)
        memory_add(&usage, "part", 10);
    assert_int_equal(usage.component_count, MEMORY_COMPONENTS_MAX);
    assert_string_equal(usage.components[MEMORY_COMPONENTS_MAX - 1].name, "other");
    assert_int_equal(usage.components[MEMORY_COMPONENTS_MAX - 1].bytes, 40);
}

/* What is not known is left out, rather than shown as a number. */
static void test_unknown_values_are_left_out(void **state)
{
    struct memory_usage usage;
    memory_read(&usage);
    usage.rss_bytes = 4096;
    usage.cgroup_limit_bytes = -1;
    static char text[16384];
    FILE *out = fmemopen(text, sizeof(text), "w");
    memory_print(&usage, out);
    fclose(out);
    assert_non_null(strstr(text, "blotter_memory_bytes{kind=\"rss\"} 4096\n"));
    assert_null(strstr(text, "kind=\"limit\"} -1"));
}

static void test_log_line_has_the_difference(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_redirect(ends[1], NULL);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    struct memory_usage before = {.rss_bytes = 100, .pss_bytes = -1};
    struct memory_usage usage = {.rss_bytes = 70, .pss_bytes = 5};
    memory_add(&before, "queues", 9);
    memory_add(&usage, "queues", 7);
    memory_add(&usage, "state", 1);
    memory_log("interval", &usage, &before);
    static char text[8192];
    ssize_t size = read(ends[0], text, sizeof(text) - 1);
    assert_true(size > 0);
    log_redirect(-1, NULL);
    close(ends[0]);
    close(ends[1]);
    assert_non_null(strstr(text, "\"message\":\"memory profile\""));
    assert_non_null(strstr(text, "\"moment\":\"interval\""));
    assert_non_null(strstr(text, "\"memory.rss\":70,\"memory.rss.change\":-30"));
    assert_non_null(strstr(text, "\"memory.pss\":5"));
    assert_null(strstr(text, "memory.pss.change"));
    assert_non_null(strstr(text, "\"queues\":7,\"queues.change\":-2,\"state\":1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sees_what_is_taken),
        cmocka_unit_test(test_components_are_bounded),
        cmocka_unit_test(test_unknown_values_are_left_out),
        cmocka_unit_test(test_log_line_has_the_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
