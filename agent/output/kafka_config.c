#include "agent/output/kafka_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* librdkafka's own linger: how long a window may wait behind a request in flight before its broker
 * thread polls without sleeping, see kafka.h. What linger.ms is more is waited for here. */
#define CLIENT_LINGER_MS 5.0
/* A window is at least this: smaller values of batch.size do not bound the framing. */
#define BATCH_SIZE_MIN_BYTES 4096

struct property {
    const char *name;
    const char *value;
};

/* Set before the user's. */
static const struct property defaults[] = {
    {"client.id", "blotter"},
    {"linger.ms", "5"},
    /* A missing topic is reported after this, and retried by us: the reason is known early. */
    {"topic.metadata.propagation.max.ms", "5000"},
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "10000"},
    {"retry.backoff.ms", "100"},
    {"statistics.interval.ms", "1000"},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},
    {"log.connection.close", "false"},
};

/* Names with one meaning. */
static const struct property aliases[] = {
    {"request.required.acks", "acks"},
    {"max.in.flight", "max.in.flight.requests.per.connection"},
    {"queue.buffering.max.ms", "linger.ms"},
    {"delivery.timeout.ms", "message.timeout.ms"},
    {"metadata.broker.list", "bootstrap.servers"},
};

/* Name, or beginning of a name (with a dot or underscore at its end), and why. */
static const struct property refused[] = {
    {"delivery.report.only.error", "each record must be reported"},
    {"dr_cb", "callbacks belong to blotter"},
    {"dr_msg_cb", "callbacks belong to blotter"},
    {"plugin.library.paths", "no code is loaded into this process"},
    {"ssl.engine.location", "no code is loaded into this process"},
    {"ssl_engine_callback_data", "no code is loaded into this process"},
    {"ssl.providers", "no code is loaded into this process"},
    {"enable.gapless.guarantee", "a refused record would end delivery"},
    {"transactional.id", "only delivery: exactly_once takes a transaction"},
    {"queuing.strategy", "records of a source keep their order"},
    {"produce.offset.report", "blotter reads no offsets"},
    {"log.queue", "the log belongs to blotter"},
    {"enabled_events", "events belong to blotter"},
    {"opaque", "callbacks belong to blotter"},
    {"interceptors", "callbacks belong to blotter"},
    {"default_topic_conf", "set the property itself"},
};

static const char *canonical(const char *name)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (strcmp(aliases[i].name, name) == 0)
            return aliases[i].value;
    }
    return name;
}

/* Looks at the properties, either when the file is read (complaints go to `check`, all of them), or
 * when the output opens (the first goes to `error`). */
struct judge {
    const struct option_map *map;
    rd_kafka_conf_t *conf;
    struct option_check *check;
    char *error;
    bool has_failed;
};

/* The last value that the user gave the property under any of its names, or NULL. */
static const char *user_value(const struct judge *judge, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < judge->map->count; i++) {
        if (strcmp(canonical(judge->map->pairs[i].key), name) == 0)
            value = judge->map->pairs[i].value;
    }
    return value;
}

/* The spelling that the user chose for the property; NULL: it is not in the file. */
static const char *user_name(const struct judge *judge, const char *name)
{
    const char *spelling = NULL;
    for (size_t i = 0; i < judge->map->count; i++) {
        if (strcmp(canonical(judge->map->pairs[i].key), name) == 0)
            spelling = judge->map->pairs[i].key;
    }
    return spelling;
}

static const char *refusal(const char *name)
{
    size_t size = strlen(name);
    if (size > 3 && strcmp(name + size - 3, "_cb") == 0)
        return "callbacks belong to blotter";
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (strcmp(refused[i].name, name) == 0)
            return refused[i].value;
    }
    return NULL;
}

/* Never the value: it may be a password that was put under a wrong name. */
static void fail(struct judge *judge, const char *name, const char *why)
{
    if (judge->check)
        option_complain(judge->check, user_name(judge, name), DIAGNOSTIC_ERROR, "%s: %s", name,
                        why);
    else if (!judge->has_failed)
        snprintf(judge->error, KAFKA_ERROR_BYTES, "properties: %s: %s", name, why);
    judge->has_failed = true;
}

static void warn(struct judge *judge, const char *name, const char *what)
{
    if (judge->check)
        option_complain(judge->check, user_name(judge, name), DIAGNOSTIC_WARNING, "%s: %s", name,
                        what);
}

static void set(struct judge *judge, const char *name, const char *value)
{
    char ignored[256]; /* librdkafka's text holds the value */
    switch (rd_kafka_conf_set(judge->conf, name, value, ignored, sizeof(ignored))) {
    case RD_KAFKA_CONF_OK:
        return;
    case RD_KAFKA_CONF_UNKNOWN:
        fail(judge, name, "librdkafka has no such property");
        return;
    default:
        fail(judge, name, "librdkafka does not take this value");
    }
}

static void set_number(struct judge *judge, const char *name, size_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%zu", value);
    set(judge, name, text);
}

static double number(const rd_kafka_conf_t *conf, const char *name)
{
    char text[64];
    size_t size = sizeof(text);
    if (rd_kafka_conf_get(conf, name, text, &size) != RD_KAFKA_CONF_OK)
        return 0;
    return strtod(text, NULL);
}

