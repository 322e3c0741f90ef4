#pragma once
/* What a Kafka client is made from: our defaults, the user's properties, and what is refused. */
#include "agent/output/kafka.h"

/* The option row's check: complains of every property that is refused, at its line. */
void kafka_config_check(const void *value, struct option_check *check);
/* Fills kafka->conf and what is read back from it (batch size, linger, partitioner). On failure
 * kafka->error says what is wrong, without any value. 0 or -EINVAL. */
int kafka_config_apply(struct kafka *kafka);
