#include "agent/metrics.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const inputs[] = {"app", "sys"};
static const char *const outputs[] = {"kafka"};

static struct metrics *make(void)
{
    struct metrics *metrics;
    assert_int_equal(metrics_new(inputs, 2, outputs, 1, &metrics), 0);
    return metrics;
}

/* What metrics_print writes; valid until the next call. */
static const char *print(struct metrics *metrics)
{
    static char text[256 * 1024];
    FILE *out = fmemopen(text, sizeof(text), "w");
    metrics_print(metrics, out);
    fclose(out);
    return text;
}

static void assert_has_line(const char *text, const char *line)
{
    char wanted[256];
    snprintf(wanted, sizeof(wanted), "\n%s\n", line);
    if (!strstr(text, wanted))
        fail_msg("no line: %s", line);
}

static void test_counters_and_gauges(void **state)
{
    struct metrics *metrics = make();
    metrics_add(metrics, METRIC_READ_BYTES, 1, 40);
    metrics_add(metrics, METRIC_READ_BYTES, 1, 2);
    metrics_set(metrics, GAUGE_READY, 0, 1);
    metrics_set(metrics, GAUGE_LAST_ACKNOWLEDGEMENT_NS, 0, INT64_C(1500000000));
    assert_int_equal(metrics_value(metrics, METRIC_READ_BYTES, 1), 42);

    const char *text = print(metrics);
    assert_has_line(text, "blotter_read_bytes_total{input=\"app\"} 0");
    assert_has_line(text, "blotter_read_bytes_total{input=\"sys\"} 42");
    assert_has_line(text, "blotter_output_ready{output=\"kafka\"} 1");
    assert_has_line(text, "blotter_last_acknowledgement_timestamp_seconds{output=\"kafka\"} "
                          "1.500000000");
    assert_has_line(text, "blotter_oldest_unacknowledged_seconds{input=\"app\"} 0.000");
    metrics_free(metrics);
}

/* Every family has exactly one TYPE line and at least one value of its name. */
static void test_families_are_whole(void **state)
{
    struct metrics *metrics = make();
    metrics_redaction(metrics, "pan", 0, 1);
    metrics_redaction(metrics, "pan", 2, 1);
    metrics_redaction(metrics, "pan", METRIC_RULE_DROPPED, 1);
    metrics_redaction(metrics, "pan", METRIC_RULE_REPORTED, 1);
    metrics_set_generation(metrics, 3, "abc", "avx2");
    const char *text = print(metrics);
    size_t families = 0;
    for (const char *type = strstr(text, "# TYPE "); type; type = strstr(type + 1, "# TYPE ")) {
        char name[128];
        assert_int_equal(sscanf(type, "# TYPE %127s", name), 1);
        char again[160];
        snprintf(again, sizeof(again), "# TYPE %s ", name);
        assert_null(strstr(type + 1, again));
        char value[160];
        snprintf(value, sizeof(value), "\n%s", name);
        assert_non_null(strstr(type, value));
        families++;
    }
    assert_int_equal(families, METRIC_COUNT + GAUGE_COUNT + 6);
    metrics_free(metrics);
}

static void test_redactions(void **state)
{
    struct metrics *metrics = make();
    char rule[] = "pan";
    metrics_redaction(metrics, rule, 0, 2);
    metrics_redaction(metrics, rule, 0, 1);
    metrics_redaction(metrics, rule, 2, 5);
    metrics_redaction(metrics, rule, METRIC_RULE_DROPPED, 7);
    metrics_redaction(metrics, rule, METRIC_RULE_REPORTED, 9);
    rule[0] = 'x'; /* the name was copied */
    const char *text = print(metrics);
    assert_has_line(text, "blotter_redactions_total{rule=\"pan\"} 3");
    assert_has_line(text, "blotter_withheld_total{rule=\"pan\",reason=\"length\"} 5");
    assert_has_line(text, "blotter_dropped_records_total{rule=\"pan\"} 7");
    assert_has_line(text, "blotter_shadow_findings_total{rule=\"pan\"} 9");
    metrics_free(metrics);
}

static void test_redaction_rows_are_bounded(void **state)
{
    struct metrics *metrics = make();
    for (unsigned i = 0; i < 600; i++) {
        char rule[16];
        snprintf(rule, sizeof(rule), "r%u", i);
        metrics_redaction(metrics, rule, 0, 1);
    }
    const char *text = print(metrics);
    assert_has_line(text, "blotter_redactions_total{rule=\"other\"} 88");
    metrics_free(metrics);
}

static void test_quantiles(void **state)
{
    static const int64_t durations_ns[] = {
        1, 3, 4, 5, 100, 1000, 1023, 1024, 123456789, INT64_C(70000000000), INT64_MAX};
    for (size_t i = 0; i < sizeof(durations_ns) / sizeof(durations_ns[0]); i++) {
        struct metrics *metrics = make();
        metrics_observe(metrics, STAGE_TOTAL, durations_ns[i], 10);
        double bound = (double)metrics_quantile(metrics, STAGE_TOTAL, 0.5);
        assert_true(bound >= (double)durations_ns[i]);
        assert_true(bound <= (double)durations_ns[i] * 1.34 + 1);
        metrics_free(metrics);
    }

    struct metrics *metrics = make();
    assert_int_equal(metrics_quantile(metrics, STAGE_TOTAL, 0.99), 0);
    metrics_observe(metrics, STAGE_TOTAL, 1000, 98);
    metrics_observe(metrics, STAGE_TOTAL, 1000000, 2);
    assert_true(metrics_quantile(metrics, STAGE_TOTAL, 0.5) < 1300);
    assert_true(metrics_quantile(metrics, STAGE_TOTAL, 0.99) >= 1000000);
    metrics_free(metrics);
}

static void test_histogram_is_cumulative(void **state)
{
    struct metrics *metrics = make();
    metrics_observe(metrics, STAGE_REDACT, 10, 1);
    metrics_observe(metrics, STAGE_REDACT, 16384, 1); /* not below 2^14 */
    metrics_observe(metrics, STAGE_REDACT, INT64_C(100000000000), 1);
    metrics_observe(metrics, STAGE_REDACT, -5, 1); /* a clock that went back counts as nothing */
    const char *text = print(metrics);
    assert_has_line(text, "blotter_latency_seconds_bucket{stage=\"redact\",le=\"1.6384e-05\"} 2");
    assert_has_line(text, "blotter_latency_seconds_bucket{stage=\"redact\",le=\"6.5536e-05\"} 3");
    assert_has_line(text, "blotter_latency_seconds_bucket{stage=\"redact\",le=\"+Inf\"} 4");
    assert_has_line(text, "blotter_latency_seconds_count{stage=\"redact\"} 4");
    metrics_free(metrics);
}

static void test_too_many_components(void **state)
{
    struct metrics *metrics = NULL;
    assert_int_equal(metrics_new(inputs, METRIC_IDS_MAX + 1, outputs, 1, &metrics), -E2BIG);
    assert_null(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_and_gauges),
        cmocka_unit_test(test_families_are_whole),
        cmocka_unit_test(test_redactions),
        cmocka_unit_test(test_redaction_rows_are_bounded),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_histogram_is_cumulative),
        cmocka_unit_test(test_too_many_components),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
