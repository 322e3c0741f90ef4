#pragma once
/* What librdkafka says of itself (statistics.interval.ms), as far as metrics show it. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kafka_statistics {
    int64_t queue_records;
    int64_t queue_bytes;
    int64_t round_trip_ns; /* mean of the interval, over brokers that answered in it; 0: none did */
    unsigned brokers_up;
};

/* False where the text is not of the form that librdkafka writes. */
bool kafka_statistics_parse(const char *json, size_t size, struct kafka_statistics *ret_statistics);
