#include "agent/output/kafka_fill.h"

#include "agent/log.h"
#include "agent/output/kafka_flight.h"
#include "agent/output/kafka_runs.h"
#include "agent/output/kafka_stub.h"
#include "agent/output/kafka_topic.h"
#include "agent/source.h"

#include <errno.h>
#include <stdlib.h>

size_t kafka_fill_message_bytes(const rd_kafka_message_t *message)
{
    return message->len + message->key_len + KAFKA_RECORD_OVERHEAD_BYTES;
}

const char *kafka_fill_key(struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                           char buffer[KAFKA_KEY_BYTES], size_t *ret_size)
{
    const struct kafka_flight *flight = kafka_fill_flight(kafka, run);
    const struct record *record = kafka_fill_record(kafka, run, index);
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
    message->len = kafka_stub_write(kafka_fill_flight(kafka, run)->batch->source,
                                    kafka_fill_record(kafka, run, index),
                                    stub == KAFKA_STUB_TOO_LARGE, payload);
    message->payload = payload;
    return 0;
}

void kafka_fill_log_stub(const struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                         const char *why)
{
    log_warn("a record was refused; a stub takes its place", log_id("output", kafka->output->id),
             log_id("why", why),
             log_id("source", kafka_fill_flight(kafka, run)->batch->source->id_text),
             log_unsigned("offset", kafka_fill_record(kafka, run, index)->offset),
             log_unsigned("bytes", kafka_fill_record(kafka, run, index)->payload.size));
}

/* One message. False: it does not fit any more. */
static bool fill_one(struct kafka_lane *lane, const struct kafka_run *run, uint32_t index,
                     struct kafka_fill *fill)
{
    struct kafka *kafka = lane->topic->kafka;
    const struct record *record = kafka_fill_record(kafka, run, index);
    rd_kafka_message_t *message = &kafka->messages[fill->count];
    size_t key_size;
    if (KAFKA_KEYS_BYTES - fill->key_bytes < KAFKA_KEY_BYTES)
        return false;
    char *key_room = kafka->keys + fill->key_bytes;
    const char *key = kafka_fill_key(kafka, run, index, key_room, &key_size);
    enum kafka_stub stub = run->stub;
    if (stub == KAFKA_STUB_NONE && record->payload.size + key_size > kafka->message_max_bytes) {
        stub = KAFKA_STUB_TOO_LARGE;
        kafka_fill_log_stub(kafka, run, index, "it is larger than message.max.bytes");
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
    size_t bytes = kafka_fill_message_bytes(message);
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

struct kafka_fill kafka_fill_messages(struct kafka_lane *lane, size_t credit_bytes, size_t room)
{
    struct kafka_fill fill = {.credit_bytes = credit_bytes};
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
