#include "agent/output/kafka_lane.h"

#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/output/kafka_error.h"
#include "agent/output/kafka_runs.h"
#include "agent/output/kafka_stub.h"
#include "agent/output/kafka_topic.h"
#include "agent/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BACKOFF_PASSING_NS  INT64_C(100000000)
#define BACKOFF_BLOCKED_NS  INT64_C(500000000)
#define BACKOFF_MAX_NS      INT64_C(30000000000)
#define RETRY_NS            INT64_C(50000000)
#define REFUSED_MEMORY_NS   INT64_C(300000000000)
#define BATCH_FRAMING_BYTES 256         /* headers of the request and of the record batch */
#define PROVEN_BYTES        (64 * 1024) /* every broker takes this */
#define SLOW_FACTOR         8           /* polling takes at most a ninth of the time */

static struct kafka_flight *flight_of(const struct kafka *kafka, const struct kafka_run *run)
{
    return &kafka->flights[run->slot];
}

static const struct record *record_of(const struct kafka *kafka, const struct kafka_run *run,
                                      uint32_t index)
{
    return &flight_of(kafka, run)->batch->records[run->first + index];
}

/* A request of the size that was configured. */
static size_t whole_bytes(const struct kafka_lane *lane)
{
    return lane->topic->kafka->batch_size_bytes - BATCH_FRAMING_BYTES;
}

static size_t limit_bytes(const struct kafka_lane *lane)
{
    return lane->limit_bytes ? lane->limit_bytes : whole_bytes(lane);
}

/* How much librdkafka may have: one request's worth, and one more behind it, but nothing behind a
 * request that may be refused. */
static size_t credit_bytes(const struct kafka_lane *lane)
{
    const struct kafka *kafka = lane->topic->kafka;
    bool is_alone = lane->limit_bytes > 0 || lane->failed.count > 0 ||
                    kafka->now_ns < lane->slow_until_ns ||
                    (!lane->topic->is_settled && !kafka->key_is_per_record);
    if (!is_alone && lane->proven_bytes >= whole_bytes(lane))
        return 2 * whole_bytes(lane);
    if (lane->outstanding == 0)
        return limit_bytes(lane);
    /* More than was proven goes alone, to be proven. */
    size_t bytes = lane->proven_bytes > PROVEN_BYTES ? lane->proven_bytes : PROVEN_BYTES;
    return !is_alone && lane->outstanding_bytes + lane->pending_bytes <= bytes ? bytes : 0;
}

