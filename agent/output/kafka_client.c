#include "agent/output/kafka_client.h"

#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/output/kafka_fill.h"
#include "agent/output/kafka_lane.h"
#include "agent/output/kafka_statistics.h"
#include "agent/output/kafka_topic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RENEW_BACKOFF_NS     INT64_C(500000000)
#define RENEW_BACKOFF_MAX_NS INT64_C(30000000000)
#define PURGE_POLL_NS        INT64_C(20000000)
#define CLOSE_POLLS          20
#define CLOSE_POLL_MS        50

static void on_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *data)
{
    (void)client;
    struct kafka *kafka = data;
    struct kafka_opaque opaque = kafka_flight_from_opaque(message->_private);
    struct kafka_topic *topic = rd_kafka_topic_opaque(message->rkt);
    if (opaque.stub != KAFKA_STUB_NONE)
        free(message->payload);
    if (!kafka->is_closing)
        kafka_lane_report(topic->lanes[opaque.lane], opaque, kafka_fill_message_bytes(message),
                          message->err);
}

/* On the output's thread, from rd_kafka_poll. */
static void on_error(rd_kafka_t *client, int error, const char *reason, void *data)
{
    struct kafka *kafka = data;
    char text[KAFKA_ERROR_BYTES];
    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        kafka->fatal = rd_kafka_fatal_error(client, text, sizeof(text));
        reason = text;
    }
    atomic_store_explicit(&kafka->status.client_error, error, memory_order_relaxed);
    if (kafka->output->metrics)
        metrics_add(kafka->output->metrics, METRIC_OUTPUT_ERRORS, kafka->output->index, 1);
    log_warn("trouble with Kafka", log_id("output", kafka->output->id),
             log_id("error", rd_kafka_err2name((rd_kafka_resp_err_t)error)),
             log_text("reason", reason, strlen(reason)));
}

/* On any of librdkafka's threads. */
static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    struct kafka *kafka = rd_kafka_opaque(client);
    struct log_line line = {"librdkafka", log_id("output", kafka->output->id),
                            log_id("facility", facility), log_text("text", text, strlen(text))};
    /* syslog's levels; what is an error to the library is a warning to us, which tries on */
    log_write(level <= 4 ? LOG_LEVEL_WARN : level <= 6 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, &line);
}

static int on_statistics(rd_kafka_t *client, char *json, size_t size, void *data)
{
    (void)client;
    struct kafka *kafka = data;
    struct kafka_statistics statistics;
    if (!kafka_statistics_parse(json, size, &statistics))
        return 0;
    atomic_store_explicit(&kafka->status.brokers_up, statistics.brokers_up, memory_order_relaxed);
    if (statistics.brokers_up > 0)
        atomic_store_explicit(&kafka->status.client_error, 0, memory_order_relaxed);
    struct metrics *metrics = kafka->output->metrics;
    if (metrics) {
        unsigned index = kafka->output->index;
        metrics_set(metrics, GAUGE_CLIENT_QUEUE_BYTES, index, statistics.queue_bytes);
        metrics_set(metrics, GAUGE_CLIENT_QUEUE_RECORDS, index, statistics.queue_records);
        metrics_set(metrics, GAUGE_BROKERS_UP, index, statistics.brokers_up);
        metrics_set(metrics, GAUGE_ROUND_TRIP_NS, index, statistics.round_trip_ns);
    }
    return 0; /* librdkafka frees the text */
}

int kafka_client_open(struct kafka *kafka)
{
    char ignored[KAFKA_ERROR_BYTES]; /* may hold a property's value */
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(kafka->conf);
    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    kafka->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, ignored, sizeof(ignored));
    if (!kafka->client) {
        rd_kafka_conf_destroy(conf);
        strcpy(kafka->error, "librdkafka does not take these properties together");
        return -EINVAL;
    }
    uint64_t one = 1;
    kafka->queue = rd_kafka_queue_get_main(kafka->client);
    rd_kafka_queue_io_event_enable(kafka->queue, kafka->descriptor, &one, sizeof(one));
    return 0;
}

static void destroy(struct kafka *kafka)
{
    kafka_topic_release(kafka);
    rd_kafka_queue_io_event_enable(kafka->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(kafka->queue);
    rd_kafka_destroy(kafka->client);
    kafka->queue = NULL;
    kafka->client = NULL;
}

/* A fatal error ends an idempotent producer. Everything that has no report is purged, which brings
 * it back to its lanes in order; then a new client sends it again. What the old one had in flight
 * may arrive twice, with the same source and offset. */
static int64_t renew(struct kafka *kafka)
{
    if (kafka->client && !kafka->is_purged) {
        log_warn("the Kafka client is made anew; records without a report are sent again",
                 log_id("output", kafka->output->id),
                 log_id("why", rd_kafka_err2str(kafka->fatal)));
        atomic_store_explicit(&kafka->status.is_renewing, true, memory_order_relaxed);
        rd_kafka_purge(kafka->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                          RD_KAFKA_PURGE_F_NON_BLOCKING);
        kafka->is_purged = true;
    }
    if (kafka->client) {
        if (kafka->outstanding > 0)
            return PURGE_POLL_NS;
        destroy(kafka);
        kafka->renew_backoff_ns =
            kafka->renew_backoff_ns ? kafka->renew_backoff_ns * 2 : RENEW_BACKOFF_NS;
        if (kafka->renew_backoff_ns > RENEW_BACKOFF_MAX_NS)
            kafka->renew_backoff_ns = RENEW_BACKOFF_MAX_NS;
        kafka->renew_at_ns = kafka->now_ns + kafka->renew_backoff_ns;
    }
    if (kafka->now_ns < kafka->renew_at_ns)
        return kafka->renew_at_ns - kafka->now_ns;
    if (kafka_client_open(kafka) < 0) {
        kafka->renew_at_ns = kafka->now_ns + RENEW_BACKOFF_MAX_NS;
        return RENEW_BACKOFF_MAX_NS;
    }
    kafka->fatal = RD_KAFKA_RESP_ERR_NO_ERROR;
    kafka->is_purged = false;
    atomic_store_explicit(&kafka->status.client_error, 0, memory_order_relaxed);
    atomic_store_explicit(&kafka->status.is_renewing, false, memory_order_relaxed);
    return INT64_MAX;
}

int64_t kafka_client_serve(struct kafka *kafka)
{
    eventfd_t ignored;
    eventfd_read(kafka->descriptor, &ignored);
    if (kafka->client)
        rd_kafka_poll(kafka->client, 0);
    kafka_flight_report(kafka);
    return kafka->fatal ? renew(kafka) : INT64_MAX;
}

void kafka_client_close(struct kafka *kafka)
{
    if (!kafka->client)
        return;
    /* Reports are served only to free stubs. */
    kafka->is_closing = true;
    rd_kafka_purge(kafka->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    for (int i = 0; i < CLOSE_POLLS && rd_kafka_outq_len(kafka->client) > 0; i++)
        rd_kafka_poll(kafka->client, CLOSE_POLL_MS);
    destroy(kafka);
}
