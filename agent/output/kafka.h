#pragma once
/* The Kafka output's own structures. Everything here belongs to the output's thread, except what is
 * atomic; open and close run while that thread does not.
 *
 * A batch becomes a *flight*: it has a slot, and the slot's number and the record's index travel
 * through librdkafka as the message's opaque, so nothing is allocated for a record. Payloads are
 * not copied: librdkafka points into the batch's clean arena until the delivery report.
 *
 * Between the flight and librdkafka stand *lanes*, one for each partition of a topic. A lane hands
 * over one *window* of records (at most one produce request's worth), and while that is in flight
 * the next one. Reasons for no more:
 * - librdkafka's idempotent producer has one request in flight for a partition (it compares its
 *   limit of five with the number of *messages* in flight), and as long as older messages than its
 *   linger.ms wait behind that request its broker thread polls without sleeping. A second window is
 *   therefore handed over only where reports come back sooner than that.
 * - A refusal hits one window and nothing behind it: what was refused is sent again before what
 *   comes after it, so the order within a source survives. So nothing goes behind a request that is
 *   larger than one that the broker has taken before. */
#include "agent/option.h"
#include "agent/output.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>

enum {
    KAFKA_LANES_PER_TOPIC = 64,  /* partitions beyond share them */
    KAFKA_FLIGHTS_MAX = 1 << 20, /* 20 bits of the opaque */
    KAFKA_RECORDS_MAX = 1 << 27, /* 27 bits of it */
    KAFKA_TOPIC_BYTES = 250,     /* the longest name, with its NUL */
    KAFKA_KEY_BYTES = 1024,
    KAFKA_KEYS_BYTES = 16 * 1024, /* of the messages of one call */
    KAFKA_MESSAGES_PER_CALL = 256,
    KAFKA_ERROR_BYTES = 512,
    KAFKA_RECORD_OVERHEAD_BYTES = 16, /* framing of a record, at most for its usual size */
};

struct template;

struct kafka_config {
    struct template *topic;
    char *topic_fallback;
    struct template *key;
    int delivery;
    int64_t max_topics;
    struct option_map properties;
};

/* Why a stub goes in a record's place. */
enum kafka_stub {
    KAFKA_STUB_NONE,
    KAFKA_STUB_TOO_LARGE,
    KAFKA_STUB_REFUSED,
};

/* Consecutive records of one flight; one record where it is a stub. */
struct kafka_run {
    uint32_t slot;
    uint32_t first;
    uint32_t count;
    enum kafka_stub stub;
    int64_t arrived_ns;
};

/* A first-in first-out of runs that can also take runs back at its front. */
struct kafka_runs {
    struct kafka_run *items; /* a ring */
    size_t capacity;         /* a power of two, or 0 */
    size_t head;
    size_t count;
};

struct kafka_flight {
    struct batch *batch; /* NULL: the slot is free, `next_free` holds */
    uint32_t next_free;
    size_t left;       /* records that are not done */
    uint64_t sequence; /* order of arrival */
    size_t held_bytes; /* payload bytes, which live until all of it is done */
    char *key;         /* of all its records, owned; NULL: it has no such key */
    size_t key_size;
};

struct kafka_lane {
    struct kafka_topic *topic;
    struct kafka_lane *next_active; /* the list of lanes that have something to do */
    bool is_active;
    uint16_t index;
    struct kafka_runs pending;
    size_t pending_bytes;

    /* what librdkafka has */
    size_t outstanding; /* records without a report */
    size_t outstanding_bytes;
    size_t window_records;    /* handed over since nothing was outstanding */
    size_t window_bytes;      /* the largest request that they can have made */
    struct kafka_runs failed; /* records that go back into the lane when the others are reported */
    bool failed_is_unsorted;
    bool was_refused; /* as one of several: smaller windows will show which */
    bool was_stubbed; /* alone: the culprit is found */

    size_t limit_bytes;       /* of the next window; 0: batch.size */
    size_t probe_records;     /* of a refused window, which are sent in windows that do not grow */
    size_t refused_bytes;     /* the smallest window that was refused; 0: none */
    int64_t refused_until_ns; /* when that is forgotten */

    size_t proven_bytes;   /* the largest request that the broker has taken */
    int64_t sent_by_ns;    /* then what librdkafka has is in flight, as far as it fits a request */
    int64_t staged_ns;     /* since when records wait behind a request in flight; 0: none do */
    int64_t reported_ns;   /* the last report */
    int64_t polled_ns;     /* how long librdkafka polled meanwhile, the last time */
    int64_t slow_until_ns; /* nothing is staged: reports took longer than the client's linger.ms */

    rd_kafka_resp_err_t error; /* why it waits */
    int64_t blocked_until_ns;
    int64_t backoff_ns; /* 0: it does not wait */
};

struct kafka_topic {
    struct kafka_topic *next;
    struct kafka *kafka;
    rd_kafka_topic_t *handle;   /* of the present client; NULL: made when needed */
    atomic_int partition_count; /* as the partitioner saw it; 0: not known yet */
    bool is_settled;            /* lanes are by partition; before, all is in lane 0 */
    struct kafka_lane *lanes[KAFKA_LANES_PER_TOPIC];
    char name[KAFKA_TOPIC_BYTES];
};

/* Read by any thread. */
struct kafka_status {
    atomic_int lane_error;   /* rd_kafka_resp_err_t of a lane that waits; 0: none does */
    atomic_int client_error; /* of the connection; 0: none */
    atomic_uint brokers_up;
    atomic_bool is_renewing; /* the client is being made anew after a fatal error */
};

/* Consecutive records that were reported, told to the pipeline at once. */
struct kafka_reported {
    uint32_t slot;
    uint32_t first;
    uint32_t count;
};

struct kafka {
    struct output *output;
    const struct kafka_config *config;
    rd_kafka_conf_t *conf; /* what clients are made from */
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    int descriptor; /* eventfd: librdkafka has something for us */
    int32_t (*partitioner)(const rd_kafka_topic_t *topic, const void *key, size_t key_size,
                           int32_t partition_count, void *topic_opaque, void *message_opaque);
    bool topic_is_per_record;
    bool key_is_per_record;
    bool key_is_source; /* "%{blotter.source}": taken from the source as it is */

    size_t batch_size_bytes;
    size_t batch_records;
    size_t message_max_bytes;
    int64_t linger_ns;        /* beyond the client's */
    int64_t client_linger_ns; /* librdkafka's own */
    bool is_flushing;
    bool is_starved; /* a write failed for want of memory */
    bool is_closing;

    struct kafka_topic *topics;
    size_t topic_count;
    struct kafka_lane *active;

    struct kafka_flight *flights;
    uint32_t flight_count;
    uint32_t free_slot; /* UINT32_MAX: none */
    uint64_t next_sequence;
    size_t held_bytes;

    struct kafka_reported reported;
    int64_t now_ns; /* CLOCK_MONOTONIC of this call of write or poll */

    size_t outstanding;        /* records that librdkafka has */
    rd_kafka_resp_err_t fatal; /* the client must be made anew; 0: it lives */
    bool is_purged;            /* that was begun */
    int64_t renew_at_ns;
    int64_t renew_backoff_ns;

    struct kafka_status status;
    rd_kafka_message_t messages[KAFKA_MESSAGES_PER_CALL];
    char keys[KAFKA_KEYS_BYTES];
    char error[KAFKA_ERROR_BYTES]; /* why open failed */
};
