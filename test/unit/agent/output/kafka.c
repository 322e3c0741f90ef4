/* The Kafka output against librdkafka's mock cluster. */
#include "agent/output/kafka.h"

#include "agent/template.h"
#include "test/unit/agent/output/c11_threads.h"
#include "test/unit/agent/output/driver.h"

#include <librdkafka/rdkafka_mock.h>

extern const struct output_type kafka_output_type;

enum {
    PROPERTIES_MAX = 8,
};

struct cluster {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *mock;
    struct option_pair pairs[PROPERTIES_MAX];
    struct kafka_config config;
    struct driver driver;
};

static struct template *compile(const char *text)
{
    struct template *template;
    struct template_error error;
    assert_int_equal(template_compile(text, strlen(text), &template, &error), 0);
    return template;
}

static void set_property(struct cluster *cluster, const char *key, const char *value)
{
    cluster->pairs[cluster->config.properties.count++] =
        (struct option_pair){.key = (char *)(uintptr_t)key, .value = (char *)(uintptr_t)value};
}

static void cluster_start(struct cluster *cluster, int partitions)
{
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    *cluster = (struct cluster){0};
    rd_kafka_conf_set(conf, "log_level", "0", error, sizeof(error));
    cluster->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    cluster->mock = rd_kafka_mock_cluster_new(cluster->host, 1);
    rd_kafka_mock_topic_create(cluster->mock, "logs", partitions, 1);
    rd_kafka_mock_topic_create(cluster->mock, "fallback", 1, 1);
    cluster->config = (struct kafka_config){
        .topic = compile("logs"),
        .topic_fallback = (char *)(uintptr_t) "fallback",
        .key = compile("%{blotter.source}"),
        .max_topics = 4,
        .properties = {.pairs = cluster->pairs},
    };
    set_property(cluster, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster->mock));
    set_property(cluster, "reconnect.backoff.max.ms", "200");
}

static void cluster_stop(struct cluster *cluster)
{
    driver_close(&cluster->driver);
    template_free(cluster->config.topic);
    template_free(cluster->config.key);
    rd_kafka_mock_cluster_destroy(cluster->mock);
    rd_kafka_destroy(cluster->host);
}

static void start_output(struct cluster *cluster)
{
    driver_open(&cluster->driver, &kafka_output_type, &cluster->config);
}

struct consumed {
    size_t count;
    size_t stubs;
    size_t repeated;
    size_t next[16]; /* per source: the offset that comes next */
};

/* Reads the topic from its beginning until `count` different records have come. Each source's
 * offsets must rise without a gap; a repeated one is counted. */
static struct consumed consume(struct cluster *cluster, const char *topic, int partitions,
                               size_t count)
{
    struct consumed consumed = {0};
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster->mock),
                      error, sizeof(error));
    rd_kafka_conf_set(conf, "group.id", "test", error, sizeof(error));
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    for (int tries = 0; consumed.count < count && tries < 300;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        tries += message == NULL;
        if (message && !message->err) {
            char *text = strndup(message->payload, message->len);
            char id[33] = "";
            size_t offset = 0, source;
            const char *at = strstr(text, "\"log.offset\":");
            assert_non_null(at);
            sscanf(at, "\"log.offset\":%zu,\"blotter.source\":\"%32[0-9a-f]", &offset, id);
            source = strtoul(id, NULL, 16) - 1;
            assert_in_range(source, 0, 15);
            assert_int_equal(message->key_len, 32);
            assert_memory_equal(message->key, id, 32);
            if (offset < consumed.next[source]) {
                consumed.repeated++;
            } else {
                assert_int_equal(offset, consumed.next[source]);
                consumed.next[source]++;
                consumed.count++;
                consumed.stubs += strstr(text, "[WITHHELD too_large]") != NULL;
            }
            free(text);
        }
        if (message)
            rd_kafka_message_destroy(message);
    }
    assert_int_equal(consumed.count, count);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return consumed;
}

static void test_delivers_in_order(void **state)
{
    (void)state;
    struct cluster cluster;
    struct kafka *kafka;
    cluster_start(&cluster, 4);
    start_output(&cluster);
    for (unsigned i = 0; i < 60; i++)
        driver_give(&cluster.driver, driver_batch_new(driver_source(i % 6), 300, i / 6 * 300, 200));
    driver_run(&cluster.driver, 60 * 300);
    kafka = cluster.driver.output.state;
    assert_int_equal(kafka->held_bytes, 0);
    assert_null(kafka->active);
    assert_int_equal(cluster.driver.refused, 0);
    assert_int_equal(consume(&cluster, "logs", 4, 60 * 300).repeated, 0);
    cluster_stop(&cluster);
}

