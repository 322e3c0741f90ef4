#pragma once
/* Flights: batches of which this output still owes records, and the opaque that names a record. */
#include "agent/output/kafka.h"

/* What travels through librdkafka with a message. */
struct kafka_opaque {
    uint32_t slot;
    uint32_t record;
    uint16_t lane;
    enum kafka_stub stub;
};

void *kafka_flight_opaque(struct kafka_opaque opaque);
struct kafka_opaque kafka_flight_from_opaque(const void *opaque);

/* Takes `count` records of the batch. 0, -ENOMEM, or -ENOSPC when all slots are used.
 */
int kafka_flight_add(struct kafka *kafka, struct batch *batch, size_t count, uint32_t *ret_slot);
/* The flight's last `count` records were not taken after all. */
void kafka_flight_shorten(struct kafka *kafka, uint32_t slot, size_t count);
/* `count` records from `first` on are done. The last ones free the slot and move the batch on. */
void kafka_flight_done(struct kafka *kafka, uint32_t slot, uint32_t first, uint32_t count,
                       enum delivery delivery);
/* The same for one delivered record, gathered until kafka_flight_report: reports come in order. */
void kafka_flight_delivered(struct kafka *kafka, uint32_t slot, uint32_t record);
void kafka_flight_report(struct kafka *kafka);
void kafka_flight_finish(struct kafka *kafka);
