#include "agent/output/kafka.h"

#include "agent/output/kafka_client.h"
#include "agent/output/kafka_config.h"
#include "agent/output/kafka_flight.h"
#include "agent/output/kafka_lane.h"
#include "agent/output/kafka_topic.h"
#include "agent/redact.h"
#include "agent/source.h"
#include "agent/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define STARVED_NS INT64_C(100000000)

static void check_topic(const void *value, struct option_check *check)
{
    const char *topic = *(char *const *)value;
    if (!template_topic_valid(topic, strlen(topic)))
        option_complain(check, NULL, DIAGNOSTIC_ERROR,
                        "is no topic name: letters, digits, '.', '_' and '-'");
}

static const struct option_word deliveries[] = {{"at_least_once", 0}, {NULL, 0}};

static const struct option options[] = {
    {"topic", OPTION_TEMPLATE, OPTION_REQUIRED, offsetof(struct kafka_config, topic), NULL, 1, 1024,
     NULL, NULL, "Topic of a record; `%{…}` takes a field of the clean record"},
    {"topic_fallback", OPTION_STRING, 0, offsetof(struct kafka_config, topic_fallback),
     "blotter-fallback", 1, 249, NULL, check_topic,
     "Topic of records whose own is no topic name, lacks a field, or is one too many"},
    {"max_topics", OPTION_INT, 0, offsetof(struct kafka_config, max_topics), "256", 1, 10000, NULL,
     NULL, "How many topics the template may make"},
    {"key", OPTION_TEMPLATE, 0, offsetof(struct kafka_config, key), "%{blotter.source}", 0, 1024,
     NULL, NULL, "Key of a record; records of one key keep their order in one partition"},
    {"delivery", OPTION_ENUM, 0, offsetof(struct kafka_config, delivery), "at_least_once", 0, 0,
     deliveries, NULL, "What is promised: nothing is lost, a record may come twice"},
    {"properties", OPTION_STRING_MAP, OPTION_REQUIRED, offsetof(struct kafka_config, properties),
     NULL, 0, 0, NULL, kafka_config_check, "librdkafka's properties, such as bootstrap.servers"},
    {NULL},
};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void close_kafka(struct output *output)
{
    struct kafka *kafka = output->state;
    kafka_client_close(kafka);
    kafka_topic_finish(kafka);
    kafka_flight_finish(kafka);
    if (kafka->conf)
        rd_kafka_conf_destroy(kafka->conf);
    kafka->conf = NULL;
    if (kafka->descriptor >= 0)
        close(kafka->descriptor);
    kafka->descriptor = -1;
}

static int open_kafka(struct output *output, struct clean *ret_error)
{
    struct kafka *kafka = output->state;
    kafka->output = output;
    kafka->config = output->config;
    kafka->free_slot = UINT32_MAX;
    kafka->now_ns = monotonic_ns();
    kafka->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int r = kafka->descriptor < 0 ? -errno : kafka_config_apply(kafka);
    if (r == 0) {
        kafka_topic_inspect(kafka);
        r = kafka_client_open(kafka);
    }
    if (r < 0) {
        if (!kafka->error[0])
            snprintf(kafka->error, sizeof(kafka->error), "%s", strerror(-r));
        *ret_error = clean_from_config(kafka->error);
        close_kafka(output);
    }
    return r;
}

/* The key that all records of the flight share is made once. */
static int set_key(struct kafka *kafka, uint32_t slot, const struct record *record)
{
    struct kafka_flight *flight = &kafka->flights[slot];
    char key[KAFKA_KEY_BYTES];
    if (kafka->key_is_source || kafka->key_is_per_record)
        return 0;
    flight->key_size = kafka_topic_key(kafka, flight->batch, record, key);
    flight->key = malloc(flight->key_size + 1);
    if (!flight->key)
        return -ENOMEM;
    memcpy(flight->key, key, flight->key_size);
    return 0;
}

static struct kafka_lane *lane_of(struct kafka *kafka, uint32_t slot, const struct record *record)
{
    const struct kafka_flight *flight = &kafka->flights[slot];
    struct kafka_topic *topic = kafka_topic_of(kafka, flight->batch, record);
    if (!topic)
        return NULL;
    if (kafka->key_is_per_record)
        return kafka_topic_lane(topic, NULL, 0);
    if (record->key.size > 0)
        return kafka_topic_lane(topic, record->key.data, record->key.size);
    if (kafka->key_is_source)
        return kafka_topic_lane(topic, flight->batch->source->id_text,
                                strlen(flight->batch->source->id_text));
    return kafka_topic_lane(topic, flight->key, flight->key_size);
}

