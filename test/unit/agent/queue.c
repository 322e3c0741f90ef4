#include "agent/queue.h"

#include "test/unit/harness.h"

#include <poll.h>
#include <pthread.h>

enum {
    PUSHERS = 4,
    PUSHED_EACH = 20000,
};

static bool is_readable(struct queue *queue)
{
    struct pollfd descriptor = {.fd = queue_descriptor(queue), .events = POLLIN};
    return poll(&descriptor, 1, 0) == 1;
}

static void keeps_order_and_counts(void **state)
{
    struct queue *queue;
    assert_int_equal(queue_new(250, 0, &queue), 0);
    struct batch batches[3] = {{.sequence = 0}, {.sequence = 1}, {.sequence = 2}};
    assert_null(queue_pop(queue));
    for (int i = 0; i < 3; i++) {
        assert_false(queue_is_full(queue));
        queue_push(queue, &batches[i], 100);
    }
    assert_true(queue_is_full(queue));
    assert_int_equal(queue_usage(queue).batches, 3);
    assert_int_equal(queue_usage(queue).bytes, 300);
    assert_int_equal(queue_usage(queue).limit_bytes, 250);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(queue_pop(queue), &batches[i]);
    assert_null(queue_pop(queue));
    assert_int_equal(queue_usage(queue).bytes, 0);
    queue_free(queue);
}

static void is_readable_until_found_empty(void **state)
{
    struct queue *queue;
    assert_int_equal(queue_new(1000, 0, &queue), 0);
    struct batch batch = {0};
    assert_false(is_readable(queue));
    queue_push(queue, &batch, 1);
    assert_true(is_readable(queue));
    assert_non_null(queue_pop(queue));
    assert_true(is_readable(queue)); /* the reader has not seen yet that it is empty */
    assert_null(queue_pop(queue));
    assert_false(is_readable(queue));
    queue_wake(queue);
    queue_wake(queue);
    assert_true(is_readable(queue));
    assert_null(queue_pop(queue));
    assert_false(is_readable(queue));
    queue_free(queue);
}

static void one_batch_stands_in_two_queues(void **state)
{
    struct queue *one, *other;
    assert_int_equal(queue_new(1000, 0, &one), 0);
    assert_int_equal(queue_new(1000, 1, &other), 0);
    struct batch batches[2] = {0};
    queue_push(one, &batches[0], 1);
    queue_push(one, &batches[1], 1);
    queue_push(other, &batches[1], 1);
    queue_push(other, &batches[0], 1);
    assert_ptr_equal(queue_pop(one), &batches[0]);
    assert_ptr_equal(queue_pop(one), &batches[1]);
    assert_null(queue_pop(one));
    assert_ptr_equal(queue_pop(other), &batches[1]);
    assert_ptr_equal(queue_pop(other), &batches[0]);
    assert_null(queue_pop(other));
    queue_free(one);
    queue_free(other);
}

struct pusher {
    struct queue *queue;
    struct batch *batches;
};

static void *push_all(void *argument)
{
    struct pusher *pusher = argument;
    for (int i = 0; i < PUSHED_EACH; i++)
        queue_push(pusher->queue, &pusher->batches[i], 1);
    return NULL;
}

/* A lost wake-up would leave the reader in poll for ever: the time limit of the test tells. */
static void many_pushers_lose_nothing(void **state)
{
    struct queue *queue;
    assert_int_equal(queue_new(1000, 0, &queue), 0);
    static struct batch batches[PUSHERS][PUSHED_EACH];
    struct pusher pushers[PUSHERS];
    pthread_t threads[PUSHERS];
    for (unsigned i = 0; i < PUSHERS; i++) {
        for (unsigned j = 0; j < PUSHED_EACH; j++)
            batches[i][j] = (struct batch){.sequence = j, .offset = i};
        pushers[i] = (struct pusher){queue, batches[i]};
        assert_int_equal(pthread_create(&threads[i], NULL, push_all, &pushers[i]), 0);
    }
    uint64_t next[PUSHERS] = {0};
    struct pollfd descriptor = {.fd = queue_descriptor(queue), .events = POLLIN};
    for (int taken = 0; taken < PUSHERS * PUSHED_EACH;) {
        struct batch *batch = queue_pop(queue);
        if (!batch) {
            poll(&descriptor, 1, -1);
            continue;
        }
        assert_int_equal(batch->sequence, next[batch->offset]++);
        taken++;
    }
    for (int i = 0; i < PUSHERS; i++)
        pthread_join(threads[i], NULL);
    assert_null(queue_pop(queue));
    assert_int_equal(queue_usage(queue).bytes, 0);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_counts),
        cmocka_unit_test(is_readable_until_found_empty),
        cmocka_unit_test(one_batch_stands_in_two_queues),
        cmocka_unit_test(many_pushers_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