static void test_refused_batch_is_sent_in_parts(void **state)
{
    (void)state;
    struct cluster cluster;
    cluster_start(&cluster, 1);
    start_output(&cluster);
    rd_kafka_mock_push_request_errors(cluster.mock, 0, 4, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_NO_ERROR);
    for (unsigned i = 0; i < 4; i++)
        driver_give(&cluster.driver, driver_batch_new(driver_source(0), 100, i * 100, 300));
    driver_run(&cluster.driver, 400);
    assert_int_equal(cluster.driver.refused, 0);
    assert_int_equal(consume(&cluster, "logs", 1, 400).stubs, 0);
    cluster_stop(&cluster);
}

static void test_record_refused_alone_becomes_a_stub(void **state)
{
    (void)state;
    struct cluster cluster;
    cluster_start(&cluster, 1);
    start_output(&cluster);
    rd_kafka_mock_push_request_errors(cluster.mock, 0, 3, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 4, 0, 300));
    driver_run(&cluster.driver, 4);
    assert_int_equal(cluster.driver.refused, 1);
    assert_int_equal(consume(&cluster, "logs", 1, 4).stubs, 1);
    cluster_stop(&cluster);
}

static void test_record_over_the_limit_becomes_a_stub(void **state)
{
    (void)state;
    struct cluster cluster;
    cluster_start(&cluster, 1);
    set_property(&cluster, "message.max.bytes", "2000");
    start_output(&cluster);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 3, 0, 300));
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 1, 3, 3000));
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 3, 4, 300));
    driver_run(&cluster.driver, 7);
    assert_int_equal(cluster.driver.refused, 1);
    assert_int_equal(consume(&cluster, "logs", 1, 7).stubs, 1);
    cluster_stop(&cluster);
}

static bool is_ready(struct cluster *cluster, char why[256])
{
    why[0] = '\0';
    return kafka_output_type.is_ready(&cluster->driver.output, why, 256);
}

/* Turns until the output is ready, or is not, and returns why it is not. */
static void await_ready(struct cluster *cluster, bool wanted, char why[256])
{
    for (int i = 0; is_ready(cluster, why) != wanted; i++) {
        assert_true(i < 3000);
        driver_turn(&cluster->driver, 20);
    }
}

static void test_missing_topic_waits(void **state)
{
    (void)state;
    struct cluster cluster;
    char why[256];
    cluster_start(&cluster, 1);
    set_property(&cluster, "topic.metadata.propagation.max.ms", "500");
    rd_kafka_mock_topic_set_error(cluster.mock, "logs", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    start_output(&cluster);
    await_ready(&cluster, true, why);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 50, 0, 300));
    await_ready(&cluster, false, why);
    assert_non_null(strstr(why, "topic"));
    assert_int_equal(cluster.driver.delivered, 0);
    rd_kafka_mock_topic_set_error(cluster.mock, "logs", RD_KAFKA_RESP_ERR_NO_ERROR);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 50, 50, 300));
    driver_run(&cluster.driver, 100);
    await_ready(&cluster, true, why);
    assert_int_equal(cluster.driver.refused, 0);
    consume(&cluster, "logs", 1, 100);
    cluster_stop(&cluster);
}

static void test_forbidden_topic_waits(void **state)
{
    (void)state;
    struct cluster cluster;
    char why[256];
    cluster_start(&cluster, 1);
    start_output(&cluster);
    rd_kafka_mock_push_request_errors(cluster.mock, 0, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    await_ready(&cluster, true, why);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 50, 0, 300));
    await_ready(&cluster, false, why);
    assert_non_null(strstr(why, "authorization"));
    driver_run(&cluster.driver, 50);
    assert_int_equal(cluster.driver.refused, 0);
    consume(&cluster, "logs", 1, 50);
    cluster_stop(&cluster);
}

