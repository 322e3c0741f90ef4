#include "agent/confine.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int confine_memory(void)
{
    /* Two locks: the limit alone does not hold where core_pattern is a pipe, see core(5). */
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return -errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -errno;
    return 0;
}
