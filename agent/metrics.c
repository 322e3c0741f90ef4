#include "agent/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum scope {
    SCOPE_PROCESS,
    SCOPE_INPUT,
    SCOPE_OUTPUT,
};

struct family {
    const char *name;
    const char *help;
    enum scope scope;
    enum {
        UNIT_PLAIN,
        UNIT_SECONDS,     /* kept in nanoseconds */
        UNIT_AGE_SECONDS, /* kept as the CLOCK_MONOTONIC moment it began, 0: nothing is waiting */
    } unit;
};

/* Names follow Prometheus' conventions: unit in the name, `_total` on counters. */
static const struct family counters[METRIC_COUNT] = {
    [METRIC_READ_BYTES] = {"blotter_read_bytes_total", "Bytes read.", SCOPE_INPUT},
    [METRIC_READ_RECORDS] = {"blotter_read_records_total", "Records framed.", SCOPE_INPUT},
    [METRIC_CUT_RECORDS] = {"blotter_cut_records_total", "Records longer than max_line.",
                            SCOPE_INPUT},
    [METRIC_WITHHELD_BYTES] = {"blotter_withheld_bytes_total",
                               "Bytes withheld behind the cut of a record.", SCOPE_INPUT},
    [METRIC_INPUT_ERRORS] = {"blotter_input_errors_total", "Errors of an input.", SCOPE_INPUT},
    [METRIC_ROTATIONS] = {"blotter_rotations_total",
                          "Files renamed or deleted, and read to their end.", SCOPE_INPUT},
    [METRIC_TRUNCATIONS] = {"blotter_truncations_total", "Files that became shorter.", SCOPE_INPUT},
    [METRIC_LOST_BYTES] = {"blotter_lost_bytes_total",
                           "Bytes seen in a file and gone before they were read.", SCOPE_INPUT},
    [METRIC_REPAIRED_RECORDS] = {"blotter_repaired_records_total",
                                 "Records in which invalid UTF-8 became U+FFFD.", SCOPE_INPUT},
    [METRIC_RENAMED_MEMBERS] = {"blotter_renamed_members_total",
                                "JSON members renamed to keep the schema.", SCOPE_INPUT},
    [METRIC_QUARANTINED_RECORDS] = {"blotter_quarantined_records_total",
                                    "Records that a rule sent to the quarantine output.",
                                    SCOPE_INPUT},
    [METRIC_DELIVERED_RECORDS] = {"blotter_delivered_records_total", "Records acknowledged.",
                                  SCOPE_OUTPUT},
    [METRIC_DELIVERED_BYTES] = {"blotter_delivered_bytes_total", "Payload bytes acknowledged.",
                                SCOPE_OUTPUT},
    [METRIC_REFUSED_RECORDS] = {"blotter_refused_records_total",
                                "Records refused for good: sent as a stub, or lost by an output "
                                "that is not required.",
                                SCOPE_OUTPUT},
    [METRIC_OUTPUT_ERRORS] = {"blotter_output_errors_total", "Errors of an output.", SCOPE_OUTPUT},
    [METRIC_OUTPUT_RETRIES] = {"blotter_output_retries_total", "Deliveries tried again.",
                               SCOPE_OUTPUT},
    [METRIC_RELOADS] = {"blotter_reloads_total", "Reloads that took effect.", SCOPE_PROCESS},
    [METRIC_RELOAD_FAILURES] = {"blotter_reload_failures_total",
                                "Reloads refused; the old generation stayed.", SCOPE_PROCESS},
    [METRIC_PAUSES] = {"blotter_pauses_total", "Times that reading stopped for want of room.",
                       SCOPE_INPUT},
    [METRIC_STATE_WRITE_FAILURES] = {"blotter_state_write_failures_total",
                                     "Writes of checkpoints that failed; they are tried again.",
                                     SCOPE_PROCESS},
    [METRIC_STATE_REFUSED_FILES] = {"blotter_state_refused_files_total",
                                    "Files that no checkpoint is kept for: there are too many.",
                                    SCOPE_PROCESS},
};

