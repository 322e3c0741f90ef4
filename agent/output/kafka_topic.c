#include "agent/output/kafka_topic.h"

#include "agent/input.h"
#include "agent/json.h"
#include "agent/log.h"
#include "agent/output/kafka_runs.h"
#include "agent/redact.h"
#include "agent/source.h"
#include "agent/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lookup {
    const struct kafka *kafka;
    const struct batch *batch;
    const struct record *record;
    bool needs_record;
};

/* Fields that all records of a source share. */
static bool find_in_source(const struct lookup *lookup, const char *key, struct clean *ret_value)
{
    const struct source *source = lookup->batch ? lookup->batch->source : NULL;
    if (strcmp(key, "blotter.source") == 0)
        *ret_value = source ? clean_from_constant(source->id_text, strlen(source->id_text))
                            : clean_literal("");
    else if (strcmp(key, "input") == 0)
        *ret_value =
            source && source->input ? clean_from_config(source->input->id) : clean_literal("");
    else if (strcmp(key, "output") == 0)
        *ret_value = clean_from_config(lookup->kafka->output->id);
    else if (strcmp(key, "log.file.path") == 0)
        *ret_value = source ? source->path : clean_literal("");
    else
        return false;
    return true;
}

/* Any other key is looked up in the record as it was encoded. */
static int find(const char *key, void *data, struct clean *ret_value)
{
    struct lookup *lookup = data;
    struct json_member member;
    if (find_in_source(lookup, key, ret_value))
        return 0;
    lookup->needs_record = true;
    if (!lookup->record)
        return -ENOENT;
    struct clean payload = lookup->record->payload;
    if (!json_object_find(payload.data, payload.size, key, strlen(key), &member))
        return -ENOENT;
    if (member.value_size >= 2 && member.value[0] == '"') {
        member.value++;
        member.value_size -= 2;
    }
    *ret_value = clean_slice(payload, (size_t)(member.value - payload.data), member.value_size);
    return 0;
}

static bool needs_record(const struct kafka *kafka, const struct template *template)
{
    char text[TEMPLATE_MAX_BYTES];
    struct clean_builder builder = {.data = text, .capacity = sizeof(text)};
    struct lookup lookup = {.kafka = kafka};
    /* The keys behind a missing one are not asked for, so a missing one is enough. */
    template_evaluate(template, find, &lookup, &builder);
    return lookup.needs_record;
}

void kafka_topic_inspect(struct kafka *kafka)
{
    const struct kafka_config *config = kafka->config;
    kafka->topic_is_per_record = needs_record(kafka, config->topic);
    kafka->key_is_per_record = needs_record(kafka, config->key);
    kafka->key_is_source = strcmp(template_text(config->key), "%{blotter.source}") == 0;
}

static struct kafka_topic *find_topic(struct kafka *kafka, const char *name, size_t size)
{
    struct kafka_topic *topic = kafka->topics;
    while (topic && (strlen(topic->name) != size || memcmp(topic->name, name, size) != 0))
        topic = topic->next;
    return topic;
}

static struct kafka_topic *add_topic(struct kafka *kafka, const char *name, size_t size)
{
    struct kafka_topic *topic = calloc(1, sizeof(*topic));
    if (!topic)
        return NULL;
    topic->kafka = kafka;
    memcpy(topic->name, name, size);
    topic->next = kafka->topics;
    kafka->topics = topic;
    kafka->topic_count++;
    return topic;
}

static struct kafka_topic *fallback(struct kafka *kafka, const char *why)
{
    const char *name = kafka->config->topic_fallback;
    log_warn("records go to topic_fallback", log_id("output", kafka->output->id),
             log_id("why", why));
    struct kafka_topic *topic = find_topic(kafka, name, strlen(name));
    return topic ? topic : add_topic(kafka, name, strlen(name));
}

