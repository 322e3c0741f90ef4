#pragma once
/* Messages for librdkafka from the records at the front of a lane. */
#include "agent/output/kafka.h"

struct kafka_fill {
    size_t count;        /* messages */
    size_t bytes;        /* of them */
    size_t key_bytes;    /* of kafka->keys */
    size_t credit_bytes; /* for them and what is outstanding */
    bool is_full;        /* there is no room for another */
};

static inline struct kafka_flight *kafka_fill_flight(const struct kafka *kafka,
                                                     const struct kafka_run *run)
{
    return &kafka->flights[run->slot];
}

static inline const struct record *kafka_fill_record(const struct kafka *kafka,
                                                     const struct kafka_run *run, uint32_t index)
{
    return &kafka_fill_flight(kafka, run)->batch->records[run->first + index];
}

/* The key of a record. Its bytes are in the flight, the source, or `buffer`. */
const char *kafka_fill_key(struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                           char buffer[KAFKA_KEY_BYTES], size_t *ret_size);
/* What a message takes of a request, nearly. */
size_t kafka_fill_message_bytes(const rd_kafka_message_t *message);
/* `why` is a constant. */
void kafka_fill_log_stub(const struct kafka *kafka, const struct kafka_run *run, uint32_t index,
                         const char *why);
/* Messages for the next call, from the front of the lane, which keeps its runs: at most `room` of
 * them, and with what is outstanding `credit_bytes`. */
struct kafka_fill kafka_fill_messages(struct kafka_lane *lane, size_t credit_bytes, size_t room);
