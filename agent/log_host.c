#include "agent/log_host.h"

#include "agent/redact.h"

/* Used under the log's lock. */
static struct blot_ruleset *rules;
static struct redactor *redactor;

int log_host_open(log_sink *sink)
{
    if (redactor)
        return 0;
    int r = rules ? 0 : blot_ruleset_new(NULL, &rules);
    if (r == 0)
        r = redactor_new(rules, &redactor);
    if (r < 0)
        return r;
    log_configure(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    log_set_redactor(redact_for_log, redactor);
    log_set_sink(sink);
    return 0;
}
