#pragma once
/* What becomes of a window: records that fail go back into their lane, and what was refused makes
 * the next windows smaller. */
#include "agent/output/kafka.h"

#define KAFKA_WINDOW_PASSING_NS                                                                    \
    INT64_C(100000000) /* the first pause after what passes by itself                              \
                        */

/* A request of the size that was configured. */
size_t kafka_window_whole_bytes(const struct kafka_lane *lane);
/* Waits, longer each time. All records of a window fail with one error: it counts once. */
void kafka_window_block(struct kafka_lane *lane, rd_kafka_resp_err_t error, int64_t backoff_ns);
/* A record failed: it is sent again, as a stub where it was refused alone. */
void kafka_window_fail(struct kafka_lane *lane, struct kafka_run run, rd_kafka_resp_err_t error);
/* Every record that was handed over has its report. */
void kafka_window_finish(struct kafka_lane *lane);
