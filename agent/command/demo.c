/* `blotter demo`: the service as it is, between a sample application and a Kafka that librdkafka's
 * mock cluster plays in this process. What came out is read back and checked, so the demo fails
 * where the promise does. */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/demo_check.h"
#include "agent/command/demo_shop.h"
#include "agent/command/run_load.h"
#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/service.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S    INT64_C(1000000000)
#define DEADLINE_NS (40 * NS_PER_S)
#define TOPIC       "logs.app"

enum {
    LINES = 30000,
    LINES_PER_SECOND = 10000,
    PARTITIONS = 1,
    SAMPLES = 6,
    PATH_SIZE = 512,
    POLL_MS = 100,
};

struct sample {
    char before[DEMO_SHOP_LINE_MAX];
    char *after;
};

struct demo {
    char folder[PATH_SIZE];
    char log[PATH_SIZE], config[PATH_SIZE];
    rd_kafka_t *mock_client, *consumer;
    rd_kafka_mock_cluster_t *cluster;
    struct blot_ruleset *rules;
    struct demo_shop shop;
    struct demo_check check;
    struct sample samples[SAMPLES];
    size_t sample_count;
    /* while the service runs: reads back, then stops it */
    struct service *service;
    pthread_t reader;
    bool has_reader;
    int64_t acknowledged_p50_ns, acknowledged_p99_ns;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * NS_PER_S + time.tv_nsec;
}

static int make_folder(struct demo *demo)
{
    const char *parent = getenv("TMPDIR");
    snprintf(demo->folder, sizeof(demo->folder),
             "%.400s/blotter-demo-XX"
             "XXXX",
             parent && *parent ? parent : "/tmp");
    if (!mkdtemp(demo->folder))
        return -errno;
    snprintf(demo->log, sizeof(demo->log), "%.480s/app.log", demo->folder);
    snprintf(demo->config, sizeof(demo->config), "%.480s/blotter.yaml", demo->folder);
    demo->shop.descriptor = open(demo->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    return demo->shop.descriptor < 0 ? -errno : 0;
}

/* A client of librdkafka with the properties, which end with NULL. */
static rd_kafka_t *new_client(rd_kafka_type_t type, const char *const *properties)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (; *properties; properties += 2)
        rd_kafka_conf_set(conf, properties[0], properties[1], why, sizeof(why));
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof(why));
    if (!client)
        rd_kafka_conf_destroy(conf);
    return client;
}

static int start_kafka(struct demo *demo)
{
    static const char *const none[] = {NULL};
    demo->mock_client = new_client(RD_KAFKA_PRODUCER, none);
    if (!demo->mock_client)
        return -ENOMEM;
    demo->cluster = rd_kafka_mock_cluster_new(demo->mock_client, 1);
    if (!demo->cluster || rd_kafka_mock_topic_create(demo->cluster, TOPIC, PARTITIONS, 1) !=
                              RD_KAFKA_RESP_ERR_NO_ERROR)
        return -EIO;
    const char *const properties[] = {
        "bootstrap.servers",
        rd_kafka_mock_cluster_bootstraps(demo->cluster),
        "group.id",
        "blotter-demo",
        "fetch.wait.max.ms",
        "10",
        NULL,
    };
    demo->consumer = new_client(RD_KAFKA_CONSUMER, properties);
    if (!demo->consumer)
        return -ENOMEM;
    rd_kafka_poll_set_consumer(demo->consumer);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int32_t partition = 0; partition < PARTITIONS; partition++)
        rd_kafka_topic_partition_list_add(list, TOPIC, partition)->offset = 0;
    rd_kafka_resp_err_t error = rd_kafka_assign(demo->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -EIO;
}

static int write_config(struct demo *demo)
{
    FILE *file = fopen(demo->config, "we");
    if (!file)
        return -errno;
    fprintf(file,
            "inputs:\n"
            "  app: {type: tail, paths: [\"%s\"]}\n"
            "format: {schema: ecs, fields: {service.name: shop}}\n"
            "outputs:\n"
            "  kafka: {type: kafka, topic: \"logs.%%{input}\", properties: {bootstrap.servers: "
            "\"%s\"}}\n"
            "http: {listen: \"\"}\n"
            "admin: {listen: \"\"}\n"
            "memory: {profile: never}\n"
            "log: {level: error}\n",
            demo->log, rd_kafka_mock_cluster_bootstraps(demo->cluster));
    int error = ferror(file) ? -EIO : 0;
    return fclose(file) == 0 ? error : -EIO;
}

