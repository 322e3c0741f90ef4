#include "agent/output/kafka_lane.h"

#include "agent/output/kafka_fill.h"
#include "agent/output/kafka_runs.h"
#include "agent/output/kafka_topic.h"
#include "agent/output/kafka_window.h"

#include <stdlib.h>

#define RETRY_NS     INT64_C(50000000)
#define PROVEN_BYTES (64 * 1024) /* every broker takes this */
#define SLOW_FACTOR  8           /* polling takes at most a ninth of the time */

static size_t limit_bytes(const struct kafka_lane *lane)
{
    return lane->limit_bytes ? lane->limit_bytes : kafka_window_whole_bytes(lane);
}

/* How much librdkafka may have: one request's worth, and one more behind it, but nothing behind a
 * request that may be refused. */
static size_t credit_bytes(const struct kafka_lane *lane)
{
    const struct kafka *kafka = lane->topic->kafka;
    bool is_alone = lane->limit_bytes > 0 || lane->failed.count > 0 ||
                    kafka->now_ns < lane->slow_until_ns ||
                    (!lane->topic->is_settled && !kafka->key_is_per_record);
    if (!is_alone && lane->proven_bytes >= kafka_window_whole_bytes(lane))
        return 2 * kafka_window_whole_bytes(lane);
    if (lane->outstanding == 0)
        return limit_bytes(lane);
    /* More than was proven goes alone, to be proven. */
    size_t bytes = lane->proven_bytes > PROVEN_BYTES ? lane->proven_bytes : PROVEN_BYTES;
    return !is_alone && lane->outstanding_bytes + lane->pending_bytes <= bytes ? bytes : 0;
}

static void activate(struct kafka_lane *lane)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->is_active)
        return;
    lane->is_active = true;
    lane->next_active = kafka->active;
    kafka->active = lane;
}

int kafka_lane_append(struct kafka_lane *lane, struct kafka_run run, size_t bytes)
{
    int r = kafka_runs_append(&lane->pending, run);
    if (r < 0)
        return r;
    lane->pending_bytes += bytes;
    activate(lane);
    return 0;
}

/* Takes the first record off the lane. */
static void consume(struct kafka_lane *lane)
{
    struct kafka *kafka = lane->topic->kafka;
    struct kafka_run *run = kafka_runs_at(&lane->pending, 0);
    size_t bytes = kafka_fill_record(kafka, run, 0)->payload.size;
    lane->pending_bytes -= bytes < lane->pending_bytes ? bytes : lane->pending_bytes;
    run->first++;
    if (--run->count == 0)
        kafka_runs_drop_first(&lane->pending);
}

