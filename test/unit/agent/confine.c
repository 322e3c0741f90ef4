#include "agent/confine.h"

#include "test/unit/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a child: neither lock can be taken off again. */
static int confined_child(void)
{
    struct rlimit limit;
    if (confine_memory() < 0 || prctl(PR_GET_DUMPABLE) != 0)
        return 1;
    if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_cur != 0 || limit.rlim_max != 0)
        return 2;
    unsigned long filter = 1;
    FILE *file = fopen("/proc/self/coredump_filter", "r");
    if (!file || fscanf(file, "%lx", &filter) != 1 || filter != 0)
        return 4;
    fclose(file);
    return confine_memory() < 0 ? 3 : 0; /* twice does no harm */
}

static void memory_stays_in_the_process(void **state)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(confined_child());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_crash_leaves_no_core(void **state)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_CORE, &all);
        if (confine_memory() < 0)
            _exit(1);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_false(WCOREDUMP(status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_stays_in_the_process),
        cmocka_unit_test(a_crash_leaves_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
