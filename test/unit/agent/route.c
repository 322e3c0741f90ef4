#include "agent/route.h"

#include "agent/generation.h"
#include "agent/input.h"
#include "agent/metrics.h"
#include "agent/source.h"
#include "rules/blotter.h"
#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_BYTES = 65536,
};

static struct fixture {
    struct arena_pool *raw, *clean;
    struct generation *generation;
    struct metrics *metrics;
    struct input input;
    struct source source;
} fixture;

static const struct encode_type encoder = {.name = "none"};

static int set_up(void **state)
{
    static const char *const inputs[] = {"first", "second"}, *const outputs[] = {"out"};
    const struct blot_options options = {.size = sizeof(options)};
    struct blot_ruleset *rules;
    fixture = (struct fixture){.input = {.id = "second", .index = 1}};
    fixture.source.input = &fixture.input;
    assert_int_equal(arena_pool_new(ARENA_RAW, CHUNK_BYTES, 1 << 20, &fixture.raw), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, CHUNK_BYTES, 1 << 20, &fixture.clean), 0);
    assert_int_equal(blot_ruleset_new(&options, &rules), 0);
    assert_int_equal(generation_new(rules, &encoder, &fixture.generation), 0);
    return metrics_new(inputs, 2, outputs, 1, &fixture.metrics);
}

static int tear_down(void **state)
{
    metrics_free(fixture.metrics);
    generation_unref(fixture.generation);
    arena_pool_free(fixture.raw);
    arena_pool_free(fixture.clean);
    return 0;
}

static uint16_t rule_of(const char *id)
{
    const struct blot_ruleset *rules = fixture.generation->rules;
    size_t count = blot_ruleset_rule_count(rules), rule = 0;
    while (rule < count && strcmp(blot_ruleset_rule_id(rules, rule), id) != 0)
        rule++;
    assert_true(rule < count);
    return (uint16_t)rule;
}

/* One record a letter, named by it: d is dropped, D too and would be quarantined, q quarantined. */
static struct batch *make(const char *letters)
{
    struct batch *batch;
    size_t count = strlen(letters);
    assert_int_equal(batch_new(fixture.raw, fixture.clean, 64, &batch), 0);
    batch->source = &fixture.source;
    batch->generation = fixture.generation;
    batch->records = arena_alloc(&batch->clean, (count + 1) * sizeof(*batch->records));
    batch->record_count = count;
    for (size_t i = 0; i < count; i++) {
        char letter = letters[i];
        uint8_t flags = (letter == 'd' || letter == 'D' ? RECORD_DROPPED : 0) |
                        (letter == 'q' || letter == 'D' ? RECORD_QUARANTINED : 0);
        batch->records[i] = (struct record){
            .text = {&letters[i], 1},
            .offset = i,
            .flags = flags,
            .dropped_by = rule_of(letter == 'd' ? "cvv" : "pan"),
        };
    }
    return batch;
}

static void records_go_where_rules_send_them(void **state)
{
    static const struct {
        const char *letters, *kept;
        size_t quarantined;
        const char *offsets;
    } cases[] = {
        {"", "", 0, ""},
        {"abc", "abc", 0, "012"},
        {"adb", "ab", 0, "02"},
        {"d", "", 0, ""},
        {"ddd", "", 0, ""},
        {"q", "q", 1, "0"},
        {"qqa", "aqq", 2, "201"},
        {"aqbqc", "abcqq", 2, "02413"},
        {"qdaqdb", "abqq", 2, "2503"},
        {"aDb", "ab", 0, "02"}, /* what is dropped goes nowhere, quarantined or not */
        {"DqD", "q", 1, "1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct batch *batch = make(cases[i].letters);
        batch->quarantined_count = 99;
        assert_int_equal(route_batch(batch, i % 2 ? fixture.metrics : NULL), 0);
        assert_int_equal(batch->record_count, strlen(cases[i].kept));
        assert_int_equal(batch->quarantined_count, cases[i].quarantined);
        for (size_t j = 0; j < batch->record_count; j++) {
            assert_int_equal(batch->records[j].text.data[0], cases[i].kept[j]);
            assert_int_equal(batch->records[j].offset, cases[i].offsets[j] - '0');
        }
        batch_free(batch);
    }
}

static void what_is_taken_out_is_counted(void **state)
{
    struct batch *batch = make("addqDq");
    assert_int_equal(route_batch(batch, fixture.metrics), 0);
    assert_int_equal(metrics_value(fixture.metrics, METRIC_QUARANTINED_RECORDS, 0), 0);
    assert_int_equal(metrics_value(fixture.metrics, METRIC_QUARANTINED_RECORDS, 1), 2);
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    metrics_print(fixture.metrics, out);
    fclose(out);
    const char *dropped = strstr(text, "rule=\"cvv\"");
    assert_non_null(dropped);
    assert_int_equal(strtoul(strchr(dropped, '}') + 1, NULL, 10), 2);
    dropped = strstr(text, "rule=\"pan\"");
    assert_non_null(dropped);
    assert_int_equal(strtoul(strchr(dropped, '}') + 1, NULL, 10), 1);
    free(text);
    batch_free(batch);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_go_where_rules_send_them),
        TEST(what_is_taken_out_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
