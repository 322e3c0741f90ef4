#pragma once
/* The librdkafka instance: making it, its reports and events, and making it anew after an error
 * that an idempotent producer cannot go on from. */
#include "agent/output/kafka.h"

/* Makes a client from kafka->conf. 0, or negative errno with a text in kafka->error. */
int kafka_client_open(struct kafka *kafka);
/* Serves reports and events, and takes the next step of a renewal. Returns in how many nanoseconds
 * a renewal wants it again, INT64_MAX for never. */
int64_t kafka_client_serve(struct kafka *kafka);
/* Ends the client. Records that it still had stay undelivered. */
void kafka_client_close(struct kafka *kafka);
