#pragma once
/* Lanes: what waits for a partition, and the windows of it that librdkafka has. See kafka.h. */
#include "agent/output/kafka.h"
#include "agent/output/kafka_flight.h"

/* Puts records of a flight at the lane's end. 0 or -ENOMEM. */
int kafka_lane_append(struct kafka_lane *lane, struct kafka_run run, size_t bytes);
/* Hands the next window over if the time has come. */
void kafka_lane_advance(struct kafka_lane *lane);
/* A report on a message of `bytes`: the record is done, or goes back into the lane. */
void kafka_lane_report(struct kafka_lane *lane, struct kafka_opaque opaque, size_t bytes,
                       rd_kafka_resp_err_t error);
/* Advances every lane that has something to do. Returns in how many nanoseconds the next one wants
 * it again, INT64_MAX for only after a report. */
int64_t kafka_lane_advance_all(struct kafka *kafka);
