/* Which properties the Kafka output takes, changes and refuses. */
#include "agent/output/kafka_config.h"

#include "agent/output/kafka_error.h"
#include "agent/output/kafka_statistics.h"
#include "agent/output/kafka_stub.h"
#include "agent/redact.h"
#include "agent/source.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "hunter2-4111111111111111"

struct row {
    const char *properties; /* key=value, blanks between */
    const char *error;      /* a part of it; NULL: it is taken */
    const char *changed;    /* key=value of the result; NULL: none to look at */
};

static const struct row rows[] = {
    {"bootstrap.servers=b:9092", NULL, "enable.idempotence=true"},
    {"bootstrap.servers=b:9092", NULL, "acks=-1"},
    {"bootstrap.servers=b:9092", NULL, "message.timeout.ms=0"},
    {"bootstrap.servers=b:9092", NULL, "queue.buffering.max.kbytes=8192"},
    {"bootstrap.servers=b:9092 linger.ms=20", NULL, "linger.ms=5"},
    {"bootstrap.servers=b:9092 linger.ms=0", NULL, "linger.ms=0"},
    {"bootstrap.servers=b:9092 queue.buffering.max.ms=0", NULL, "linger.ms=0"},
    {"metadata.broker.list=b:9092", NULL, NULL},
    {"bootstrap.servers=b:9092 message.timeout.ms=1000", NULL, "message.timeout.ms=0"},
    {"bootstrap.servers=b:9092 delivery.timeout.ms=1000", NULL, "message.timeout.ms=0"},
    {"bootstrap.servers=b:9092 acks=all", NULL, "acks=-1"},
    {"bootstrap.servers=b:9092 acks=1", NULL, "enable.idempotence=false"},
    {"bootstrap.servers=b:9092 request.required.acks=1", NULL, "acks=1"},
    {"bootstrap.servers=b:9092 acks=1", NULL, "max.in.flight.requests.per.connection=1"},
    {"bootstrap.servers=b:9092 enable.idempotence=false", NULL,
     "max.in.flight.requests.per.connection=1"},
    {"bootstrap.servers=b:9092 enable.idempotence=false max.in.flight=1", NULL, NULL},
    {"bootstrap.servers=b:9092 compression.type=zstd", NULL, "compression.type=zstd"},
    {"bootstrap.servers=b:9092 partitioner=murmur2_random", NULL, NULL},
    {"", "bootstrap.servers", NULL},
    {"bootstrap.servers=b:9092 acks=0", "acks", NULL},
    {"bootstrap.servers=b:9092 request.required.acks=0", "acks", NULL},
    {"bootstrap.servers=b:9092 acks=1 enable.idempotence=true", "acks", NULL},
    {"bootstrap.servers=b:9092 enable.idempotence=false max.in.flight=5", "max.in.flight", NULL},
    {"bootstrap.servers=b:9092 acks=1 max.in.flight=2", "max.in.flight", NULL},
    {"bootstrap.servers=b:9092 delivery.report.only.error=true", "delivery.report.only.error",
     NULL},
    {"bootstrap.servers=b:9092 dr_cb=x", "dr_cb", NULL},
    {"bootstrap.servers=b:9092 stats_cb=x", "stats_cb", NULL},
    {"bootstrap.servers=b:9092 plugin.library.paths=/x.so", "plugin.library.paths", NULL},
    {"bootstrap.servers=b:9092 ssl.engine.location=/x.so", "ssl.engine.location", NULL},
    {"bootstrap.servers=b:9092 transactional.id=x", "transactional.id", NULL},
    {"bootstrap.servers=b:9092 queuing.strategy=lifo", "queuing.strategy", NULL},
    {"bootstrap.servers=b:9092 enable.gapless.guarantee=true", "enable.gapless", NULL},
    {"bootstrap.servers=b:9092 partitioner=first", "partitioner", NULL},
    {"bootstrap.servers=b:9092 sasl.pasword=" SECRET, "sasl.pasword", NULL},
    {"bootstrap.servers=b:9092 linger.ms=" SECRET, "linger.ms", NULL},
    {"bootstrap.servers=b:9092 sasl.mechanism=" SECRET, NULL, NULL},
};

static size_t split(char *text, struct option_pair *pairs)
{
    size_t count = 0;
    for (char *part = strtok(text, " "); part; part = strtok(NULL, " ")) {
        char *value = strchr(part, '=');
        *value++ = '\0';
        pairs[count++] = (struct option_pair){.key = part, .value = value};
    }
    return count;
}

static void test_properties(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        struct option_pair pairs[8];
        strcpy(text, rows[i].properties);
        struct kafka_config config = {.properties = {pairs, split(text, pairs)}};
        struct output output = {.id = "out", .buffer_bytes = 8 << 20};
        struct kafka *kafka = calloc(1, sizeof(*kafka));
        kafka->config = &config;
        kafka->output = &output;
        int r = kafka_config_apply(kafka);
        assert_null(strstr(kafka->error, SECRET));
        if (rows[i].error) {
            assert_true(r < 0);
            if (!strstr(kafka->error, rows[i].error))
                fail_msg("%s: %s", rows[i].properties, kafka->error);
        } else if (r < 0) {
            fail_msg("%s: %s", rows[i].properties, kafka->error);
        }
        if (rows[i].changed) {
            char name[64], value[64];
            size_t size = sizeof(value);
            assert_int_equal(sscanf(rows[i].changed, "%63[^=]=", name), 1);
            rd_kafka_conf_get(kafka->conf, name, value, &size);
            assert_string_equal(value, strchr(rows[i].changed, '=') + 1);
        }
        rd_kafka_conf_destroy(kafka->conf);
        free(kafka);
    }
}

