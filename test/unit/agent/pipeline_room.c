/* buffer.memory: who waits, who goes on. */
#include "test/unit/agent/pipeline_fixture.h"

static void pauses_without_room_and_resumes(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 1, true);
    struct source *source = new_source(&fixture, NULL);
    uint64_t offset = 0;
    size_t submitted = 0;
    while (submit(&fixture, source, offset, "123456789\n", 10000)) {
        offset += 100000;
        submitted++;
        assert_true(submitted < 100);
    }
    assert_true(submitted > 0);
    settle(&fixture);
    struct pipeline_usage usage = pipeline_usage(fixture.pipeline);
    assert_true(usage.raw.used_bytes + usage.clean.used_bytes < 2 * MEMORY_BYTES);
    release_all(0);
    turn_until(&fixture, resumed > 0);
    turn_until(&fixture, acknowledged_offset == offset);
    assert_true(submit(&fixture, source, offset, "123456789\n", 10000));
    turn_until(&fixture, acknowledged_offset == offset + 100000);
    tear_down(&fixture, 1);
}

static void a_line_above_the_memory_gets_through_alone(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 1, true);
    struct source *source = new_source(&fixture, NULL);
    release_all(0);
    struct batch *batch = pipeline_batch_new(fixture.pipeline, source, 1000);
    assert_non_null(batch);
    memset(batch->block, 'x', 1000);
    batch->block_size = 1000;
    assert_int_equal(pipeline_batch_grow(fixture.pipeline, batch, 2 * MEMORY_BYTES), 0);
    assert_int_equal(batch->block[999], 'x');
    assert_null(pipeline_batch_new(fixture.pipeline, source, 1000));
    batch->block[999] = '\n';
    batch->end_offset = 1000;
    pipeline_submit(fixture.pipeline, batch);
    turn_until(&fixture, acknowledged_offset == 1000);
    struct batch *next = pipeline_batch_new(fixture.pipeline, source, 3 * MEMORY_BYTES);
    assert_non_null(next);
    pipeline_batch_drop(fixture.pipeline, next);
    tear_down(&fixture, 1);
}

static void an_output_that_is_not_required_holds_nobody(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 2, false);
    struct source *source = new_source(&fixture, NULL);
    release_all(0);
    uint64_t offset = 0;
    for (size_t batches = 0; batches < 100; batches++) {
        turn_until(&fixture, submit(&fixture, source, offset, "123456789\n", 1000));
        offset += 10000;
    }
    turn_until(&fixture, source->checkpoint[0] == offset);
    assert_int_equal(records_of(0), 100 * 1000);
    assert_int_equal(pipeline_source_checkpoint(fixture.pipeline, source), offset);
    turn_until(&fixture, pipeline_usage(fixture.pipeline).clean.used_bytes <= MEMORY_BYTES / 4);
    assert_in_range(records_of(1), 0, 50 * 1000);
    assert_true(pipeline_usage(fixture.pipeline).clean.used_bytes > 0);
    tear_down(&fixture, 2);
}

static void nor_does_it_with_batches_as_large_as_the_memory(void **state)
{
    struct fixture fixture;
    set_up(&fixture, 2, false);
    struct source *source = new_source(&fixture, NULL);
    release_all(0);
    uint64_t offset = 0;
    for (size_t batches = 0; batches < 20; batches++) {
        turn_until(&fixture, submit(&fixture, source, offset, "123456789\n", 10000));
        offset += 100000;
    }
    turn_until(&fixture, source->checkpoint[0] == offset);
    assert_int_equal(records_of(0), 20 * 10000);
    assert_in_range(records_of(1), 0, 10000);
    tear_down(&fixture, 2);
}

static void a_write_goes_on_where_there_was_no_room(void **state)
{
    struct fixture fixture;
    room_of_each = 7;
    set_up(&fixture, 1, true);
    room_of_each = 0;
    release_all(0);
    struct source *source = new_source(&fixture, NULL);
    assert_true(submit(&fixture, source, 0, "123456789\n", 100));
    turn_until(&fixture, acknowledged_offset == 1000);
    assert_int_equal(records_of(0), 100);
    tear_down(&fixture, 1);
}

/* The process holds more than a byte: one batch after the other, and each of them. */
static void above_the_limit_batches_go_one_by_one(void **state)
{
    struct fixture fixture;
    limit_bytes = 1;
    set_up(&fixture, 1, true);
    limit_bytes = 0;
    struct source *source = new_source(&fixture, NULL);
    assert_true(submit(&fixture, source, 0, "123456789\n", 10));
    assert_false(submit(&fixture, source, 100, "123456789\n", 10));
    release_all(0);
    turn_until(&fixture, resumed > 0);
    turn_until(&fixture, acknowledged_offset == 100);
    assert_true(submit(&fixture, source, 100, "123456789\n", 10));
    turn_until(&fixture, acknowledged_offset == 200);
    tear_down(&fixture, 1);
    limit_bytes = INT64_MAX;
    set_up(&fixture, 1, true);
    limit_bytes = 0;
    source = new_source(&fixture, NULL);
    assert_true(submit(&fixture, source, 0, "123456789\n", 10));
    assert_true(submit(&fixture, source, 100, "123456789\n", 10));
    release_all(0);
    turn_until(&fixture, acknowledged_offset == 200);
    tear_down(&fixture, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_without_room_and_resumes),
        cmocka_unit_test(a_line_above_the_memory_gets_through_alone),
        cmocka_unit_test(an_output_that_is_not_required_holds_nobody),
        cmocka_unit_test(nor_does_it_with_batches_as_large_as_the_memory),
        cmocka_unit_test(a_write_goes_on_where_there_was_no_room),
        cmocka_unit_test(above_the_limit_batches_go_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