/* Keeps the first records that were redacted: they are shown beside the first lines that hold card
 * data, which they are, since a source keeps its order. */
static void keep_sample(struct demo *demo, const char *payload, size_t size)
{
    static const char mark[] = "\"blotter.redacted\"";
    if (demo->sample_count == SAMPLES || !memmem(payload, size, mark, sizeof(mark) - 1))
        return;
    demo->samples[demo->sample_count++].after = strndup(payload, size);
}

/* Reads until every line is there, or none has come for too long. */
static void read_back(struct demo *demo)
{
    int64_t deadline_ns = clock_ns(CLOCK_MONOTONIC) + DEADLINE_NS;
    while (demo->check.count + demo->check.broken < LINES &&
           clock_ns(CLOCK_MONOTONIC) < deadline_ns) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(demo->consumer, POLL_MS);
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            demo_check_record(&demo->check, message->payload, message->len,
                              clock_ns(CLOCK_REALTIME));
            keep_sample(demo, message->payload, message->len);
        }
        rd_kafka_message_destroy(message);
    }
}

static void *reader_thread(void *argument)
{
    struct demo *demo = argument;
    int error = demo_shop_start(&demo->shop);
    if (error == 0) {
        read_back(demo);
        demo_shop_join(&demo->shop);
    }
    struct metrics *metrics = service_metrics(demo->service);
    demo->acknowledged_p50_ns = metrics_quantile(metrics, STAGE_TOTAL, 0.5);
    demo->acknowledged_p99_ns = metrics_quantile(metrics, STAGE_TOTAL, 0.99);
    service_stop(demo->service);
    return NULL;
}

static void on_started(void *user, struct service *service)
{
    struct demo *demo = user;
    demo->service = service;
    demo->has_reader = pthread_create(&demo->reader, NULL, reader_thread, demo) == 0;
    if (!demo->has_reader)
        service_stop(service);
}

/* Returns the service's exit code. */
static int serve(struct demo *demo)
{
    struct run_load load = {.path = demo->config};
    log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_AUTO);
    if (run_load(&load) < 0)
        return EX_CONFIG;
    struct service_options options = {
        .config = load.config,
        .rules = load.rules,
        .started = on_started,
        .user = demo,
    };
    int code = service_run(&options);
    if (demo->has_reader)
        pthread_join(demo->reader, NULL);
    return code;
}

/* The lines of the log that the samples were, in the log's order. */
static void read_samples(struct demo *demo)
{
    FILE *file = fopen(demo->log, "re");
    char line[DEMO_SHOP_LINE_MAX];
    char again[DEMO_SHOP_LINE_MAX];
    bool is_sensitive;
    size_t found = 0;
    for (unsigned number = 0; file && found < demo->sample_count && fgets(line, sizeof(line), file);
         number++) {
        demo_shop_line(number, 0, again, &is_sensitive);
        if (is_sensitive)
            memcpy(demo->samples[found++].before, line, sizeof(line));
    }
    if (file)
        fclose(file);
}

static void print_samples(const struct demo *demo, bool has_colour)
{
    const char *red = has_colour ? "\033[31m" : "";
    const char *green = has_colour ? "\033[32m" : "";
    const char *plain = has_colour ? "\033[0m" : "";
    puts("\nThe application wrote (test numbers that the card networks publish):");
    for (size_t i = 0; i < demo->sample_count; i++)
        printf("  %s%s%s", red, demo->samples[i].before, plain);
    puts("\nKafka has:");
    for (size_t i = 0; i < demo->sample_count; i++)
        printf("  %s%s%s\n", green, demo->samples[i].after, plain);
}