static void test_fatal_error_makes_a_new_client(void **state)
{
    (void)state;
    struct cluster cluster;
    struct kafka *kafka;
    cluster_start(&cluster, 2);
    start_output(&cluster);
    kafka = cluster.driver.output.state;
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 500, 0, 300));
    driver_run(&cluster.driver, 500);
    for (unsigned i = 1; i < 6; i++)
        driver_give(&cluster.driver, driver_batch_new(driver_source(0), 500, i * 500, 300));
    rd_kafka_test_fatal_error(kafka->client, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "made by the test");
    driver_run(&cluster.driver, 3000);
    /* A fatal error stays for a client's life. The address says nothing: it may be used again. */
    char reason[256];
    assert_int_equal(rd_kafka_fatal_error(kafka->client, reason, sizeof(reason)),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(cluster.driver.refused, 0);
    consume(&cluster, "logs", 2, 3000);
    cluster_stop(&cluster);
}

static void test_broker_comes_back(void **state)
{
    (void)state;
    struct cluster cluster;
    char why[256];
    cluster_start(&cluster, 1);
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    start_output(&cluster);
    for (unsigned i = 0; i < 5; i++)
        driver_give(&cluster.driver, driver_batch_new(driver_source(0), 100, i * 100, 300));
    for (int i = 0; i < 20; i++)
        driver_turn(&cluster.driver, 20);
    assert_false(is_ready(&cluster, why));
    assert_int_not_equal(strlen(why), 0);
    assert_int_equal(cluster.driver.delivered, 0);
    rd_kafka_mock_broker_set_up(cluster.mock, 1);
    driver_run(&cluster.driver, 500);
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 100, 500, 300));
    for (int i = 0; i < 10; i++)
        driver_turn(&cluster.driver, 20);
    rd_kafka_mock_broker_set_up(cluster.mock, 1);
    driver_run(&cluster.driver, 600);
    consume(&cluster, "logs", 1, 600);
    cluster_stop(&cluster);
}

/* What is held stays within buffer.memory, and nothing undelivered is reported at the end. */
static void test_takes_no_more_than_the_buffer(void **state)
{
    (void)state;
    struct cluster cluster;
    struct driver_batch *batches[8];
    cluster_start(&cluster, 1);
    rd_kafka_mock_broker_set_down(cluster.mock, 1);
    start_output(&cluster);
    cluster.driver.output.buffer_bytes = 100 * 1000;
    for (unsigned i = 0; i < 8; i++) {
        batches[i] = driver_batch_new(driver_source(0), 100, i * 100, 300);
        driver_give(&cluster.driver, batches[i]);
    }
    assert_int_equal(cluster.driver.written, 300);
    driver_turn(&cluster.driver, 20);
    driver_close(&cluster.driver);
    assert_int_equal(cluster.driver.delivered + cluster.driver.refused, 0);
    for (unsigned i = 0; i < 8; i++)
        driver_batch_free(batches[i]);
    driver_open(&cluster.driver, &kafka_output_type, &cluster.config); /* for cluster_stop */
    cluster_stop(&cluster);
}

/* The most that librdkafka has at a time of 2000 records of 300 bytes, `from` of which were
 * delivered before. */
static size_t most_outstanding(const char *batch_size, int round_trip_ms, size_t from)
{
    struct cluster cluster;
    size_t most = 0;
    cluster_start(&cluster, 1);
    set_property(&cluster, "batch.size", batch_size);
    rd_kafka_mock_broker_set_rtt(cluster.mock, 1, round_trip_ms);
    start_output(&cluster);
    const struct kafka *kafka = cluster.driver.output.state;
    for (unsigned i = 0; i < 20; i++)
        driver_give(&cluster.driver, driver_batch_new(driver_source(0), 100, i * 100, 300));
    while (cluster.driver.delivered < 2000) {
        if (cluster.driver.delivered >= from && kafka->outstanding > most)
            most = kafka->outstanding;
        driver_turn(&cluster.driver, 20);
    }
    consume(&cluster, "logs", 1, 2000);
    cluster_stop(&cluster);
    return most;
}

/* Behind a request in flight waits one more request's worth, when such a one has been taken. */
static void test_stages_a_second_window(void **state)
{
    (void)state;
    assert_in_range(most_outstanding("100000", 0, 0), 100000 / 300 + 1, 2 * 100000 / 300);
}

/* Nothing waits where reports come late. */
static void test_hands_over_by_windows(void **state)
{
    (void)state;
    assert_in_range(most_outstanding("50000", 50, 800), 50, 50000 / 300);
}

