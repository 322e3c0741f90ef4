#include "agent/output/kafka_window.h"

#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/output/kafka_error.h"
#include "agent/output/kafka_fill.h"
#include "agent/output/kafka_flight.h"
#include "agent/output/kafka_runs.h"
#include "agent/source.h"

#define BACKOFF_BLOCKED_NS  INT64_C(500000000)
#define BACKOFF_MAX_NS      INT64_C(30000000000)
#define REFUSED_MEMORY_NS   INT64_C(300000000000)
#define BATCH_FRAMING_BYTES 256 /* headers of the request and of the record batch */

size_t kafka_window_whole_bytes(const struct kafka_lane *lane)
{
    return lane->topic->kafka->batch_size_bytes - BATCH_FRAMING_BYTES;
}

static void count_error(const struct kafka *kafka, enum metric metric)
{
    if (kafka->output->metrics)
        metrics_add(kafka->output->metrics, metric, kafka->output->index, 1);
}

void kafka_window_block(struct kafka_lane *lane, rd_kafka_resp_err_t error, int64_t backoff_ns)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->blocked_until_ns > kafka->now_ns)
        return;
    lane->backoff_ns = lane->backoff_ns * 2 > backoff_ns ? lane->backoff_ns * 2 : backoff_ns;
    if (lane->backoff_ns > BACKOFF_MAX_NS)
        lane->backoff_ns = BACKOFF_MAX_NS;
    lane->blocked_until_ns = kafka->now_ns + lane->backoff_ns;
    lane->error = error;
    count_error(kafka, METRIC_OUTPUT_ERRORS);
    log_warn("records could not be delivered; they wait and are sent again",
             log_id("output", kafka->output->id), log_id("topic", lane->topic->name),
             log_id("why", rd_kafka_err2str(error)), log_duration("pause", lane->backoff_ns));
}

/* Back into the lane when the window has ended. Without memory it stays undelivered: that holds the
 * checkpoint back, and loses nothing. */
static void send_again(struct kafka_lane *lane, struct kafka_run run)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->failed.count > 0) {
        const struct kafka_run *last = kafka_runs_at(&lane->failed, lane->failed.count - 1);
        uint64_t sequence = kafka_fill_flight(kafka, last)->sequence;
        if (sequence > kafka_fill_flight(kafka, &run)->sequence ||
            (last->slot == run.slot && last->first > run.first))
            lane->failed_is_unsorted = true;
    }
    if (kafka_runs_append(&lane->failed, run) < 0)
        log_error("no memory to send a record again; it stays undelivered",
                  log_id("output", kafka->output->id));
}

/* A broker that refuses a request refuses all its records, though each alone may pass: only a
 * record that went alone is refused itself. */
static void refuse(struct kafka_lane *lane, struct kafka_run run, rd_kafka_resp_err_t error)
{
    struct kafka *kafka = lane->topic->kafka;
    if (lane->window_records > 1) {
        if (!lane->was_refused)
            count_error(kafka, METRIC_OUTPUT_ERRORS);
        lane->was_refused = true;
        send_again(lane, run);
        return;
    }
    lane->was_stubbed = true;
    if (run.stub != KAFKA_STUB_NONE) {
        log_error("the stub of a refused record was refused, too; the record is lost",
                  log_id("output", kafka->output->id), log_id("why", rd_kafka_err2str(error)),
                  log_id("source", kafka_fill_flight(kafka, &run)->batch->source->id_text),
                  log_unsigned("offset", kafka_fill_record(kafka, &run, 0)->offset));
        kafka_flight_done(kafka, run.slot, run.first, 1, DELIVERY_REFUSED);
        return;
    }
    count_error(kafka, METRIC_OUTPUT_ERRORS);
    kafka_fill_log_stub(kafka, &run, 0, rd_kafka_err2str(error));
    run.stub = kafka_error_is_size(error) ? KAFKA_STUB_TOO_LARGE : KAFKA_STUB_REFUSED;
    send_again(lane, run);
}