/* One call of librdkafka, for which the partition may be known. False: it takes no more for now. */
static bool produce(struct kafka_lane *lane, rd_kafka_topic_t *handle, int32_t partition,
                    size_t count)
{
    rd_kafka_message_t *messages = lane->topic->kafka->messages;
    int produced = rd_kafka_produce_batch(handle, partition, 0, messages, (int)count);
    lane->topic->kafka->outstanding += (size_t)produced;
    lane->outstanding += (size_t)produced;
    lane->window_records += (size_t)produced;
    bool is_full = false;
    for (size_t i = 0; i < count; i++) {
        struct kafka_opaque opaque = kafka_flight_from_opaque(messages[i]._private);
        if (messages[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            lane->outstanding_bytes += kafka_fill_message_bytes(&messages[i]);
            consume(lane);
            continue;
        }
        if (opaque.stub != KAFKA_STUB_NONE)
            free(messages[i].payload);
        is_full = is_full || messages[i].err == RD_KAFKA_RESP_ERR__QUEUE_FULL;
        if (is_full)
            continue; /* this one and those behind it stay in the lane */
        struct kafka_run run = {opaque.slot, opaque.record, 1, opaque.stub, 0};
        consume(lane);
        kafka_window_fail(lane, run, messages[i].err);
    }
    return produced == (int)count;
}

/* As many records as the credit is for. True: there are more. */
static bool spend(struct kafka_lane *lane, rd_kafka_topic_t *handle, size_t credit_bytes,
                  size_t credit_records)
{
    int32_t partition = RD_KAFKA_PARTITION_UA;
    while (lane->pending.count > 0) {
        if (lane->outstanding >= credit_records)
            return true;
        struct kafka_fill fill =
            kafka_fill_messages(lane, credit_bytes, credit_records - lane->outstanding);
        if (fill.count > 0 && !produce(lane, handle, partition, fill.count))
            return false;
        if (fill.is_full || fill.count == 0)
            return fill.is_full;
        /* Where there is one partition, no key need be hashed to find it: a fifth of the process's
         * CPU time with lines of 209 bytes, while the broker waits. Each hand-over begins with the
         * partitioner all the same, which sees it when partitions are added. */
        if (atomic_load_explicit(&lane->topic->partition_count, memory_order_relaxed) == 1)
            partition = 0;
    }
    return false;
}

static void hand_over(struct kafka_lane *lane, size_t credit_bytes)
{
    struct kafka *kafka = lane->topic->kafka;
    rd_kafka_topic_t *handle = kafka_topic_handle(lane->topic);
    if (!handle) {
        kafka_window_block(lane, rd_kafka_last_error(), KAFKA_WINDOW_PASSING_NS);
        return;
    }
    size_t whole = kafka_window_whole_bytes(lane);
    bool is_first = lane->outstanding == 0;
    bool is_spent =
        spend(lane, handle, credit_bytes, kafka->batch_records * (credit_bytes > whole ? 2 : 1));
    if (is_first)
        lane->sent_by_ns = kafka->now_ns + (is_spent ? 0 : kafka->client_linger_ns);
    if (lane->staged_ns == 0 &&
        (lane->outstanding_bytes > whole || (!is_first && kafka->now_ns >= lane->sent_by_ns)))
        lane->staged_ns = kafka->now_ns;
    size_t bytes = is_spent ? credit_bytes : lane->outstanding_bytes;
    if (bytes > lane->window_bytes)
        lane->window_bytes = bytes < whole ? bytes : whole;
    if (lane->outstanding == 0)
        kafka_window_finish(lane);
}

/* The number of partitions is known and nothing is outstanding: from lane 0 each run goes to the
 * lane of its partition. Where keys are made for each record, all stays in lane 0. */
static void settle(struct kafka_lane *lane)
{
    struct kafka_topic *topic = lane->topic;
    struct kafka *kafka = topic->kafka;
    struct kafka_runs old = lane->pending;
    struct kafka_runs kept = {0};
    if (kafka_runs_reserve(&kept, old.count) < 0)
        return;
    topic->is_settled = true;
    lane->pending = kept;
    lane->pending_bytes = 0;
    for (size_t i = 0; i < old.count; i++) {
        struct kafka_run run = *kafka_runs_at(&old, i);
        size_t key_size;
        char buffer[KAFKA_KEY_BYTES];
        const char *key = kafka_fill_key(kafka, &run, 0, buffer, &key_size);
        struct kafka_lane *target = kafka_topic_lane(topic, key, key_size);
        size_t bytes = 0;
        for (uint32_t j = 0; j < run.count; j++)
            bytes += kafka_fill_record(kafka, &run, j)->payload.size;
        if (!target || kafka_lane_append(target, run, bytes) < 0)
            kafka_lane_append(lane, run, bytes); /* has room: it was reserved */
    }
    kafka_runs_finish(&old);
}

void kafka_lane_advance(struct kafka_lane *lane)
{
    struct kafka_topic *topic = lane->topic;
    struct kafka *kafka = topic->kafka;
    if (kafka->fatal || !kafka->client || kafka->now_ns < lane->blocked_until_ns)
        return;
    if (lane->outstanding == 0 && !topic->is_settled && !kafka->key_is_per_record &&
        atomic_load_explicit(&topic->partition_count, memory_order_relaxed) > 0)
        settle(lane);
    if (lane->pending.count == 0)
        return;
    int64_t waited_ns = kafka->now_ns - kafka_runs_at(&lane->pending, 0)->arrived_ns;
    if (waited_ns < kafka->linger_ns && !kafka->is_flushing &&
        lane->pending_bytes < limit_bytes(lane))
        return;
    size_t credit = credit_bytes(lane);
    if (credit > lane->outstanding_bytes)
        hand_over(lane, credit);
}

/* What was staged behind the reported request goes out now. Where that took longer than librdkafka
 * lingers, its broker thread was polling for the rest of it. Twice in a row is no mere hiccup: then
 * nothing is staged for a while. */
static void note_round_trip(struct kafka_lane *lane)
{
    const struct kafka *kafka = lane->topic->kafka;
    if (lane->reported_ns == kafka->now_ns)
        return;
    lane->reported_ns = kafka->now_ns;
    lane->sent_by_ns = kafka->now_ns;
    if (lane->staged_ns == 0)
        return;
    int64_t polled_ns = kafka->now_ns - lane->staged_ns - kafka->client_linger_ns;
    if (polled_ns > 0 && lane->polled_ns > 0)
        lane->slow_until_ns = kafka->now_ns + SLOW_FACTOR * (polled_ns + lane->polled_ns);
    lane->polled_ns = polled_ns > 0 ? polled_ns : 0;
    lane->staged_ns = 0;
}

void kafka_lane_report(struct kafka_lane *lane, struct kafka_opaque opaque, size_t bytes,
                       rd_kafka_resp_err_t error)
{
    struct kafka *kafka = lane->topic->kafka;
    kafka->outstanding--;
    lane->outstanding--;
    lane->outstanding_bytes -= bytes;
    note_round_trip(lane);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        struct kafka_run run = {opaque.slot, opaque.record, 1, opaque.stub, 0};
        kafka_window_fail(lane, run, error);
    } else {
        lane->backoff_ns = 0;
        if (opaque.stub == KAFKA_STUB_NONE) {
            kafka_flight_delivered(kafka, opaque.slot, opaque.record);
        } else {
            kafka_flight_report(kafka);
            kafka_flight_done(kafka, opaque.slot, opaque.record, 1, DELIVERY_REFUSED);
        }
    }
    if (lane->outstanding == 0)
        kafka_window_finish(lane);
}