static const struct family gauges[GAUGE_COUNT] = {
    [GAUGE_QUEUE_BYTES] = {"blotter_queue_bytes", "Bytes waiting for an output.", SCOPE_OUTPUT},
    [GAUGE_QUEUE_BATCHES] = {"blotter_queue_batches", "Batches waiting for an output.",
                             SCOPE_OUTPUT},
    [GAUGE_LAG_BYTES] = {"blotter_lag_bytes", "Bytes there to be read and not yet read.",
                         SCOPE_INPUT},
    [GAUGE_OLDEST_UNACKNOWLEDGED_NS] = {"blotter_oldest_unacknowledged_seconds",
                                        "Age of the oldest record that was read and is not "
                                        "acknowledged.",
                                        SCOPE_INPUT, UNIT_AGE_SECONDS},
    [GAUGE_LAST_ACKNOWLEDGEMENT_NS] = {"blotter_last_acknowledgement_timestamp_seconds",
                                       "When the far side last acknowledged, seconds since 1970.",
                                       SCOPE_OUTPUT, UNIT_SECONDS},
    [GAUGE_READY] = {"blotter_output_ready", "Whether the output delivers.", SCOPE_OUTPUT},
    [GAUGE_CLIENT_QUEUE_BYTES] = {"blotter_client_queue_bytes",
                                  "Bytes in the client of the far side.", SCOPE_OUTPUT},
    [GAUGE_CLIENT_QUEUE_RECORDS] = {"blotter_client_queue_records",
                                    "Records in the client of the far side.", SCOPE_OUTPUT},
    [GAUGE_BROKERS_UP] = {"blotter_brokers_up", "Brokers connected.", SCOPE_OUTPUT},
    [GAUGE_ROUND_TRIP_NS] = {"blotter_round_trip_seconds",
                             "Mean round trip to the far side, last interval.", SCOPE_OUTPUT,
                             UNIT_SECONDS},
    [GAUGE_OPEN_FILES] = {"blotter_open_files", "Files that an input holds open.", SCOPE_INPUT},
    [GAUGE_POLLED_FILES] = {"blotter_polled_files", "Files followed by polling, without inotify.",
                            SCOPE_INPUT},
    [GAUGE_OVER_MEMORY_LIMIT] = {"blotter_over_memory_limit",
                                 "1: the process is near memory.limit, and inputs wait.",
                                 SCOPE_PROCESS},
    [GAUGE_STATE_UNWRITTEN_FILES] = {"blotter_state_unwritten_files",
                                     "Files with a checkpoint that is not on the disk yet.",
                                     SCOPE_PROCESS},
    [GAUGE_GENERATION] = {"blotter_generation", "Generation of rules and configuration in force.",
                          SCOPE_PROCESS},
    [GAUGE_UNSAFE] = {"blotter_unsafe", "1: the configuration weakens a PAN rule.", SCOPE_PROCESS},
};

static const char *const stage_names[STAGE_COUNT] = {
    [STAGE_QUEUED] = "queued",   [STAGE_REDACT] = "redact", [STAGE_ENCODE] = "encode",
    [STAGE_DELIVER] = "deliver", [STAGE_TOTAL] = "total",
};

/* Must stay in the order of enum blot_reason. */
static const char *const reason_names[] = {"redacted", "limit", "length", "encoding", "depth"};

enum {
    BUCKETS_PER_OCTAVE = 4,
    BUCKET_COUNT = 64 * BUCKETS_PER_OCTAVE,
    /* Shown: every power of two from 16 µs to 69 s, which are bounds of the fine buckets. */
    SHOWN_FIRST_EXPONENT = 14,
    SHOWN_LAST_EXPONENT = 36,
    REDACTION_ROWS_MAX = 512, /* rules times reasons; what comes later is counted as `other` */
    NAME_SIZE = 80,
};

struct histogram {
    atomic_uint_fast64_t buckets[BUCKET_COUNT];
    atomic_uint_fast64_t sum_ns;
};

struct redaction_row {
    char rule[64]; /* a copy: rule sets come and go with reloads */
    unsigned reason;
    uint64_t count;
};

