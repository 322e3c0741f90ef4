#include "plugin/rsyslog/counters.h"

#include "plugin/rsyslog/host.h"
#include "rules/blotter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct host_statistics statistics = {.version = HOST_STATISTICS_VERSION};

/* impstats resets a counter by a plain store between two reads, as it does with rsyslogd's own. */
void counters_show(struct counters *counters, const char *name, _Atomic uint64_t *counter)
{
    if (!counters->object)
        return;
    statistics.add_counter(counters->object, (const unsigned char *)name, HOST_COUNTER_UINT64,
                           HOST_COUNTER_RESETTABLE, (void *)counter);
}

static int make_object(struct counters *counters, const char *origin, const char *name,
                       const struct blot_ruleset *rules)
{
    char rule[128];
    if (!statsobjQueryInterface || statsobjQueryInterface(&statistics) != HOST_OK)
        return 0;
    if (statistics.construct(&counters->object) != HOST_OK)
        return -ENOMEM;
    statistics.set_name(counters->object, (unsigned char *)name);
    statistics.set_origin(counters->object, (unsigned char *)origin);
    counters_show(counters, "redacted", &counters->redacted);
    counters_show(counters, "withheld", &counters->withheld);
    counters_show(counters, "cut", &counters->cut);
    for (size_t i = 0; i < counters->rule_count; i++) {
        snprintf(rule, sizeof(rule), "rule.%s", blot_ruleset_rule_id(rules, i));
        counters_show(counters, rule, &counters->by_rule[i]);
    }
    statistics.construct_finalize(counters->object);
    return 0;
}

int counters_init(struct counters *counters, const char *origin, const char *name,
                  const struct blot_ruleset *rules)
{
    counters->rule_count = rules ? blot_ruleset_rule_count(rules) : 0;
    counters->by_rule = calloc(counters->rule_count + 1, sizeof(*counters->by_rule));
    if (!counters->by_rule)
        return -ENOMEM;
    return make_object(counters, origin, name, rules);
}

void counters_finish(struct counters *counters)
{
    if (counters->object)
        statistics.destruct(&counters->object);
    free((void *)counters->by_rule);
    counters->by_rule = NULL;
}

void counters_add(_Atomic uint64_t *counter, uint64_t count)
{
    atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}