void kafka_window_fail(struct kafka_lane *lane, struct kafka_run run, rd_kafka_resp_err_t error)
{
    struct kafka *kafka = lane->topic->kafka;
    enum kafka_error class = kafka_error_classify(error);
    kafka_flight_report(kafka);
    run.arrived_ns = kafka->now_ns - kafka->linger_ns; /* it has lingered */
    if (class == KAFKA_ERROR_REFUSED) {
        refuse(lane, run, error);
        return;
    }
    if (class == KAFKA_ERROR_FATAL && !kafka->fatal)
        kafka->fatal = error;
    if (!kafka->fatal) /* the purge before a new client fails all, for no reason of the lane */
        kafka_window_block(lane, error,
                           class == KAFKA_ERROR_BLOCKED ? BACKOFF_BLOCKED_NS
                                                        : KAFKA_WINDOW_PASSING_NS);
    send_again(lane, run);
}

/* How large the next window may be. A refused one is halved until the record that the broker does
 * not take is alone; a size that was refused without such a record is not tried again for a while.
 */
static void size_next_window(struct kafka_lane *lane)
{
    int64_t now_ns = lane->topic->kafka->now_ns;
    size_t whole = kafka_window_whole_bytes(lane);
    if (lane->was_refused) {
        lane->probe_records = 0;
        for (size_t i = 0; i < lane->failed.count; i++)
            lane->probe_records += kafka_runs_at(&lane->failed, i)->count;
        lane->limit_bytes = lane->window_bytes / 2;
        lane->refused_bytes = lane->window_bytes;
        lane->refused_until_ns = now_ns + REFUSED_MEMORY_NS;
        lane->proven_bytes = 0;
    } else if (lane->was_stubbed) {
        lane->probe_records = 0;
        lane->limit_bytes = 0;
        lane->refused_bytes = 0;
    } else if (lane->limit_bytes > 0 && lane->failed.count == 0) {
        lane->probe_records -=
            lane->window_records < lane->probe_records ? lane->window_records : lane->probe_records;
        if (lane->probe_records > 0)
            return;
        if (now_ns > lane->refused_until_ns)
            lane->refused_bytes = 0;
        size_t ceiling = lane->refused_bytes ? lane->refused_bytes / 8 * 7 : whole;
        lane->limit_bytes = lane->limit_bytes * 2 < ceiling ? lane->limit_bytes * 2 : ceiling;
        if (lane->limit_bytes >= whole)
            lane->limit_bytes = 0;
    } else if (lane->failed.count == 0 && lane->window_bytes > lane->proven_bytes) {
        lane->proven_bytes = lane->window_bytes;
    }
}

void kafka_window_finish(struct kafka_lane *lane)
{
    struct kafka *kafka = lane->topic->kafka;
    size_next_window(lane);
    if (lane->failed_is_unsorted)
        kafka_runs_sort(&lane->failed, kafka->flights);
    lane->failed_is_unsorted = false;
    for (size_t i = lane->failed.count; i-- > 0;) {
        const struct kafka_run *run = kafka_runs_at(&lane->failed, i);
        if (kafka_runs_prepend(&lane->pending, *run) < 0) {
            log_error("no memory to send a record again; it stays undelivered",
                      log_id("output", kafka->output->id));
            continue;
        }
        for (uint32_t j = 0; j < run->count; j++)
            lane->pending_bytes += kafka_fill_record(kafka, run, j)->payload.size;
        if (kafka->output->metrics)
            metrics_add(kafka->output->metrics, METRIC_OUTPUT_RETRIES, kafka->output->index,
                        run->count);
    }
    lane->failed.count = 0;
    lane->failed.head = 0;
    lane->window_records = 0;
    lane->window_bytes = 0;
    lane->staged_ns = 0;
    lane->was_refused = false;
    lane->was_stubbed = false;
}