struct metrics {
    const char *const *input_ids;
    size_t input_count;
    const char *const *output_ids;
    size_t output_count;
    atomic_uint_fast64_t counters[METRIC_COUNT][METRIC_IDS_MAX];
    atomic_int_fast64_t gauges[GAUGE_COUNT][METRIC_IDS_MAX];
    struct histogram histograms[STAGE_COUNT];

    pthread_mutex_t lock; /* what follows */
    struct redaction_row rows[REDACTION_ROWS_MAX + 1];
    size_t row_count;
    char pack_hash[NAME_SIZE];
    char kernel[NAME_SIZE];
};

int metrics_new(const char *const *input_ids, size_t input_count, const char *const *output_ids,
                size_t output_count, struct metrics **ret_metrics)
{
    if (input_count > METRIC_IDS_MAX || output_count > METRIC_IDS_MAX)
        return -E2BIG;

    struct metrics *metrics = calloc(1, sizeof(*metrics));
    if (!metrics)
        return -ENOMEM;
    metrics->input_ids = input_ids;
    metrics->input_count = input_count;
    metrics->output_ids = output_ids;
    metrics->output_count = output_count;
    pthread_mutex_init(&metrics->lock, NULL);
    *ret_metrics = metrics;
    return 0;
}

struct metrics *metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return NULL;
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
    return NULL;
}

void metrics_add(struct metrics *metrics, enum metric metric, unsigned component, uint64_t count)
{
    atomic_fetch_add_explicit(&metrics->counters[metric][component], count, memory_order_relaxed);
}

void metrics_set(struct metrics *metrics, enum metric_gauge gauge, unsigned component,
                 int64_t value)
{
    atomic_store_explicit(&metrics->gauges[gauge][component], value, memory_order_relaxed);
}

uint64_t metrics_value(const struct metrics *metrics, enum metric metric, unsigned component)
{
    return atomic_load_explicit(&metrics->counters[metric][component], memory_order_relaxed);
}

int64_t metrics_gauge(const struct metrics *metrics, enum metric_gauge gauge, unsigned component)
{
    return atomic_load_explicit(&metrics->gauges[gauge][component], memory_order_relaxed);
}

/* Bucket b = 4e + f holds the durations d with 2^e (1 + f/4) <= d < 2^e (1 + (f+1)/4): an error of
 * at most 25 % in any quantile. */
static size_t bucket_of(uint64_t duration_ns)
{
    if (duration_ns < BUCKETS_PER_OCTAVE)
        return duration_ns; /* 0–3 ns: exact, in the buckets that the formula leaves unused */
    unsigned exponent = 63 - (unsigned)__builtin_clzll(duration_ns);
    unsigned part = (unsigned)(duration_ns >> (exponent - 2)) & (BUCKETS_PER_OCTAVE - 1);
    return exponent * BUCKETS_PER_OCTAVE + part;
}

static uint64_t bucket_end_ns(size_t bucket)
{
    if (bucket < BUCKETS_PER_OCTAVE)
        return bucket + 1;
    unsigned exponent = (unsigned)(bucket / BUCKETS_PER_OCTAVE);
    if (exponent < 2)
        return BUCKETS_PER_OCTAVE;
    if (exponent >= 62)
        return INT64_MAX; /* durations are signed */
    uint64_t part = bucket % BUCKETS_PER_OCTAVE + 1;
    return ((uint64_t)1 << exponent) + (part << (exponent - 2));
}

void metrics_observe(struct metrics *metrics, enum metric_stage stage, int64_t duration_ns,
                     uint64_t count)
{
    struct histogram *histogram = &metrics->histograms[stage];
    uint64_t duration = duration_ns < 0 ? 0 : (uint64_t)duration_ns;
    atomic_fetch_add_explicit(&histogram->buckets[bucket_of(duration)], count,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_ns, duration * count, memory_order_relaxed);
}

int64_t metrics_quantile(const struct metrics *metrics, enum metric_stage stage, double quantile)
{
    const struct histogram *histogram = &metrics->histograms[stage];
    uint64_t total = 0;
    for (size_t i = 0; i < BUCKET_COUNT; i++)
        total += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
    if (total == 0)
        return 0;

    uint64_t wanted = (uint64_t)((double)total * quantile);
    uint64_t below = 0;
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        below += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        if (below > wanted || below == total)
            return (int64_t)bucket_end_ns(i);
    }
    return 0;
}