/* Nothing stands behind a request that may be refused. */
static void test_proves_a_request_alone(void **state)
{
    (void)state;
    struct cluster cluster;
    cluster_start(&cluster, 1);
    rd_kafka_mock_broker_set_rtt(cluster.mock, 1, 30);
    start_output(&cluster);
    const struct kafka *kafka = cluster.driver.output.state;
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 1, 0, 300));
    while (cluster.driver.delivered < 1)
        driver_turn(&cluster.driver, 20);
    /* A window of three quarters, and what would fit behind it. */
    for (unsigned i = 0; i < 25; i++)
        driver_give(&cluster.driver, driver_batch_new(driver_source(0), 100, 1 + i * 100, 300));
    driver_turn(&cluster.driver, 5);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 100, 2501, 300));
    size_t most = 0;
    while (cluster.driver.delivered < 2601) {
        most = kafka->outstanding > most ? kafka->outstanding : most;
        driver_turn(&cluster.driver, 5);
    }
    assert_in_range(most, 2400, 2500);
    consume(&cluster, "logs", 1, 2601);
    cluster_stop(&cluster);
}

static const char *const topic_names[] = {"app-l0", "app-l1", "app-l2", "fallback"};

static void test_topic_from_the_record(void **state)
{
    (void)state;
    struct cluster cluster;
    cluster_start(&cluster, 1);
    template_free(cluster.config.topic);
    cluster.config.topic = compile("%{input}-%{level}");
    cluster.config.max_topics = 2;
    start_output(&cluster);
    driver_give(&cluster.driver, driver_batch_new(driver_source(0), 30, 0, 200));
    driver_run(&cluster.driver, 30);
    struct kafka *kafka = cluster.driver.output.state;
    size_t found = 0;
    for (const struct kafka_topic *topic = kafka->topics; topic; topic = topic->next) {
        for (size_t i = 0; i < 4; i++)
            found |= strcmp(topic->name, topic_names[i]) == 0 ? (size_t)1 << i : 0;
    }
    assert_int_equal(found, 1 | 2 | 8); /* l2 is one too many */
    cluster_stop(&cluster);
}

static void test_topic_without_its_field(void **state)
{
    (void)state;
    struct cluster cluster;
    static const char *const templates[] = {"logs-%{nothing}", "logs/%{input}", ".."};
    for (size_t i = 0; i < 3; i++) {
        cluster_start(&cluster, 1);
        template_free(cluster.config.topic);
        cluster.config.topic = compile(templates[i]);
        start_output(&cluster);
        driver_give(&cluster.driver, driver_batch_new(driver_source(0), 3, 0, 200));
        driver_run(&cluster.driver, 3);
        consume(&cluster, "fallback", 1, 3);
        cluster_stop(&cluster);
    }
}

static void test_key_from_the_record(void **state)
{
    (void)state;
    static const struct {
        const char *template;
        bool is_per_record;
    } rows[] = {{"%{level}", true}, {"%{input}", false}, {"fixed", false}, {"", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cluster cluster;
        cluster_start(&cluster, 3);
        template_free(cluster.config.key);
        cluster.config.key = compile(rows[i].template);
        start_output(&cluster);
        struct kafka *kafka = cluster.driver.output.state;
        assert_int_equal(kafka->key_is_per_record, rows[i].is_per_record);
        for (unsigned j = 0; j < 5; j++)
            driver_give(&cluster.driver, driver_batch_new(driver_source(0), 300, j * 300, 200));
        driver_run(&cluster.driver, 1500);
        assert_int_equal(cluster.driver.refused, 0);
        cluster_stop(&cluster);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivers_in_order),
        cmocka_unit_test(test_refused_batch_is_sent_in_parts),
        cmocka_unit_test(test_record_refused_alone_becomes_a_stub),
        cmocka_unit_test(test_record_over_the_limit_becomes_a_stub),
        cmocka_unit_test(test_missing_topic_waits),
        cmocka_unit_test(test_forbidden_topic_waits),
        cmocka_unit_test(test_fatal_error_makes_a_new_client),
        cmocka_unit_test(test_broker_comes_back),
        cmocka_unit_test(test_takes_no_more_than_the_buffer),
        cmocka_unit_test(test_stages_a_second_window),
        cmocka_unit_test(test_hands_over_by_windows),
        cmocka_unit_test(test_proves_a_request_alone),
        cmocka_unit_test(test_topic_from_the_record),
        cmocka_unit_test(test_topic_without_its_field),
        cmocka_unit_test(test_key_from_the_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
