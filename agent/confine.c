#include "agent/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a core dump holds when one is forced all the same (by root, with a debugger): no memory at
 * all, see core(5). Memory of libraries is covered by this alone. */
static int empty_core(void)
{
    int descriptor = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -errno;
    int r = write(descriptor, "0", 1) == 1 ? 0 : -errno;
    close(descriptor);
    return r;
}

int confine_memory(void)
{
    /* Where /proc is not mounted, or the kernel writes no core dumps, the locks below still hold.
     */
    int r = empty_core();
    if (r < 0 && r != -ENOENT)
        return r;
    /* Two more locks: the limit alone does not hold where core_pattern is a pipe, see core(5). */
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return -errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -errno;
    return 0;
}