static void print_next_steps(void)
{
    puts("\nWhere to look next:");
    puts("  printf 'card 4111-1111-1111-1111 cvv: 999\\n' | blotter redact");
    puts("  blotter run FILE…              show a log as clean JSON");
    puts("  blotter run -c FILE            the sidecar; `blotter check -c FILE` before");
    puts("  README.md, rules/README.md     how a line travels, and what is redacted");
}

/* Returns the exit code. */
static int judge(struct demo *demo, int service_code)
{
    struct demo_check *check = &demo->check;
    size_t repeated = demo_check_repeated(check);
    size_t written = atomic_load(&demo->shop.written);
    read_samples(demo);
    print_samples(demo, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
    printf("\n%zu lines written, %u of them with card data\n", written, demo->shop.sensitive);
    printf("%zu records read back, %zu of them redacted\n", check->count, check->redacted);
    printf("%zu not valid JSON, %zu offsets twice, %zu with card data left in them\n",
           check->broken, repeated, check->leaking);
    printf("line written → record read back: p50 %.1f ms, p99 %.1f ms, max %.1f ms at %d lines/s\n",
           (double)demo_check_quantile(check, 0.5) / 1e6,
           (double)demo_check_quantile(check, 0.99) / 1e6,
           (double)demo_check_quantile(check, 1) / 1e6, LINES_PER_SECOND);
    printf("block read → acknowledged by Kafka: p50 %.1f ms, p99 %.1f ms\n",
           (double)demo->acknowledged_p50_ns / 1e6, (double)demo->acknowledged_p99_ns / 1e6);
    bool is_good = demo->shop.error == 0 && written == LINES && check->count == LINES &&
                   check->broken == 0 && repeated == 0 && check->leaking == 0 &&
                   check->redacted == demo->shop.sensitive && service_code == 0;
    if (is_good) {
        puts("As promised: nothing lost, nothing left in.");
        print_next_steps();
        return EX_OK;
    }
    printf("NOT as promised (the service ended with code %d); what there is stays in %s\n",
           service_code, demo->folder);
    return 1;
}

/* In the order that undoes start, from wherever it stopped. */
static void finish(struct demo *demo, bool keeps_folder)
{
    if (demo->consumer) {
        rd_kafka_consumer_close(demo->consumer);
        rd_kafka_destroy(demo->consumer);
    }
    if (demo->cluster)
        rd_kafka_mock_cluster_destroy(demo->cluster);
    if (demo->mock_client)
        rd_kafka_destroy(demo->mock_client);
    demo_check_finish(&demo->check);
    blot_ruleset_free(demo->rules);
    if (demo->shop.descriptor >= 0)
        close(demo->shop.descriptor);
    for (size_t i = 0; i < demo->sample_count; i++)
        free(demo->samples[i].after);
    if (keeps_folder)
        return;
    unlink(demo->log);
    unlink(demo->config);
    rmdir(demo->folder);
}

static int start(struct demo *demo)
{
    int error = make_folder(demo);
    if (error == 0)
        error = blot_ruleset_new(&(struct blot_options){0}, &demo->rules);
    if (error == 0)
        error = demo_check_init(&demo->check, demo->rules, 2 * (size_t)LINES);
    if (error == 0)
        error = start_kafka(demo);
    return error == 0 ? write_config(demo) : error;
}

static int run(int argc, char **argv)
{
    int operands;
    int error = arguments_parse(&demo_command, argc, argv, NULL, &operands);
    if (error != 0 || operands > 0)
        return error == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    struct demo demo = {
        .shop = {.descriptor = -1, .line_count = LINES, .lines_per_second = LINES_PER_SECOND},
    };
    error = start(&demo);
    if (error < 0) {
        fprintf(stderr, "blotter demo: cannot start: %s\n", strerror(-error));
        finish(&demo, false);
        return EX_UNAVAILABLE;
    }
    printf("A sample shop writes %d lines to a log; blotter ships them to an embedded Kafka.\n",
           LINES);
    fflush(stdout);
    int code = judge(&demo, serve(&demo));
    finish(&demo, code != EX_OK);
    return code;
}

const struct command demo_command = {
    .name = "demo",
    .usage = "",
    .summary = "see it work: a sample application, the sidecar, an embedded Kafka",
    .run = run,
};
