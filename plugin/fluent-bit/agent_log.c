#include "plugin/fluent-bit/agent_log.h"

#include "agent/log_host.h"
#include "plugin/fluent-bit/host.h"

/* The host writes lines of threads that are not its own to its stderr at once, so no thread that
 * delivers waits for the host. */
static void show(enum log_level level, const char *line)
{
    host_log(level == LOG_LEVEL_ERROR  ? ABI_LOG_ERROR
             : level == LOG_LEVEL_WARN ? ABI_LOG_WARN
                                       : ABI_LOG_INFO,
             "%s", line);
}

int agent_log_open(void)
{
    return log_host_open(show);
}
