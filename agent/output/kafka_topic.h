#pragma once
/* Where a record goes: topic, key, and the lane of its partition. */
#include "agent/output/kafka.h"

/* Which fields the templates need. Decides whether they are evaluated once a batch or once a
 * record. */
void kafka_topic_inspect(struct kafka *kafka);
/* The topic of the record: the one that the record carries, or the template's; the fallback where
 * that is no topic name, lacks a value, or would be one topic too many. NULL: no memory. */
struct kafka_topic *kafka_topic_of(struct kafka *kafka, const struct batch *batch,
                                   const struct record *record);
/* Writes the record's key and returns its size. A template without its value gives the source's
 * id, so that records of a source stay together. */
size_t kafka_topic_key(struct kafka *kafka, const struct batch *batch, const struct record *record,
                       char key[KAFKA_KEY_BYTES]);
/* The lane of the key's partition; lane 0 while partitions are not known. NULL: no memory. */
struct kafka_lane *kafka_topic_lane(struct kafka_topic *topic, const char *key, size_t key_size);
/* The present client's handle, made when needed. NULL: librdkafka has none (see its last error). */
rd_kafka_topic_t *kafka_topic_handle(struct kafka_topic *topic);
/* Gives up the client's handles. */
void kafka_topic_release(struct kafka *kafka);
void kafka_topic_finish(struct kafka *kafka);
