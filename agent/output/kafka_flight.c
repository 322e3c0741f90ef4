#include "agent/output/kafka_flight.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert(sizeof(uintptr_t) == 8, "an opaque takes 64 bits");

void *kafka_flight_opaque(struct kafka_opaque opaque)
{
    return (void *)((uintptr_t)opaque.slot << 44 | (uintptr_t)opaque.record << 17 |
                    (uintptr_t)opaque.lane << 2 | (uintptr_t)opaque.stub);
}

struct kafka_opaque kafka_flight_from_opaque(const void *opaque)
{
    uintptr_t bits = (uintptr_t)opaque;
    return (struct kafka_opaque){
        .slot = (uint32_t)(bits >> 44),
        .record = (uint32_t)(bits >> 17) & (KAFKA_RECORDS_MAX - 1),
        .lane = (uint16_t)((bits >> 2) & (KAFKA_LANES_PER_TOPIC - 1)),
        .stub = (enum kafka_stub)(bits & 3),
    };
}

static int grow(struct kafka *kafka)
{
    uint32_t count = kafka->flight_count ? kafka->flight_count * 2 : 64;
    if (count > KAFKA_FLIGHTS_MAX)
        return -ENOSPC;
    struct kafka_flight *flights = realloc(kafka->flights, count * sizeof(*flights));
    if (!flights)
        return -ENOMEM;
    for (uint32_t i = kafka->flight_count; i < count; i++)
        flights[i] = (struct kafka_flight){.next_free = i + 1 < count ? i + 1 : UINT32_MAX};
    kafka->free_slot = kafka->flight_count;
    kafka->flights = flights;
    kafka->flight_count = count;
    return 0;
}

int kafka_flight_add(struct kafka *kafka, struct batch *batch, size_t count, uint32_t *ret_slot)
{
    if (batch->record_count > KAFKA_RECORDS_MAX)
        return -ENOSPC;
    if (kafka->free_slot == UINT32_MAX) {
        int r = grow(kafka);
        if (r < 0)
            return r;
    }
    uint32_t slot = kafka->free_slot;
    struct kafka_flight *flight = &kafka->flights[slot];
    kafka->free_slot = flight->next_free;
    *flight = (struct kafka_flight){
        .batch = batch,
        .left = count,
        .sequence = kafka->next_sequence++,
        .held_bytes = batch->payload_bytes,
    };
    kafka->held_bytes += flight->held_bytes;
    *ret_slot = slot;
    return 0;
}

static void release(struct kafka *kafka, uint32_t slot)
{
    struct kafka_flight *flight = &kafka->flights[slot];
    kafka->held_bytes -= flight->held_bytes;
    free(flight->key);
    *flight = (struct kafka_flight){.next_free = kafka->free_slot};
    kafka->free_slot = slot;
}

void kafka_flight_shorten(struct kafka *kafka, uint32_t slot, size_t count)
{
    kafka->flights[slot].left -= count;
    if (kafka->flights[slot].left == 0)
        release(kafka, slot);
}

void kafka_flight_done(struct kafka *kafka, uint32_t slot, uint32_t first, uint32_t count,
                       enum delivery delivery)
{
    struct kafka_flight *flight = &kafka->flights[slot];
    struct batch *batch = flight->batch;
    flight->left -= count;
    if (flight->left == 0)
        release(kafka, slot);
    output_delivered(kafka->output, batch, &batch->records[first], count, delivery, kafka->now_ns);
}

void kafka_flight_delivered(struct kafka *kafka, uint32_t slot, uint32_t record)
{
    struct kafka_reported *reported = &kafka->reported;
    if (reported->count > 0 && reported->slot == slot &&
        reported->first + reported->count == record) {
        reported->count++;
        return;
    }
    kafka_flight_report(kafka);
    *reported = (struct kafka_reported){.slot = slot, .first = record, .count = 1};
}

void kafka_flight_report(struct kafka *kafka)
{
    struct kafka_reported reported = kafka->reported;
    kafka->reported.count = 0;
    if (reported.count > 0)
        kafka_flight_done(kafka, reported.slot, reported.first, reported.count, DELIVERY_OK);
}

void kafka_flight_finish(struct kafka *kafka)
{
    for (uint32_t i = 0; i < kafka->flight_count; i++)
        free(kafka->flights[i].key);
    free(kafka->flights);
    kafka->flights = NULL;
    kafka->flight_count = 0;
    kafka->free_slot = UINT32_MAX;
}
