#include "agent/source.h"

#include "test/unit/harness.h"

#include <string.h>

enum {
    BATCHES = 5,
    OUTPUTS = 2,
};

static struct source *new_source(const uint64_t *checkpoints)
{
    struct source *source;
    assert_int_equal(source_new(NULL, (struct clean){0}, checkpoints, OUTPUTS, &source), 0);
    return source;
}

static void ids_are_random_and_spelled_in_hex(void **state)
{
    struct source *one = new_source(NULL);
    struct source *other = new_source(NULL);
    assert_memory_not_equal(one->id, other->id, SOURCE_ID_SIZE);
    assert_int_equal(strlen(one->id_text), 2 * SOURCE_ID_SIZE);
    uint8_t id[SOURCE_ID_SIZE] = {0x00, 0x0f, 0xa0, 0xff};
    struct source *known;
    assert_int_equal(source_new(id, (struct clean){0}, NULL, OUTPUTS, &known), 0);
    assert_string_equal(known->id_text, "000fa0ff000000000000000000000000");
    source_free(one);
    source_free(other);
    source_free(known);
}

/* One step: this output acknowledges this batch; then its checkpoint is that. */
struct step {
    unsigned output;
    unsigned batch;
    bool moves;
    uint64_t checkpoint;
};

static void checkpoints_move_over_the_leading_run(void **state)
{
    static const struct step steps[] = {
        {0, 1, false, 0},   {0, 0, true, 200}, {1, 4, false, 0},  {1, 2, false, 0},
        {0, 3, false, 200}, {0, 2, true, 400}, {1, 0, true, 100}, {1, 1, true, 300},
        {0, 4, true, 500},  {1, 3, true, 500},
    };
    struct source *source = new_source(NULL);
    struct batch batches[BATCHES] = {0};
    for (unsigned i = 0; i < BATCHES; i++) {
        batches[i].checkpoint = (i + 1) * 100;
        source_window_push(source, &batches[i]);
        assert_int_equal(batches[i].sequence, i);
    }
    unsigned freed = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const struct step *step = &steps[i];
        bool moved = source_window_acknowledge(source, &batches[step->batch], step->output);
        assert_int_equal(moved, step->moves);
        assert_int_equal(source->checkpoint[step->output], step->checkpoint);
        for (struct batch *batch; (batch = source_window_pop(source, OUTPUTS));) {
            assert_ptr_equal(batch, &batches[freed++]);
            memset(batch, 0xff, sizeof *batch); /* it is freed: nobody may look at it again */
        }
    }
    assert_int_equal(freed, BATCHES);
    assert_null(source->oldest);
    source_free(source);
}

static void the_window_may_fill_again(void **state)
{
    struct source *source = new_source(NULL);
    for (unsigned round = 0; round < 3; round++) {
        struct batch batches[2] = {{.checkpoint = round * 10 + 5}, {.checkpoint = round * 10 + 10}};
        source_window_push(source, &batches[0]);
        source_window_push(source, &batches[1]);
        for (unsigned output = 0; output < OUTPUTS; output++) {
            assert_false(source_window_acknowledge(source, &batches[1], output));
            assert_true(source_window_acknowledge(source, &batches[0], output));
            assert_int_equal(source->checkpoint[output], round * 10 + 10);
        }
        assert_ptr_equal(source_window_pop(source, OUTPUTS), &batches[0]);
        assert_ptr_equal(source_window_pop(source, OUTPUTS), &batches[1]);
        assert_null(source_window_pop(source, OUTPUTS));
    }
    source_free(source);
}

static void a_later_checkpoint_is_kept(void **state)
{
    uint64_t checkpoints[OUTPUTS] = {1000, 100};
    struct source *source = new_source(checkpoints);
    struct batch batches[2] = {{.checkpoint = 500}, {.checkpoint = 1500}};
    source_window_push(source, &batches[0]);
    source_window_push(source, &batches[1]);
    assert_false(source_window_acknowledge(source, &batches[0], 0));
    assert_int_equal(source->checkpoint[0], 1000);
    assert_true(source_window_acknowledge(source, &batches[0], 1));
    assert_int_equal(source->checkpoint[1], 500);
    assert_true(source_window_acknowledge(source, &batches[1], 0));
    assert_int_equal(source->checkpoint[0], 1500);
    assert_int_equal(source->resume[0], 1000);
    source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_random_and_spelled_in_hex),
        cmocka_unit_test(checkpoints_move_over_the_leading_run),
        cmocka_unit_test(the_window_may_fill_again),
        cmocka_unit_test(a_later_checkpoint_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