void metrics_redaction(struct metrics *metrics, const char *rule, unsigned reason, uint64_t count)
{
    pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < metrics->row_count; i++) {
        struct redaction_row *row = &metrics->rows[i];
        if (row->reason == reason && strcmp(row->rule, rule) == 0) {
            row->count += count;
            goto done;
        }
    }
    if (metrics->row_count == REDACTION_ROWS_MAX) {
        metrics->rows[REDACTION_ROWS_MAX].count += count;
        goto done;
    }
    struct redaction_row *row = &metrics->rows[metrics->row_count++];
    snprintf(row->rule, sizeof(row->rule), "%s", rule);
    row->reason = reason;
    row->count = count;
done:
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_set_generation(struct metrics *metrics, uint64_t generation, const char *pack_hash,
                            const char *kernel)
{
    pthread_mutex_lock(&metrics->lock);
    snprintf(metrics->pack_hash, sizeof(metrics->pack_hash), "%s", pack_hash);
    snprintf(metrics->kernel, sizeof(metrics->kernel), "%s", kernel);
    pthread_mutex_unlock(&metrics->lock);
    metrics_set(metrics, GAUGE_GENERATION, 0, (int64_t)generation);
}

static const char *component_id(const struct metrics *metrics, enum scope scope, size_t component)
{
    return scope == SCOPE_INPUT ? metrics->input_ids[component] : metrics->output_ids[component];
}

static size_t component_count(const struct metrics *metrics, enum scope scope)
{
    switch (scope) {
    case SCOPE_INPUT:
        return metrics->input_count;
    case SCOPE_OUTPUT:
        return metrics->output_count;
    case SCOPE_PROCESS:
        break;
    }
    return 1;
}

static void print_head(const struct family *family, const char *type, FILE *out)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name, type);
}

static void print_labels(const struct metrics *metrics, const struct family *family,
                         size_t component, FILE *out)
{
    fputs(family->name, out);
    if (family->scope != SCOPE_PROCESS)
        fprintf(out, "{%s=\"%s\"}", family->scope == SCOPE_INPUT ? "input" : "output",
                component_id(metrics, family->scope, component));
}

static void print_gauge_value(const struct family *family, int64_t value, int64_t now_ns, FILE *out)
{
    switch (family->unit) {
    case UNIT_PLAIN:
        fprintf(out, " %lld\n", (long long)value);
        return;
    case UNIT_SECONDS:
        fprintf(out, " %.9f\n", (double)value / 1e9);
        return;
    case UNIT_AGE_SECONDS:
        fprintf(out, " %.3f\n",
                value == 0 || value > now_ns ? 0.0 : (double)(now_ns - value) / 1e9);
        return;
    }
}

static void print_counters(const struct metrics *metrics, FILE *out)
{
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        const struct family *family = &counters[m];
        print_head(family, "counter", out);
        for (size_t i = 0; i < component_count(metrics, family->scope); i++) {
            print_labels(metrics, family, i, out);
            fprintf(out, " %llu\n",
                    (unsigned long long)metrics_value(metrics, (enum metric)m, (unsigned)i));
        }
    }
}

static void print_gauges(const struct metrics *metrics, FILE *out)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;

    for (size_t g = 0; g < GAUGE_COUNT; g++) {
        const struct family *family = &gauges[g];
        print_head(family, "gauge", out);
        for (size_t i = 0; i < component_count(metrics, family->scope); i++) {
            int64_t value = metrics_gauge(metrics, (enum metric_gauge)g, (unsigned)i);
            print_labels(metrics, family, i, out);
            print_gauge_value(family, value, now_ns, out);
        }
    }
}

