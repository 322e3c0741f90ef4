#include "plugin/fluent-bit/agent_log.h"

#include "agent/log.h"
#include "plugin/fluent-bit/host.h"
#include "rules/blotter.h"

#include <errno.h>
#include <string.h>

enum {
    CUT_BYTES = 1024, /* where log_text cuts */
};

/* Under the lock of the agent's log. */
static struct blot_ruleset *rules;
static struct blot_scratch *scratch;

/* The host writes lines of threads that are not its own to its stderr at once, so no thread that
 * delivers waits for the host. */
static void show(enum log_level level, const char *line)
{
    host_log(level == LOG_LEVEL_ERROR  ? ABI_LOG_ERROR
             : level == LOG_LEVEL_WARN ? ABI_LOG_WARN
                                       : ABI_LOG_INFO,
             "%s", line);
}

static int64_t redact(const char *text, size_t size, char *ret_clean, size_t capacity, void *data)
{
    const char *clean;
    size_t clean_size;
    unsigned flags = size >= CUT_BYTES ? BLOT_CUT_END : 0;
    int r = blot_redact(scratch, text, size, flags, &clean, &clean_size);
    if (r < 0 || clean_size > capacity)
        return r < 0 ? r : -E2BIG;
    memcpy(ret_clean, clean, clean_size);
    return (int64_t)clean_size;
}

int agent_log_open(void)
{
    if (scratch)
        return 0;
    int r = rules ? 0 : blot_ruleset_new(NULL, &rules);
    if (r >= 0)
        r = blot_scratch_new(rules, NULL, &scratch);
    if (r < 0)
        return r;
    log_configure(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    log_set_redactor(redact, NULL);
    log_set_sink(show);
    return 0;
}
