#pragma once
/* Metrics: counters, gauges and latency histograms, written by every thread with relaxed atomics
 * once a batch, read by the HTTP server. Labels are ids of the configuration or names of rules;
 * never text from a log. A family is a row of a table in metrics.c; what is to be counted is added
 * there. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum metric {
    METRIC_READ_BYTES,       /* input */
    METRIC_READ_RECORDS,     /* input */
    METRIC_CUT_RECORDS,      /* input: longer than max_line */
    METRIC_WITHHELD_BYTES,   /* input: the rest of cut lines */
    METRIC_INPUT_ERRORS,     /* input */
    METRIC_ROTATIONS,        /* input: files that were renamed or deleted, and read to their end */
    METRIC_TRUNCATIONS,      /* input */
    METRIC_LOST_BYTES,       /* input: seen in a file and gone before they were read */
    METRIC_REPAIRED_RECORDS, /* input: invalid UTF-8 became U+FFFD */
    METRIC_RENAMED_MEMBERS,  /* input: JSON members moved to app.* */
    METRIC_QUARANTINED_RECORDS, /* input: given to the quarantine output alone */
    METRIC_DELIVERED_RECORDS,   /* output */
    METRIC_DELIVERED_BYTES,     /* output */
    METRIC_REFUSED_RECORDS, /* output: became a stub, or lost by an output that is not required */
    METRIC_OUTPUT_ERRORS,   /* output */
    METRIC_OUTPUT_RETRIES,  /* output */
    METRIC_RELOADS,
    METRIC_RELOAD_FAILURES,
    METRIC_PAUSES, /* input: reading stopped for want of room */
    METRIC_STATE_WRITE_FAILURES,
    METRIC_STATE_REFUSED_FILES,
    METRIC_COUNT,
};

enum metric_gauge {
    GAUGE_QUEUE_BYTES,              /* output */
    GAUGE_QUEUE_BATCHES,            /* output */
    GAUGE_LAG_BYTES,                /* input */
    GAUGE_OLDEST_UNACKNOWLEDGED_NS, /* input: CLOCK_MONOTONIC of its read, 0: none */
    GAUGE_LAST_ACKNOWLEDGEMENT_NS,  /* output: CLOCK_REALTIME, 0: never */
    GAUGE_READY,                    /* output: 0 or 1 */
    GAUGE_CLIENT_QUEUE_BYTES,       /* output: in the far side's client (librdkafka) */
    GAUGE_CLIENT_QUEUE_RECORDS,     /* output */
    GAUGE_BROKERS_UP,               /* output */
    GAUGE_ROUND_TRIP_NS,            /* output: mean of the client's last statistics interval */
    GAUGE_OPEN_FILES,               /* input */
    GAUGE_POLLED_FILES,             /* input: without inotify */
    GAUGE_OVER_MEMORY_LIMIT,        /* 0 or 1 */
    GAUGE_STATE_UNWRITTEN_FILES,    /* with a checkpoint that is not on the disk yet */
    GAUGE_GENERATION,
    GAUGE_UNSAFE, /* blotter_unsafe: a PAN rule is weakened by the configuration */
    GAUGE_COUNT,
};

enum metric_stage {
    STAGE_QUEUED, /* read → a worker takes the batch */
    STAGE_REDACT,
    STAGE_ENCODE,  /* parse and encode */
    STAGE_DELIVER, /* handed to the output → acknowledged */
    STAGE_TOTAL,   /* read → acknowledged */
    STAGE_COUNT,
};

enum {
    METRIC_IDS_MAX = 64, /* inputs and outputs together */
};

struct metrics;

/* `ids` are the inputs' and outputs' ids, `rules` the rule ids: both borrowed for the life of it.
 */
int metrics_new(const char *const *input_ids, size_t input_count, const char *const *output_ids,
                size_t output_count, struct metrics **ret_metrics);
struct metrics *metrics_free(struct metrics *metrics);

/* `component` is the index of the input or output; 0 where the family has none. */
void metrics_add(struct metrics *metrics, enum metric metric, unsigned component, uint64_t count);
void metrics_set(struct metrics *metrics, enum metric_gauge gauge, unsigned component,
                 int64_t value);
/* `count` records took `duration_ns` in the stage. Buckets: powers of two, each in four parts. */
void metrics_observe(struct metrics *metrics, enum metric_stage stage, int64_t duration_ns,
                     uint64_t count);
/* What a rule did besides replacing. */
enum metric_rule_event {
    METRIC_RULE_DROPPED = 64, /* a record */
    METRIC_RULE_REPORTED,     /* a finding, and replaced nothing (shadow) */
};
/* `rule` is the rule's id (copied), `reason` an enum blot_reason or an enum metric_rule_event. */
void metrics_redaction(struct metrics *metrics, const char *rule, unsigned reason, uint64_t count);
/* All families in Prometheus' text format 0.0.4. */
void metrics_print(struct metrics *metrics, FILE *out);
/* What blotter_build_info says; strings of the program or the rule set, copied. */
void metrics_set_generation(struct metrics *metrics, uint64_t generation, const char *pack_hash,
                            const char *kernel);
/* The value below which the part `quantile` (0..1) of a stage's observations lie; 0 when there are
 * none. */
int64_t metrics_quantile(const struct metrics *metrics, enum metric_stage stage, double quantile);
uint64_t metrics_value(const struct metrics *metrics, enum metric metric, unsigned component);
int64_t metrics_gauge(const struct metrics *metrics, enum metric_gauge gauge, unsigned component);