struct kafka_topic *kafka_topic_of(struct kafka *kafka, const struct batch *batch,
                                   const struct record *record)
{
    char name[KAFKA_TOPIC_BYTES];
    struct clean_builder builder = {.data = name, .capacity = sizeof(name)};
    struct lookup lookup = {.kafka = kafka, .batch = batch, .record = record};
    if (record->topic.size > 0)
        clean_append(&builder, record->topic);
    else if (template_evaluate(kafka->config->topic, find, &lookup, &builder) == -ENOENT)
        return fallback(kafka, "the record lacks a field of the topic's template");
    if (builder.cut || !template_topic_valid(name, builder.size))
        return fallback(kafka, "the topic's template does not give a topic name");
    struct kafka_topic *topic = find_topic(kafka, name, builder.size);
    if (topic)
        return topic;
    if (kafka->topic_count >= (size_t)kafka->config->max_topics)
        return fallback(kafka, "there are max_topics topics");
    return add_topic(kafka, name, builder.size);
}

size_t kafka_topic_key(struct kafka *kafka, const struct batch *batch, const struct record *record,
                       char key[KAFKA_KEY_BYTES])
{
    struct clean_builder builder = {.data = key, .capacity = KAFKA_KEY_BYTES};
    struct lookup lookup = {.kafka = kafka, .batch = batch, .record = record};
    if (record->key.size > 0) {
        clean_append(&builder, record->key);
        return builder.size;
    }
    if (template_evaluate(kafka->config->key, find, &lookup, &builder) == -ENOENT) {
        const char *id = batch->source->id_text;
        builder.size = 0;
        clean_append(&builder, clean_from_constant(id, strlen(id)));
    }
    return builder.size;
}

struct kafka_lane *kafka_topic_lane(struct kafka_topic *topic, const char *key, size_t key_size)
{
    int partitions = atomic_load_explicit(&topic->partition_count, memory_order_relaxed);
    unsigned index = 0;
    if (topic->is_settled && partitions > 1 && key_size > 0 &&
        topic->kafka->partitioner != rd_kafka_msg_partitioner_random)
        index = (unsigned)topic->kafka->partitioner(NULL, key, key_size, partitions, NULL, NULL) %
                KAFKA_LANES_PER_TOPIC;
    if (!topic->lanes[index]) {
        struct kafka_lane *lane = calloc(1, sizeof(*lane));
        if (!lane)
            return NULL;
        lane->topic = topic;
        lane->index = (uint16_t)index;
        topic->lanes[index] = lane;
    }
    return topic->lanes[index];
}

/* Runs in rd_kafka_produce_batch, and on librdkafka's main thread for records that waited for the
 * topic's metadata. It is where the number of partitions can be seen. */
static int32_t choose_partition(const rd_kafka_topic_t *handle, const void *key, size_t key_size,
                                int32_t partition_count, void *topic_opaque, void *message_opaque)
{
    struct kafka_topic *topic = topic_opaque;
    atomic_store_explicit(&topic->partition_count, partition_count, memory_order_relaxed);
    return topic->kafka->partitioner(handle, key, key_size, partition_count, topic_opaque,
                                     message_opaque);
}

rd_kafka_topic_t *kafka_topic_handle(struct kafka_topic *topic)
{
    if (topic->handle)
        return topic->handle;
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(topic->kafka->client);
    rd_kafka_topic_conf_set_opaque(conf, topic);
    rd_kafka_topic_conf_set_partitioner_cb(conf, choose_partition);
    topic->handle = rd_kafka_topic_new(topic->kafka->client, topic->name, conf);
    if (!topic->handle)
        rd_kafka_topic_conf_destroy(conf);
    return topic->handle;
}

void kafka_topic_release(struct kafka *kafka)
{
    for (struct kafka_topic *topic = kafka->topics; topic; topic = topic->next) {
        if (topic->handle)
            rd_kafka_topic_destroy(topic->handle);
        topic->handle = NULL;
    }
}

void kafka_topic_finish(struct kafka *kafka)
{
    while (kafka->topics) {
        struct kafka_topic *topic = kafka->topics;
        kafka->topics = topic->next;
        for (size_t i = 0; i < KAFKA_LANES_PER_TOPIC; i++) {
            if (!topic->lanes[i])
                continue;
            kafka_runs_finish(&topic->lanes[i]->pending);
            kafka_runs_finish(&topic->lanes[i]->failed);
            free(topic->lanes[i]);
        }
        free(topic);
    }
    kafka->topic_count = 0;
}