/* The same judgement when the file is read: each complaint at the property's own line. */
static void test_check_complains_of_all(void **state)
{
    (void)state;
    static const char file[] = "properties:\n"
                               "  bootstrap.servers: b:9092\n"
                               "  acks: '1'\n"
                               "  dr_cb: x\n"
                               "  sasl.pasword: " SECRET "\n";
    const struct option table[] = {
        {"properties", OPTION_STRING_MAP, 0, 0, NULL, 0, 0, NULL, kafka_config_check, "properties"},
        {NULL}};
    struct option_map map = {0};
    struct diagnostics diagnostics;
    struct document *document;
    diagnostics_init(&diagnostics, "test.yaml");
    assert_int_equal(document_parse(file, strlen(file), &diagnostics, &document), 0);
    const struct option_target target = {table, &map};
    assert_int_equal(
        option_parse(&target, 1, document_root(document), "outputs.kafka", &diagnostics), -EINVAL);
    char *shown;
    size_t size;
    FILE *stream = open_memstream(&shown, &size);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    assert_null(strstr(shown, SECRET));
    assert_non_null(strstr(shown, "test.yaml:3:"));
    assert_non_null(strstr(shown, "test.yaml:4:"));
    assert_non_null(strstr(shown, "test.yaml:5:"));
    free(shown);
    option_finish(table, &map);
    document_free(document);
    diagnostics_finish(&diagnostics);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        rd_kafka_resp_err_t error;
        enum kafka_error class;
    } errors[] = {
        {RD_KAFKA_RESP_ERR_NO_ERROR, KAFKA_ERROR_NONE},
        {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, KAFKA_ERROR_REFUSED},
        {RD_KAFKA_RESP_ERR_INVALID_RECORD, KAFKA_ERROR_REFUSED},
        {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, KAFKA_ERROR_BLOCKED},
        {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, KAFKA_ERROR_BLOCKED},
        {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, KAFKA_ERROR_PASSING},
        {RD_KAFKA_RESP_ERR__PURGE_QUEUE, KAFKA_ERROR_PASSING},
        {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, KAFKA_ERROR_PASSING},
        {RD_KAFKA_RESP_ERR_UNKNOWN, KAFKA_ERROR_PASSING},
        {RD_KAFKA_RESP_ERR__FATAL, KAFKA_ERROR_FATAL},
        {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, KAFKA_ERROR_FATAL},
    };
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        assert_int_equal(kafka_error_classify(errors[i].error), errors[i].class);
    assert_true(kafka_error_is_size(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE));
    assert_false(kafka_error_is_size(RD_KAFKA_RESP_ERR_INVALID_RECORD));
}

static void test_statistics(void **state)
{
    (void)state;
    static const char json[] =
        "{\"name\":\"x\",\"msg_cnt\":12,\"msg_size\":3456,\"brokers\":{"
        "\"a:1/1\":{\"state\":\"UP\",\"rtt\":{\"min\":1,\"avg\":200,\"cnt\":3}},"
        "\"a:2/2\":{\"state\":\"DOWN\",\"rtt\":{\"avg\":0,\"cnt\":0}},"
        "\"a:3/3\":{\"state\":\"UP\",\"rtt\":{\"avg\":400,\"cnt\":1}}},\"topics\":{}}";
    struct kafka_statistics statistics;
    assert_true(kafka_statistics_parse(json, strlen(json), &statistics));
    assert_int_equal(statistics.queue_records, 12);
    assert_int_equal(statistics.queue_bytes, 3456);
    assert_int_equal(statistics.brokers_up, 2);
    assert_int_equal(statistics.round_trip_ns, 300000);
    assert_false(kafka_statistics_parse("{}", 2, &statistics));
    assert_false(kafka_statistics_parse("", 0, &statistics));
}

static void test_stub(void **state)
{
    (void)state;
    struct source source = {.id_text = "0123456789abcdef0123456789abcdef"};
    struct record record = {.offset = UINT32_MAX, .time_ns = INT64_C(1700000000123000000)};
    char text[KAFKA_STUB_BYTES + 1];
    text[kafka_stub_write(&source, &record, true, text)] = '\0';
    assert_string_equal(text,
                        "{\"@timestamp\":\"2023-11-14T22:13:20.123Z\",\"message\":\"[WITHHELD "
                        "too_large]\",\"log.offset\":4294967295,\"blotter.source\":"
                        "\"0123456789abcdef0123456789abcdef\"}");
    record.time_ns = INT64_MIN;
    text[kafka_stub_write(&source, &record, false, text)] = '\0';
    assert_string_equal(text, "{\"message\":\"[WITHHELD refused]\",\"log.offset\":4294967295,"
                              "\"blotter.source\":\"0123456789abcdef0123456789abcdef\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties), cmocka_unit_test(test_check_complains_of_all),
        cmocka_unit_test(test_errors),     cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_stub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