size_t kafka_lane_message_bytes(const rd_kafka_message_t *message)
{
    return message->len + message->key_len + KAFKA_RECORD_OVERHEAD_BYTES;
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

/* The key of a record. Its bytes are in the flight, the source, or `buffer`. */
static const char *key_of(struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                          char buffer[KAFKA_KEY_BYTES], size_t *ret_size)
{
    const struct kafka_flight *flight = flight_of(kafka, run);
    const struct record *record = record_of(kafka, run, index);
    if (record->key.size == 0 && kafka->key_is_source) {
        *ret_size = sizeof(flight->batch->source->id_text) - 1;
        return flight->batch->source->id_text;
    }
    if (record->key.size == 0 && !kafka->key_is_per_record) {
        *ret_size = flight->key_size;
        return flight->key;
    }
    *ret_size = kafka_topic_key(kafka, flight->batch, record, buffer);
    return buffer;
}

/* A stub in the record's place; librdkafka points at it until its report. */
static int make_stub(const struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                     enum kafka_stub stub, rd_kafka_message_t *message)
{
    char *payload = malloc(KAFKA_STUB_BYTES);
    if (!payload)
        return -ENOMEM;
    message->len =
        kafka_stub_write(flight_of(kafka, run)->batch->source, record_of(kafka, run, index),
                         stub == KAFKA_STUB_TOO_LARGE, payload);
    message->payload = payload;
    return 0;
}

static void log_stub(const struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                     const char *why)
{
    log_warn("a record was refused; a stub takes its place", log_id("output", kafka->output->id),
             log_id("why", why), log_id("source", flight_of(kafka, run)->batch->source->id_text),
             log_unsigned("offset", record_of(kafka, run, index)->offset),
             log_unsigned("bytes", record_of(kafka, run, index)->payload.size));
}

struct fill {
    size_t count;        /* messages */
    size_t bytes;        /* of them */
    size_t key_bytes;    /* of kafka->keys */
    size_t credit_bytes; /* for them and what is outstanding */
    bool is_full;        /* there is no room for another */
};

/* One message. False: it does not fit any more. */
static bool fill_one(struct kafka_lane *lane, const struct kafka_run *run, uint32_t index,
                     struct fill *fill)
{
    struct kafka *kafka = lane->topic->kafka;
    const struct record *record = record_of(kafka, run, index);
    rd_kafka_message_t *message = &kafka->messages[fill->count];
    size_t key_size;
    if (KAFKA_KEYS_BYTES - fill->key_bytes < KAFKA_KEY_BYTES)
        return false;
    char *key_room = kafka->keys + fill->key_bytes;
    const char *key = key_of(kafka, run, index, key_room, &key_size);
    enum kafka_stub stub = run->stub;
    if (stub == KAFKA_STUB_NONE && record->payload.size + key_size > kafka->message_max_bytes) {
        stub = KAFKA_STUB_TOO_LARGE;
        log_stub(kafka, run, index, "it is larger than message.max.bytes");
    }
    *message = (rd_kafka_message_t){
        .payload = record->payload.data ? (void *)(uintptr_t)record->payload.data : (void *)"",
        .len = record->payload.size,
        .key = key_size > 0 ? (void *)(uintptr_t)key : NULL,
        .key_len = key_size,
        ._private = kafka_flight_opaque((struct kafka_opaque){
            .slot = run->slot, .record = run->first + index, .lane = lane->index, .stub = stub}),
    };
    if (stub != KAFKA_STUB_NONE && make_stub(kafka, run, index, stub, message) < 0)
        return false;
    size_t bytes = kafka_lane_message_bytes(message);
    if (lane->outstanding + fill->count > 0 &&
        lane->outstanding_bytes + fill->bytes + bytes > fill->credit_bytes) {
        if (stub != KAFKA_STUB_NONE)
            free(message->payload);
        fill->is_full = true;
        return false;
    }
    if (key == key_room)
        fill->key_bytes += key_size;
    fill->bytes += bytes;
    fill->count++;
    return true;
}

/* Messages for the next call, from the front of the lane, which keeps its runs. */
static struct fill fill_messages(struct kafka_lane *lane, size_t credit_bytes, size_t room)
{
    struct fill fill = {.credit_bytes = credit_bytes};
    if (room > KAFKA_MESSAGES_PER_CALL)
        room = KAFKA_MESSAGES_PER_CALL;
    for (size_t i = 0; i < lane->pending.count && !fill.is_full; i++) {
        const struct kafka_run *run = kafka_runs_at(&lane->pending, i);
        for (uint32_t index = 0; index < run->count; index++) {
            if (fill.count >= room || !fill_one(lane, run, index, &fill))
                return fill;
        }
    }
    return fill;
}

/* Takes the first record off the lane. */
static void consume(struct kafka_lane *lane)
{
    struct kafka *kafka = lane->topic->kafka;
    struct kafka_run *run = kafka_runs_at(&lane->pending, 0);
    size_t bytes = record_of(kafka, run, 0)->payload.size;
    lane->pending_bytes -= bytes < lane->pending_bytes ? bytes : lane->pending_bytes;
    run->first++;
    if (--run->count == 0)
        kafka_runs_drop_first(&lane->pending);
}

static void count_error(const struct kafka *kafka, enum metric metric)
{
    if (kafka->output->metrics)
        metrics_add(kafka->output->metrics, metric, kafka->output->index, 1);
}

/* Waits longer each time. All records of a window fail with one error: it counts once. */
static void block(struct kafka_lane *lane, rd_kafka_resp_err_t error, int64_t backoff_ns)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->blocked_until_ns > kafka->now_ns)
        return;
    lane->backoff_ns = lane->backoff_ns * 2 > backoff_ns ? lane->backoff_ns * 2 : backoff_ns;
    if (lane->backoff_ns > BACKOFF_MAX_NS)
        lane->backoff_ns = BACKOFF_MAX_NS;
    lane->blocked_until_ns = kafka->now_ns + lane->backoff_ns;
    lane->error = error;
    count_error(kafka, METRIC_OUTPUT_ERRORS);
    log_warn("records could not be delivered; they wait and are sent again",
             log_id("output", kafka->output->id), log_id("topic", lane->topic->name),
             log_id("why", rd_kafka_err2str(error)), log_duration("pause", lane->backoff_ns));
}

/* Back into the lane when the window has ended. Without memory it stays undelivered: that holds the
 * checkpoint back, and loses nothing. */
static void send_again(struct kafka_lane *lane, struct kafka_run run)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->failed.count > 0) {
        const struct kafka_run *last = kafka_runs_at(&lane->failed, lane->failed.count - 1);
        uint64_t sequence = flight_of(kafka, last)->sequence;
        if (sequence > flight_of(kafka, &run)->sequence ||
            (last->slot == run.slot && last->first > run.first))
            lane->failed_is_unsorted = true;
    }
    if (kafka_runs_append(&lane->failed, run) < 0)
        log_error("no memory to send a record again; it stays undelivered",
                  log_id("output", kafka->output->id));
}

/* A broker that refuses a request refuses all its records, though each alone may pass: only a
 * record that went alone is refused itself. */
static void refuse(struct kafka_lane *lane, struct kafka_run run, rd_kafka_resp_err_t error)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->window_records > 1) {
        if (!lane->was_refused)
            count_error(kafka, METRIC_OUTPUT_ERRORS);
        lane->was_refused = true;
        send_again(lane, run);
        return;
    }
    lane->was_stubbed = true;
    if (run.stub != KAFKA_STUB_NONE) {
        log_error("the stub of a refused record was refused, too; the record is lost",
                  log_id("output", kafka->output->id), log_id("why", rd_kafka_err2str(error)),
                  log_id("source", flight_of(kafka, &run)->batch->source->id_text),
                  log_unsigned("offset", record_of(kafka, &run, 0)->offset));
        kafka_flight_done(kafka, run.slot, run.first, 1, DELIVERY_REFUSED);
        return;
    }
    count_error(kafka, METRIC_OUTPUT_ERRORS);
    log_stub(kafka, &run, 0, rd_kafka_err2str(error));
    run.stub = kafka_error_is_size(error) ? KAFKA_STUB_TOO_LARGE : KAFKA_STUB_REFUSED;
    send_again(lane, run);
}

