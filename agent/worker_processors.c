#include "agent/worker.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

/* The path of this process's cgroup for the controller ("" is version 2), or an empty text. */
static void own_cgroup(const char *controller, char *path, size_t size)
{
    char line[1024];
    path[0] = '\0';
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file)
        return;
    while (path[0] == '\0' && fgets(line, sizeof line, file)) {
        char *controllers = strchr(line, ':');
        char *found = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!found)
            continue;
        *found++ = '\0';
        found[strcspn(found, "\n")] = '\0';
        bool fits = false;
        char *rest = controllers + 1;
        for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ","))
            fits = fits || strcmp(name, controller) == 0;
        if (fits)
            snprintf(path, size, "%s", found);
    }
    fclose(file);
}

/* Reads one or two numbers; a word such as "max" is none. Returns how many there were. */
static int read_numbers(const char *path, long long *ret_first, long long *ret_second)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    int count = fscanf(file, "%lld %lld", ret_first, ret_second);
    fclose(file);
    return count;
}

static unsigned quota_processors(long long quota, long long period)
{
    if (quota <= 0 || period <= 0)
        return 0;
    return (unsigned)((quota + period - 1) / period);
}

/* The cgroup's quota in whole processors, 0: none. In a container the namespace makes the own
 * cgroup the root of the mount, so that is looked at too. */
static unsigned cgroup_processors(void)
{
    char cgroup[512], path[640];
    long long quota, period;
    own_cgroup("", cgroup, sizeof cgroup);
    const char *const places[] = {cgroup, ""};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", places[i]);
        if (read_numbers(path, &quota, &period) == 2)
            return quota_processors(quota, period);
    }
    own_cgroup("cpu", cgroup, sizeof cgroup);
    for (size_t i = 0; i < 2; i++) {
        long long ignored;
        snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", places[i]);
        int quotas = read_numbers(path, &quota, &ignored);
        snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", places[i]);
        if (quotas >= 1 && read_numbers(path, &period, &ignored) >= 1)
            return quota_processors(quota, period);
    }
    return 0;
}

unsigned worker_processors(void)
{
    cpu_set_t affinity;
    unsigned count = 1;
    if (sched_getaffinity(0, sizeof affinity, &affinity) == 0)
        count = (unsigned)CPU_COUNT(&affinity);
    unsigned quota = cgroup_processors();
    if (quota > 0 && quota < count)
        count = quota;
    return count > 0 ? count : 1;
}