static void print_histogram(const struct histogram *histogram, const char *stage, FILE *out)
{
    uint64_t below = 0;
    size_t next = 0;
    for (unsigned e = SHOWN_FIRST_EXPONENT; e <= SHOWN_LAST_EXPONENT; e++) {
        for (; next < (size_t)e * BUCKETS_PER_OCTAVE; next++)
            below += atomic_load_explicit(&histogram->buckets[next], memory_order_relaxed);
        fprintf(out, "blotter_latency_seconds_bucket{stage=\"%s\",le=\"%.9g\"} %llu\n", stage,
                (double)(UINT64_C(1) << e) / 1e9, (unsigned long long)below);
    }
    for (; next < BUCKET_COUNT; next++)
        below += atomic_load_explicit(&histogram->buckets[next], memory_order_relaxed);
    fprintf(out, "blotter_latency_seconds_bucket{stage=\"%s\",le=\"+Inf\"} %llu\n", stage,
            (unsigned long long)below);
    uint64_t sum_ns = atomic_load_explicit(&histogram->sum_ns, memory_order_relaxed);
    fprintf(out, "blotter_latency_seconds_sum{stage=\"%s\"} %.9f\n", stage, (double)sum_ns / 1e9);
    fprintf(out, "blotter_latency_seconds_count{stage=\"%s\"} %llu\n", stage,
            (unsigned long long)below);
}

static void print_rule_events(struct metrics *metrics, unsigned event, const char *name,
                              const char *help, FILE *out)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s counter\n", name, help, name);
    for (size_t i = 0; i < metrics->row_count; i++)
        if (metrics->rows[i].reason == event)
            fprintf(out, "%s{rule=\"%s\"} %llu\n", name, metrics->rows[i].rule,
                    (unsigned long long)metrics->rows[i].count);
}

static void print_redactions(struct metrics *metrics, FILE *out)
{
    fputs("# HELP blotter_redactions_total Values replaced, by rule.\n"
          "# TYPE blotter_redactions_total counter\n",
          out);
    for (size_t i = 0; i < metrics->row_count; i++)
        if (metrics->rows[i].reason == 0)
            fprintf(out, "blotter_redactions_total{rule=\"%s\"} %llu\n", metrics->rows[i].rule,
                    (unsigned long long)metrics->rows[i].count);
    if (metrics->rows[REDACTION_ROWS_MAX].count > 0)
        fprintf(out, "blotter_redactions_total{rule=\"other\"} %llu\n",
                (unsigned long long)metrics->rows[REDACTION_ROWS_MAX].count);
    fputs("# HELP blotter_withheld_total Values withheld, by rule and reason.\n"
          "# TYPE blotter_withheld_total counter\n",
          out);
    for (size_t i = 0; i < metrics->row_count; i++) {
        unsigned reason = metrics->rows[i].reason;
        if (reason > 0 && reason < sizeof(reason_names) / sizeof(reason_names[0]))
            fprintf(out, "blotter_withheld_total{rule=\"%s\",reason=\"%s\"} %llu\n",
                    metrics->rows[i].rule, reason_names[reason],
                    (unsigned long long)metrics->rows[i].count);
    }
}

void metrics_print(struct metrics *metrics, FILE *out)
{
    print_counters(metrics, out);
    print_gauges(metrics, out);
    fputs("# HELP blotter_latency_seconds Time that records took, by stage; total is read to "
          "acknowledged.\n# TYPE blotter_latency_seconds histogram\n",
          out);
    for (size_t s = 0; s < STAGE_COUNT; s++)
        print_histogram(&metrics->histograms[s], stage_names[s], out);

    pthread_mutex_lock(&metrics->lock);
    print_redactions(metrics, out);
    print_rule_events(metrics, METRIC_RULE_DROPPED, "blotter_dropped_records_total",
                      "Records that a rule dropped.", out);
    print_rule_events(metrics, METRIC_RULE_REPORTED, "blotter_shadow_findings_total",
                      "Values that a rule found and only reports.", out);
    fprintf(out,
            "# HELP blotter_pack_info The rules in force.\n# TYPE blotter_pack_info gauge\n"
            "blotter_pack_info{hash=\"%s\",kernel=\"%s\"} 1\n",
            metrics->pack_hash, metrics->kernel);
    pthread_mutex_unlock(&metrics->lock);
}
