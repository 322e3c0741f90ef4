/* From the input to the acknowledgement. */
#include "test/unit/agent/pipeline_fixture.h"

static void delivers_redacted_and_zeroes(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 1, true);
    struct source *source = new_source(&fixture, NULL);
    assert_true(submit(&fixture, source, 0, "card 4111111111111111 ok\n", 3));
    turn_until(&fixture, records_of(0) == 3);
    assert_string_equal(far_sides[0].last, "card ************1111 ok");
    /* Encoded and not yet acknowledged: what is raw is gone, what is clean is there. */
    assert_int_equal(pipeline_usage(fixture.pipeline).raw.used_bytes, 0);
    assert_true(pipeline_usage(fixture.pipeline).clean.used_bytes > 0);
    release_all(0);
    turn_until(&fixture, acknowledged_offset == 75);
    assert_int_equal(pipeline_usage(fixture.pipeline).clean.used_bytes, 0);
    tear_down(&fixture, 1);
}

static void acknowledges_out_of_order_across_outputs(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 2, true);
    struct source *source = new_source(&fixture, NULL);
    for (uint64_t i = 0; i < 3; i++)
        assert_true(submit(&fixture, source, i * 10, "123456789\n", 1));
    turn_until(&fixture, records_of(0) == 3 && records_of(1) == 3);
    release(0, 2);
    release(1, 0);
    turn_until(&fixture, source->checkpoint[1] == 10);
    settle(&fixture);
    assert_int_equal(source->checkpoint[0], 0);
    assert_int_equal(pipeline_source_checkpoint(fixture.pipeline, source), 0);
    release(0, 0);
    turn_until(&fixture, source->checkpoint[0] == 10);
    assert_int_equal(acknowledged_offset, 10);
    release(0, 1);
    turn_until(&fixture, source->checkpoint[0] == 30);
    assert_int_equal(pipeline_source_checkpoint(fixture.pipeline, source), 10);
    release(1, 1);
    release(1, 2);
    turn_until(&fixture, source->checkpoint[1] == 30);
    assert_int_equal(acknowledged_offset, 30);
    assert_null(source->oldest);
    tear_down(&fixture, 2);
}

static void an_output_skips_what_it_has(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 2, true);
    uint64_t checkpoints[BATCH_OUTPUTS_MAX] = {50, 0};
    struct source *source = new_source(&fixture, checkpoints);
    release_all(0);
    release_all(1);
    for (uint64_t i = 0; i < 4; i++)
        assert_true(submit(&fixture, source, i * 20, "123456789\n", 2));
    turn_until(&fixture, source->checkpoint[0] == 80 && source->checkpoint[1] == 80);
    assert_int_equal(records_of(0), 3);
    assert_int_equal(records_of(1), 8);
    tear_down(&fixture, 2);
}

struct left_seen {
    size_t count;
    uint64_t from;
    uint64_t to;
};

static void see_left(void *user, const struct pipeline_left *left)
{
    struct left_seen *seen = user;
    seen->count++;
    seen->from = left->from;
    seen->to = left->to;
    assert_string_equal(left->output_id, "second");
}

static void a_drain_waits_for_every_acknowledgement(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 2, true);
    struct source *source = new_source(&fixture, NULL);
    assert_true(submit(&fixture, source, 0, "123456789\n", 5));
    assert_true(submit(&fixture, source, 50, "123456789\n", 5));
    turn_until(&fixture, records_of(0) == 10 && records_of(1) == 10);
    pipeline_source_end(fixture.pipeline, source);
    release_all(0);
    release(1, 0);
    pipeline_drain(fixture.pipeline);
    turn_until(&fixture, source->checkpoint[0] == 100 && source->checkpoint[1] == 50);
    settle(&fixture);
    assert_false(fixture.is_finished);
    assert_true(is_flushed(0));
    struct left_seen seen = {0};
    assert_int_equal(pipeline_left(fixture.pipeline, see_left, &seen), 1);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.from, 50);
    assert_int_equal(seen.to, 100);
    release(1, 1);
    turn_until(&fixture, fixture.is_finished);
    assert_int_equal(fixture.error, 0);
    assert_int_equal(pipeline_left(fixture.pipeline, see_left, &seen), 0);
    tear_down(&fixture, 2);
}

static void ends_with_batches_in_flight(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 2, true);
    struct source *source = new_source(&fixture, NULL);
    for (uint64_t i = 0; i < 10; i++)
        assert_true(submit(&fixture, source, i * 100, "123456789\n", 10));
    tear_down(&fixture, 2); /* the sanitizers tell what was left behind */
}

static void batches_keep_their_generation(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 1, true);
    struct source *source = new_source(&fixture, NULL);
    struct batch *old = pipeline_batch_new(fixture.pipeline, source, 100);
    struct generation *newer = new_generation();
    newer->number = 2;
    pipeline_use_generation(fixture.pipeline, newer);
    assert_int_equal(old->generation->number, 1);
    memcpy(old->block, "one\n", 4);
    old->block_size = 4;
    old->end_offset = 4;
    pipeline_submit(fixture.pipeline, old);
    release_all(0);
    assert_true(submit(&fixture, source, 4, "pan 4111111111111111\n", 1));
    turn_until(&fixture, acknowledged_offset == 25);
    assert_string_equal(far_sides[0].last, "pan ************1111");
    assert_int_equal(pipeline_generation(fixture.pipeline)->number, 2);
    tear_down(&fixture, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_redacted_and_zeroes),
        cmocka_unit_test(acknowledges_out_of_order_across_outputs),
        cmocka_unit_test(an_output_skips_what_it_has),
        cmocka_unit_test(a_drain_waits_for_every_acknowledgement),
        cmocka_unit_test(ends_with_batches_in_flight),
        cmocka_unit_test(batches_keep_their_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