/* What makes an acknowledgement an acknowledgement. */
static void judge_guarantees(struct judge *judge)
{
    const char *acks = user_value(judge, "acks");
    const char *idempotence = user_value(judge, "enable.idempotence");
    const char *in_flight = user_value(judge, "max.in.flight.requests.per.connection");
    const char *timeout = user_value(judge, "message.timeout.ms");
    bool is_idempotent = !idempotence || strcmp(idempotence, "true") == 0;
    bool is_weak = acks && strcmp(acks, "all") != 0 && strcmp(acks, "-1") != 0;
    if (acks && strcmp(acks, "0") == 0) {
        fail(judge, "acks", "0 acknowledges nothing; leave it out for all");
        return;
    }
    if (is_weak && idempotence && is_idempotent) {
        fail(judge, "acks", "enable.idempotence takes only all");
        return;
    }
    if (is_weak) {
        warn(judge, "acks", "less than all: records are lost with the leader of their partition");
        is_idempotent = false;
    }
    if (!is_idempotent && in_flight && strcmp(in_flight, "1") != 0)
        fail(judge, "max.in.flight.requests.per.connection",
             "without idempotence only 1 keeps the order");
    set(judge, "acks", is_weak ? acks : "all");
    set(judge, "enable.idempotence", is_idempotent ? "true" : "false");
    if (!is_idempotent)
        set(judge, "max.in.flight.requests.per.connection", "1");
    if (timeout && strcmp(timeout, "0") != 0)
        warn(judge, "message.timeout.ms", "is taken as 0: a record waits until the broker has it");
    set(judge, "message.timeout.ms", "0");
}

/* The messages wait in blotter, see kafka.h: what librdkafka holds is one window a partition. */
static void set_limits(struct judge *judge, size_t buffer_bytes)
{
    size_t kilobytes = buffer_bytes / 1024 > 1024 ? buffer_bytes / 1024 : 1024;
    if (!user_value(judge, "queue.buffering.max.kbytes"))
        set_number(judge, "queue.buffering.max.kbytes", kilobytes);
    if (!user_value(judge, "queue.buffering.max.messages"))
        set_number(judge, "queue.buffering.max.messages", kilobytes * 16);
}

static void judge_properties(struct judge *judge)
{
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        set(judge, defaults[i].name, defaults[i].value);
    for (size_t i = 0; i < judge->map->count; i++) {
        const char *name = judge->map->pairs[i].key;
        const char *why = refusal(name);
        if (why)
            fail(judge, name, why);
        else
            set(judge, name, judge->map->pairs[i].value);
    }
    judge_guarantees(judge);
    if (!user_value(judge, "bootstrap.servers") && !user_value(judge, "test.mock.num.brokers"))
        fail(judge, "bootstrap.servers", "is missing: the brokers' HOST:PORT, with commas between");
}

static void choose_partitioner(struct kafka *kafka, const char *name)
{
    static const struct {
        const char *name;
        int32_t (*partition)(const rd_kafka_topic_t *, const void *, size_t, int32_t, void *,
                             void *);
    } partitioners[] = {
        {"consistent_random", rd_kafka_msg_partitioner_consistent_random},
        {"consistent", rd_kafka_msg_partitioner_consistent},
        {"random", rd_kafka_msg_partitioner_random},
        {"murmur2", rd_kafka_msg_partitioner_murmur2},
        {"murmur2_random", rd_kafka_msg_partitioner_murmur2_random},
        {"fnv1a", rd_kafka_msg_partitioner_fnv1a},
        {"fnv1a_random", rd_kafka_msg_partitioner_fnv1a_random},
    };
    for (size_t i = 0; i < sizeof(partitioners) / sizeof(partitioners[0]); i++) {
        if (strcmp(partitioners[i].name, name) == 0) {
            kafka->partitioner = partitioners[i].partition;
            return;
        }
    }
}

static void read_back(struct kafka *kafka, struct judge *judge)
{
    double linger_ms = number(judge->conf, "linger.ms");
    double client_linger_ms = linger_ms < CLIENT_LINGER_MS ? linger_ms : CLIENT_LINGER_MS;
    char text[32];
    snprintf(text, sizeof(text), "%g", client_linger_ms);
    set(judge, "linger.ms", text);
    kafka->linger_ns = (int64_t)((linger_ms - client_linger_ms) * 1e6);
    kafka->client_linger_ns = (int64_t)(client_linger_ms * 1e6);

    kafka->message_max_bytes = (size_t)number(judge->conf, "message.max.bytes");
    kafka->batch_size_bytes = (size_t)number(judge->conf, "batch.size");
    if (kafka->batch_size_bytes > kafka->message_max_bytes)
        kafka->batch_size_bytes = kafka->message_max_bytes;
    if (kafka->batch_size_bytes < BATCH_SIZE_MIN_BYTES)
        kafka->batch_size_bytes = BATCH_SIZE_MIN_BYTES;
    kafka->batch_records = (size_t)number(judge->conf, "batch.num.messages");
}

void kafka_config_check(const void *value, struct option_check *check)
{
    struct judge judge = {.map = value, .conf = rd_kafka_conf_new(), .check = check};
    judge_properties(&judge);
    rd_kafka_conf_destroy(judge.conf);
}

int kafka_config_apply(struct kafka *kafka)
{
    struct judge judge = {
        .map = &kafka->config->properties, .conf = rd_kafka_conf_new(), .error = kafka->error};
    kafka->conf = judge.conf;
    judge_properties(&judge);
    set_limits(&judge, kafka->output->buffer_bytes);
    const char *partitioner = user_value(&judge, "partitioner");
    choose_partitioner(kafka, partitioner ? partitioner : "consistent_random");
    read_back(kafka, &judge);
    return judge.has_failed ? -EINVAL : 0;
}