int64_t kafka_lane_advance_all(struct kafka *kafka)
{
    int64_t next_ns = INT64_MAX;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    struct kafka_lane **link = &kafka->active;
    while (*link) {
        struct kafka_lane *lane = *link;
        kafka_lane_advance(lane);
        if (lane->backoff_ns > 0)
            error = lane->error;
        if (lane->outstanding == 0 && lane->pending.count > 0) {
            int64_t due_ns = kafka_runs_at(&lane->pending, 0)->arrived_ns + kafka->linger_ns;
            if (due_ns < lane->blocked_until_ns)
                due_ns = lane->blocked_until_ns;
            if (due_ns <= kafka->now_ns) /* librdkafka took none of it, or is gone */
                due_ns = kafka->now_ns + RETRY_NS;
            if (due_ns < next_ns)
                next_ns = due_ns;
        }
        /* A lane that was made active meanwhile stands before all others. */
        while (*link != lane)
            link = &(*link)->next_active;
        if (lane->outstanding == 0 && lane->pending.count == 0) {
            lane->is_active = false;
            *link = lane->next_active;
        } else {
            link = &lane->next_active;
        }
    }
    atomic_store_explicit(&kafka->status.lane_error, (int)error, memory_order_relaxed);
    if (next_ns == INT64_MAX)
        return next_ns;
    return next_ns > kafka->now_ns ? next_ns - kafka->now_ns : 0;
}
