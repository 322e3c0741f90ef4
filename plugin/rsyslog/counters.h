#pragma once
/* What an action counts, shown by impstats as `blotter` objects. All workers add, rsyslogd reads.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct blot_ruleset;
struct host_statistic;

struct counters {
    struct host_statistic *object; /* NULL: this rsyslogd cannot show them */
    _Atomic uint64_t redacted;     /* messages in which something was replaced */
    _Atomic uint64_t withheld;     /* messages withheld whole */
    _Atomic uint64_t cut;          /* messages whose end an input cut */
    size_t rule_count;
    _Atomic uint64_t *by_rule; /* findings, one counter a rule */
};

/* Makes the counters and registers them as NAME. 0 or -ENOMEM; a rsyslogd whose statistics have
 * another interface counts without showing. `rules` may be NULL. Configuration thread. */
int counters_init(struct counters *counters, const char *origin, const char *name,
                  const struct blot_ruleset *rules);
/* Shows a further counter, which outlives counters_finish. Configuration thread, at once after
 * counters_init. */
void counters_show(struct counters *counters, const char *name, _Atomic uint64_t *counter);
void counters_finish(struct counters *counters);
/* Any thread. */
void counters_add(_Atomic uint64_t *counter, uint64_t count);
