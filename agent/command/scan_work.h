#pragma once
/* Files searched on several threads, their results given in the order of the files. */
#include "agent/command/scan_file.h"
#include "agent/command/scan_walk.h"

#include <stdatomic.h>

/* Takes a result, on the caller's thread, and owns it. 0, or negative errno, which ends the scan.
 */
typedef int scan_work_function(void *user, const struct scan_walk_file *file,
                               struct scan_result *result);
/* Called about ten times a second while the caller's thread waits. */
typedef void scan_work_tick(void *user);

struct scan_work {
    const struct scan_settings *settings;
    const struct scan_walk *walk;
    unsigned jobs;
    scan_work_function *use;
    scan_work_tick *tick;
    void *user;
};

/* 0 or negative errno. */
int scan_work_run(const struct scan_work *work);