static void fail(struct kafka_lane *lane, struct kafka_run run, rd_kafka_resp_err_t error)
{
    struct kafka *kafka = lane->topic->kafka;
    enum kafka_error class = kafka_error_classify(error);
    kafka_flight_report(kafka);
    run.arrived_ns = kafka->now_ns - kafka->linger_ns; /* it has lingered */
    if (class == KAFKA_ERROR_REFUSED) {
        refuse(lane, run, error);
        return;
    }
    if (class == KAFKA_ERROR_FATAL && !kafka->fatal)
        kafka->fatal = error;
    if (!kafka->fatal) /* the purge before a new client fails all, for no reason of the lane */
        block(lane, error, class == KAFKA_ERROR_BLOCKED ? BACKOFF_BLOCKED_NS : BACKOFF_PASSING_NS);
    send_again(lane, run);
}

/* How large the next window may be. A refused one is halved until the record that the broker does
 * not take is alone; a size that was refused without such a record is not tried again for a while.
 */
static void size_next_window(struct kafka_lane *lane)
{
    int64_t now_ns = lane->topic->kafka->now_ns;
    size_t whole = whole_bytes(lane);
    if (lane->was_refused) {
        lane->probe_records = 0;
        for (size_t i = 0; i < lane->failed.count; i++)
            lane->probe_records += kafka_runs_at(&lane->failed, i)->count;
        lane->limit_bytes = lane->window_bytes / 2;
        lane->refused_bytes = lane->window_bytes;
        lane->refused_until_ns = now_ns + REFUSED_MEMORY_NS;
        lane->proven_bytes = 0;
    } else if (lane->was_stubbed) {
        lane->probe_records = 0;
        lane->limit_bytes = 0;
        lane->refused_bytes = 0;
    } else if (lane->limit_bytes > 0 && lane->failed.count == 0) {
        lane->probe_records -=
            lane->window_records < lane->probe_records ? lane->window_records : lane->probe_records;
        if (lane->probe_records > 0)
            return;
        if (now_ns > lane->refused_until_ns)
            lane->refused_bytes = 0;
        size_t ceiling = lane->refused_bytes ? lane->refused_bytes / 8 * 7 : whole;
        lane->limit_bytes = lane->limit_bytes * 2 < ceiling ? lane->limit_bytes * 2 : ceiling;
        if (lane->limit_bytes >= whole)
            lane->limit_bytes = 0;
    } else if (lane->failed.count == 0 && lane->window_bytes > lane->proven_bytes) {
        lane->proven_bytes = lane->window_bytes;
    }
}

/* Every record that was handed over has its report. */
static void finish_window(struct kafka_lane *lane)
{
    struct kafka *kafka = lane->topic->kafka;
    size_next_window(lane);
    if (lane->failed_is_unsorted)
        kafka_runs_sort(&lane->failed, kafka->flights);
    lane->failed_is_unsorted = false;
    for (size_t i = lane->failed.count; i-- > 0;) {
        const struct kafka_run *run = kafka_runs_at(&lane->failed, i);
        if (kafka_runs_prepend(&lane->pending, *run) < 0) {
            log_error("no memory to send a record again; it stays undelivered",
                      log_id("output", kafka->output->id));
            continue;
        }
        for (uint32_t j = 0; j < run->count; j++)
            lane->pending_bytes += record_of(kafka, run, j)->payload.size;
        if (kafka->output->metrics)
            metrics_add(kafka->output->metrics, METRIC_OUTPUT_RETRIES, kafka->output->index,
                        run->count);
    }
    lane->failed.count = 0;
    lane->failed.head = 0;
    lane->window_records = 0;
    lane->window_bytes = 0;
    lane->staged_ns = 0;
    lane->was_refused = false;
    lane->was_stubbed = false;
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
            lane->outstanding_bytes += kafka_lane_message_bytes(&messages[i]);
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
        fail(lane, run, messages[i].err);
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
        struct fill fill = fill_messages(lane, credit_bytes, credit_records - lane->outstanding);
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
        block(lane, rd_kafka_last_error(), BACKOFF_PASSING_NS);
        return;
    }
    size_t whole = whole_bytes(lane);
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
        finish_window(lane);
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
        const char *key = key_of(kafka, &run, 0, buffer, &key_size);
        struct kafka_lane *target = kafka_topic_lane(topic, key, key_size);
        size_t bytes = 0;
        for (uint32_t j = 0; j < run.count; j++)
            bytes += record_of(kafka, &run, j)->payload.size;
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
        fail(lane, run, error);
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
        finish_window(lane);
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