/* Whether topic or key differ within the batch. */
static bool is_mixed(const struct kafka *kafka, const struct batch *batch, size_t first, size_t end)
{
    if (kafka->topic_is_per_record)
        return true;
    for (size_t i = first; i < end; i++) {
        if (batch->records[i].topic.size > 0 || batch->records[i].key.size > 0)
            return true;
    }
    return false;
}

static int append(struct kafka *kafka, uint32_t slot, size_t first, size_t count, size_t bytes)
{
    const struct batch *batch = kafka->flights[slot].batch;
    struct kafka_lane *lane = lane_of(kafka, slot, &batch->records[first]);
    if (!lane)
        return -ENOMEM;
    struct kafka_run run = {slot, (uint32_t)first, (uint32_t)count, KAFKA_STUB_NONE, kafka->now_ns};
    return kafka_lane_append(lane, run, bytes);
}

/* A batch is taken whole, as long as what is held stays within buffer.memory; one is always taken,
 * so that a batch larger than the buffer gets through. */
static size_t write_kafka(struct output *output, struct batch *batch, size_t first)
{
    struct kafka *kafka = output->state;
    size_t count = output_end(output, batch) - first;
    uint32_t slot;
    if (count == 0 ||
        (kafka->held_bytes > 0 && kafka->held_bytes + batch->payload_bytes > output->buffer_bytes))
        return 0;
    kafka->now_ns = monotonic_ns();
    kafka->is_starved = kafka_flight_add(kafka, batch, count, &slot) < 0;
    if (kafka->is_starved)
        return 0;
    int r = set_key(kafka, slot, &batch->records[first]);
    size_t taken = 0;
    if (r == 0 && !is_mixed(kafka, batch, first, first + count)) {
        r = append(kafka, slot, first, count, batch->payload_bytes);
        taken = r == 0 ? count : 0;
    } else {
        for (; r == 0 && taken < count; taken += r == 0)
            r = append(kafka, slot, first + taken, 1, batch->records[first + taken].payload.size);
    }
    kafka->is_starved = r < 0;
    if (taken < count)
        kafka_flight_shorten(kafka, slot, count - taken);
    kafka_lane_advance_all(kafka);
    return taken;
}

static int poll_kafka(struct output *output)
{
    struct kafka *kafka = output->state;
    kafka->now_ns = monotonic_ns();
    int64_t next_ns = kafka_client_serve(kafka);
    int64_t lane_ns = kafka_lane_advance_all(kafka);
    if (lane_ns < next_ns)
        next_ns = lane_ns;
    if (kafka->fatal && next_ns == INT64_MAX) /* it was found out just now */
        next_ns = 0;
    if (kafka->is_starved && next_ns > STARVED_NS)
        next_ns = STARVED_NS;
    return next_ns == INT64_MAX ? -1 : (int)((next_ns + 999999) / 1000000);
}

static int descriptor(struct output *output)
{
    const struct kafka *kafka = output->state;
    return kafka->descriptor;
}

static void flush(struct output *output)
{
    struct kafka *kafka = output->state;
    kafka->is_flushing = true;
}

static bool is_ready(struct output *output, char *ret_why, size_t why_size)
{
    const struct kafka *kafka = output->state;
    int lane_error = atomic_load_explicit(&kafka->status.lane_error, memory_order_relaxed);
    int client_error = atomic_load_explicit(&kafka->status.client_error, memory_order_relaxed);
    if (atomic_load_explicit(&kafka->status.is_renewing, memory_order_relaxed))
        snprintf(ret_why, why_size, "the client is made anew after a fatal error");
    else if (lane_error)
        snprintf(ret_why, why_size, "records wait: %s",
                 rd_kafka_err2str((rd_kafka_resp_err_t)lane_error));
    else if (client_error)
        snprintf(ret_why, why_size, "no connection: %s",
                 rd_kafka_err2str((rd_kafka_resp_err_t)client_error));
    else if (atomic_load_explicit(&kafka->status.brokers_up, memory_order_relaxed) == 0)
        snprintf(ret_why, why_size, "no broker is connected yet");
    else
        return true;
    return false;
}

const struct output_type kafka_output_type = {
    .name = "kafka",
    .summary = "Delivers to Apache Kafka, acknowledged by every in-sync replica",
    .options = options,
    .config_size = sizeof(struct kafka_config),
    .state_size = sizeof(struct kafka),
    .open = open_kafka,
    .write = write_kafka,
    .poll = poll_kafka,
    .descriptor = descriptor,
    .flush = flush,
    .close = close_kafka,
    .is_ready = is_ready,
};
