#include "agent/output/kafka_runs.h"

#include "test/unit/harness.h"

static struct kafka_run run(uint32_t slot, uint32_t first, uint32_t count)
{
    return (struct kafka_run){.slot = slot, .first = first, .count = count};
}

static void assert_run(const struct kafka_runs *runs, size_t index, struct kafka_run wanted)
{
    const struct kafka_run *found = kafka_runs_at(runs, index);
    assert_int_equal(found->slot, wanted.slot);
    assert_int_equal(found->first, wanted.first);
    assert_int_equal(found->count, wanted.count);
}

static void test_merges(void **state)
{
    (void)state;
    struct kafka_runs runs = {0};
    assert_int_equal(kafka_runs_append(&runs, run(1, 10, 5)), 0);
    assert_int_equal(kafka_runs_append(&runs, run(1, 15, 5)), 0);
    assert_int_equal(kafka_runs_append(&runs, run(2, 20, 1)), 0);
    assert_int_equal(kafka_runs_append(&runs, run(2, 22, 1)), 0);
    assert_int_equal(kafka_runs_prepend(&runs, run(1, 8, 2)), 0);
    assert_int_equal(kafka_runs_prepend(&runs, run(1, 0, 2)), 0);
    assert_int_equal(runs.count, 4);
    assert_run(&runs, 0, run(1, 0, 2));
    assert_run(&runs, 1, run(1, 8, 12));
    assert_run(&runs, 2, run(2, 20, 1));
    struct kafka_run stub = run(2, 23, 1);
    stub.stub = KAFKA_STUB_REFUSED;
    assert_int_equal(kafka_runs_append(&runs, stub), 0);
    assert_int_equal(runs.count, 5); /* a stub stays alone */
    kafka_runs_finish(&runs);
}

/* More than any first capacity, while the front moves. */
static void test_grows_as_a_ring(void **state)
{
    (void)state;
    struct kafka_runs runs = {0};
    uint32_t in = 0, out = 0;
    for (int i = 0; i < 1000; i++) {
        for (int j = 0; j < 3; j++)
            assert_int_equal(kafka_runs_append(&runs, run(0, 2 * in++, 1)), 0);
        assert_run(&runs, 0, run(0, 2 * out, 1));
        kafka_runs_drop_first(&runs);
        out++;
    }
    assert_int_equal(runs.count, 2000);
    for (size_t i = 0; i < runs.count; i++)
        assert_run(&runs, i, run(0, 2 * (out + (uint32_t)i), 1));
    kafka_runs_finish(&runs);
}

static void test_sorts(void **state)
{
    (void)state;
    /* Slots are used again: the order is by sequence. */
    const struct kafka_flight flights[] = {{.sequence = 7}, {.sequence = 3}, {.sequence = 5}};
    static const uint32_t order[][2] = {{0, 4}, {1, 9}, {2, 2}, {0, 1}, {1, 0}, {2, 8}, {1, 4}};
    static const uint32_t sorted[][2] = {{1, 0}, {1, 4}, {1, 9}, {2, 2}, {2, 8}, {0, 1}, {0, 4}};
    struct kafka_runs runs = {0};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(kafka_runs_append(&runs, run(order[i][0], order[i][1], 1)), 0);
    kafka_runs_sort(&runs, flights);
    assert_int_equal(runs.count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_run(&runs, i, run(sorted[i][0], sorted[i][1], 1));
    kafka_runs_finish(&runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merges),
        cmocka_unit_test(test_grows_as_a_ring),
        cmocka_unit_test(test_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
