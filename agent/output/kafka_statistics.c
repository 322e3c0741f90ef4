#include "agent/output/kafka_statistics.h"

#include "agent/json.h"

#include <stdlib.h>
#include <string.h>

/* The number of that key in the object, 0 where there is none. */
static int64_t number(const char *text, size_t size, const char *key)
{
    struct json_member member;
    char digits[32];
    if (!json_object_find(text, size, key, strlen(key), &member) ||
        member.value_size >= sizeof(digits))
        return 0;
    memcpy(digits, member.value, member.value_size);
    digits[member.value_size] = '\0';
    return strtoll(digits, NULL, 10);
}

bool kafka_statistics_parse(const char *json, size_t size, struct kafka_statistics *ret_statistics)
{
    struct kafka_statistics statistics = {0};
    struct json_member brokers, broker, member;
    struct json_object object;
    int64_t round_trip_us = 0, answered = 0;
    if (!json_object_find(json, size, "brokers", 7, &brokers) ||
        !json_object_open(brokers.value, brokers.value_size, &object))
        return false;
    while (json_object_next(&object, &broker) == JSON_MEMBER) {
        if (json_object_find(broker.value, broker.value_size, "state", 5, &member) &&
            member.value_size == 4 && memcmp(member.value, "\"UP\"", 4) == 0)
            statistics.brokers_up++;
        if (!json_object_find(broker.value, broker.value_size, "rtt", 3, &member) ||
            number(member.value, member.value_size, "cnt") == 0)
            continue;
        round_trip_us += number(member.value, member.value_size, "avg");
        answered++;
    }
    statistics.queue_records = number(json, size, "msg_cnt");
    statistics.queue_bytes = number(json, size, "msg_size");
    statistics.round_trip_ns = answered > 0 ? round_trip_us * 1000 / answered : 0;
    *ret_statistics = statistics;
    return true;
}
