/* Delivery for a host that waits, to an output that acknowledges what the test tells it to. */
#include "agent/deliver.h"

#include "agent/component.h"
#include "agent/option.h"
#include "agent/output.h"
#include "agent/redact.h"
#include "rules/blotter.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    HELD_MAX = 64,
    WAIT_MS = 20000, /* for what does come */
    SHORT_MS = 20,   /* for what does not */
};

/* ---- the output */

struct held {
    struct batch *batch;
    size_t first, count;
};

static struct far_side {
    pthread_mutex_t mutex;
    int event;
    bool is_ready, holds, refuses;
    struct held held[HELD_MAX];
    size_t held_count;
    char got[4096]; /* payloads, each with a newline behind it */
} far;

static int far_open(struct output *output, struct clean *ret_error)
{
    const char *const *word = output->config;
    if (strcmp(*word, "closed") != 0)
        return 0;
    *ret_error = clean_literal("the far side is closed");
    return -EIO;
}

static size_t far_write(struct output *output, struct batch *batch, size_t first)
{
    pthread_mutex_lock(&far.mutex);
    for (size_t i = first; i < batch->record_count; i++) {
        struct clean payload = batch->records[i].payload;
        size_t size = strlen(far.got);
        snprintf(far.got + size, sizeof(far.got) - size, "%.*s\n", (int)payload.size, payload.data);
    }
    assert_true(far.held_count < HELD_MAX);
    far.held[far.held_count++] = (struct held){batch, first, batch->record_count - first};
    pthread_mutex_unlock(&far.mutex);
    return batch->record_count - first;
}

static int far_poll(struct output *output)
{
    eventfd_t ignored;
    (void)!eventfd_read(far.event, &ignored);
    pthread_mutex_lock(&far.mutex);
    for (size_t i = 0; !far.holds && i < far.held_count; i++) {
        struct held *held = &far.held[i];
        output_delivered(output, held->batch, held->batch->records + held->first, held->count,
                         far.refuses ? DELIVERY_REFUSED : DELIVERY_OK, 1);
    }
    if (!far.holds)
        far.held_count = 0;
    pthread_mutex_unlock(&far.mutex);
    return -1;
}

static int far_descriptor(struct output *output)
{
    return far.event;
}

static void far_nothing(struct output *output)
{
}

static bool far_is_ready(struct output *output, char *ret_why, size_t why_size)
{
    pthread_mutex_lock(&far.mutex);
    bool is_ready = far.is_ready;
    pthread_mutex_unlock(&far.mutex);
    if (!is_ready)
        snprintf(ret_why, why_size, "it is away");
    return is_ready;
}

static const struct option far_options[] = {
    {"word", OPTION_STRING, OPTION_REQUIRED, 0, NULL, 1, 16, NULL, NULL, "Any word"},
    {NULL},
};
static const struct output_type far_type = {
    .name = "far",
    .options = far_options,
    .config_size = sizeof(char *),
    .state_size = 1,
    .open = far_open,
    .write = far_write,
    .poll = far_poll,
    .descriptor = far_descriptor,
    .flush = far_nothing,
    .close = far_nothing,
    .is_ready = far_is_ready,
};

/* In place of the program's own. */
static const struct output_type *const outputs[] = {&far_type, NULL};
const struct config_registry component_registry = {.outputs = outputs};

static void far_set(bool *flag, bool value)
{
    pthread_mutex_lock(&far.mutex);
    *flag = value;
    pthread_mutex_unlock(&far.mutex);
    eventfd_write(far.event, 1);
}

/* What has come since the last time. */
static void assert_got(const char *expected)
{
    pthread_mutex_lock(&far.mutex);
    assert_string_equal(far.got, expected);
    far.got[0] = '\0';
    pthread_mutex_unlock(&far.mutex);
}

/* ---- the host */

struct host {
    struct deliver_config *config;
    struct blot_ruleset *rules;
    struct deliverer *deliverer;
    struct deliver_counts counts;
};

static int read_config(const char *type, const char *yaml, struct deliver_config **ret_config,
                       char **ret_shown)
{
    struct diagnostics diagnostics;
    size_t size;
    assert_int_equal(diagnostics_init(&diagnostics, "host"), 0);
    int r = deliver_config_new(type, yaml, strlen(yaml), &diagnostics, ret_config);
    FILE *stream = open_memstream(ret_shown, &size);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    diagnostics_finish(&diagnostics);
    return r;
}

static struct blot_ruleset *compile(const char *pack, const char *action)
{
    const struct blot_action actions[] = {{"cvv", action}};
    const struct blot_options options = {
        .size = sizeof(options),
        .packs = &pack,
        .pack_count = 1,
        .actions = action ? actions : NULL,
        .action_count = action ? 1 : 0,
    };
    struct blot_ruleset *rules;
    assert_int_equal(blot_ruleset_new(&options, &rules), 0);
    return rules;
}

static void host_start(struct host *host, const char *pack, const char *action)
{
    char error[DELIVER_ERROR_BYTES], *shown;
    *host = (struct host){.rules = compile(pack, action)};
    assert_int_equal(read_config("far", "word: open", &host->config, &shown), 0);
    free(shown);
    assert_int_equal(deliver_new(host->config, host->rules, 1 << 20, &host->deliverer, error), 0);
}

static void host_stop(struct host *host)
{
    deliver_free(host->deliverer);
    deliver_config_free(host->config);
    blot_ruleset_free(host->rules);
}

/* The texts are those between the newlines. */
static int give(struct host *host, const char *lines, int timeout_ms)
{
    struct deliver_text texts[16];
    size_t count = 0;
    for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
        texts[count++] = (struct deliver_text){.text = {lines, (size_t)(end - lines)}};
    return deliver_send(host->deliverer, texts, count, timeout_ms, &host->counts);
}

static int set_up(void **state)
{
    far = (struct far_side){.event = eventfd(0, EFD_NONBLOCK), .is_ready = true};
    return pthread_mutex_init(&far.mutex, NULL);
}

static int tear_down(void **state)
{
    pthread_mutex_destroy(&far.mutex);
    return close(far.event);
}

/* ---- tests */

static void configurations_are_judged(void **state)
{
    static const struct {
        const char *type, *yaml;
        int result;
        const char *shown;
    } cases[] = {
        {"far", "word: open", 0, ""},
        {"near", "word: open", -ENOENT, ""},
        {"far", "wrod: open", -EINVAL, "wrod"},
        {"far", "other: 1", -EINVAL, "word"},
        {"far", "word: [", -EBADMSG, "host:"},
        {"far", "word: a word that is too long", -EINVAL, "word"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct deliver_config *config = NULL;
        char *shown;
        int r = read_config(cases[i].type, cases[i].yaml, &config, &shown);
        if (r != cases[i].result || !strstr(shown, cases[i].shown))
            fail_msg("%s gave %d: %s", cases[i].yaml, r, shown);
        assert_true((r == 0) == (config != NULL));
        deliver_config_free(config);
        free(shown);
    }
}

static void an_output_that_does_not_open_says_why(void **state)
{
    struct blot_ruleset *rules = compile("pci", NULL);
    struct deliver_config *config;
    struct deliverer *deliverer = NULL;
    char error[DELIVER_ERROR_BYTES], *shown;
    assert_int_equal(read_config("far", "word: closed", &config, &shown), 0);
    assert_int_equal(deliver_new(config, rules, 1 << 20, &deliverer, error), -EIO);
    assert_string_equal(error, "the far side is closed");
    assert_null(deliverer);
    assert_null(deliver_free(NULL));
    free(shown);
    deliver_config_free(config);
    blot_ruleset_free(rules);
}

static void rules_with_quarantine_are_refused(void **state)
{
    struct blot_ruleset *rules = compile("pci", "quarantine");
    struct deliver_config *config;
    struct deliverer *deliverer = NULL;
    char error[DELIVER_ERROR_BYTES], *shown;
    assert_non_null(strstr(deliver_judge_rules(rules), "quarantine"));
    assert_int_equal(read_config("far", "word: open", &config, &shown), 0);
    assert_int_equal(deliver_new(config, rules, 1 << 20, &deliverer, error), -ENOTSUP);
    assert_string_equal(error, deliver_judge_rules(rules));
    free(shown);
    deliver_config_free(config);
    blot_ruleset_free(rules);
    rules = compile("pci", "drop_record");
    assert_null(deliver_judge_rules(rules));
    blot_ruleset_free(rules);
}

static void texts_come_redacted_and_in_order(void **state)
{
    struct host host;
    host_start(&host, "pci", NULL);
    assert_int_equal(give(&host, "", 0), 0);
    assert_int_equal(give(&host, "one\ncard 4111111111111111\n\ncvv: 123\n", WAIT_MS), 0);
    assert_got("one\ncard ************1111\n\ncvv: [REDACTED_CVV]\n");
    assert_int_equal(give(&host, "next\n", WAIT_MS), 0);
    assert_got("next\n");
    assert_int_equal(host.counts.delivered, 5);
    assert_int_equal(host.counts.redacted, 2);
    assert_int_equal(host.counts.refused + host.counts.dropped, 0);
    host_stop(&host);
}

static void a_text_that_was_cut(void **state)
{
    struct host host;
    host_start(&host, "pci", NULL);
    const struct deliver_text texts[] = {{.text = {"a 12345", 7}},
                                         {.text = {"b 12345", 7}, .is_cut = true},
                                         {.text = {"c 12345", 7}}};
    assert_int_equal(deliver_send(host.deliverer, texts, 3, WAIT_MS, &host.counts), 0);
    assert_got("a 12345\nb *****\nc 12345\n");
    host_stop(&host);
}

/* rsyslogd brings a batch that was not acknowledged in time again: whole, or one by one. */
static void what_is_in_flight_is_not_sent_twice(void **state)
{
    struct host host;
    host_start(&host, "pci", NULL);
    far_set(&far.holds, true);
    assert_int_equal(give(&host, "a\nb 4111111111111111\nc\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(give(&host, "a\nb 4111111111111111\nc\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(give(&host, "a\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(host.counts.delivered, 0);
    far_set(&far.holds, false);
    assert_int_equal(give(&host, "a\n", WAIT_MS), 0);
    assert_int_equal(give(&host, "b 4111111111111111\n", WAIT_MS), 0);
    char why[DELIVER_ERROR_BYTES];
    far_set(&far.is_ready, false);
    assert_true(deliver_is_ready(host.deliverer, why, sizeof(why))); /* c is there already */
    assert_int_equal(give(&host, "c\n", WAIT_MS), 0);
    assert_got("a\nb ************1111\nc\n");
    assert_int_equal(give(&host, "c\n", WAIT_MS), 0); /* all of it was asked for: this is another */
    assert_got("c\n");
    assert_int_equal(host.counts.delivered, 4);
    host_stop(&host);
}

static void other_texts_are_sent_besides(void **state)
{
    struct host host;
    host_start(&host, "pci", NULL);
    far_set(&far.holds, true);
    assert_int_equal(give(&host, "a\nb\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(give(&host, "a\nx\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(give(&host, "a\nx\ny\n", SHORT_MS), -ETIMEDOUT);
    far_set(&far.holds, false);
    assert_int_equal(give(&host, "a\nx\ny\n", WAIT_MS), 0);
    assert_got("a\nb\na\nx\na\nx\ny\n");
    assert_int_equal(host.counts.delivered, 7);
    host_stop(&host);
}

static void it_ends_with_texts_in_flight(void **state)
{
    struct host host;
    host_start(&host, "pci", NULL);
    far_set(&far.holds, true);
    assert_int_equal(give(&host, "a 4111111111111111\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(give(&host, "b\n", SHORT_MS), -ETIMEDOUT);
    host_stop(&host);
}

static void what_the_far_side_refuses_is_counted(void **state)
{
    struct host host;
    host_start(&host, "pci", NULL);
    far_set(&far.refuses, true);
    assert_int_equal(give(&host, "a\nb\n", WAIT_MS), 0);
    assert_int_equal(host.counts.refused, 2);
    host_stop(&host);
}

static void what_rules_drop_is_done_and_not_sent(void **state)
{
    struct host host;
    host_start(&host, "pci", "drop_record");
    assert_int_equal(give(&host, "a\ncvv: 123\nb\n", WAIT_MS), 0);
    assert_got("a\nb\n");
    assert_int_equal(give(&host, "cvv: 123\n", 0), 0);
    assert_got("");
    assert_int_equal(host.counts.dropped, 2);
    far_set(&far.holds, true);
    assert_int_equal(give(&host, "a\ncvv: 123\nb\n", SHORT_MS), -ETIMEDOUT);
    assert_int_equal(host.counts.dropped, 2);
    far_set(&far.holds, false);
    assert_int_equal(give(&host, "a\n", WAIT_MS), 0);
    assert_int_equal(give(&host, "cvv: 123\n", WAIT_MS), 0);
    assert_int_equal(give(&host, "b\n", WAIT_MS), 0);
    assert_got("a\nb\n");
    assert_int_equal(host.counts.dropped, 3);
    assert_int_equal(host.counts.delivered, 4);
    host_stop(&host);
}

/* A key that one text begins has no part in the next, in one call or in two; within a text it has.
 */
static void each_text_is_searched_for_itself(void **state)
{
    struct host host;
    host_start(&host, "secrets", NULL);
    assert_int_equal(give(&host, "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n", WAIT_MS), 0);
    assert_got("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n");
    assert_int_equal(give(&host, "MIIEvQIBADANBgkq\n", WAIT_MS), 0);
    assert_got("MIIEvQIBADANBgkq\n");
    static const char key[] = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n";
    const struct deliver_text texts[] = {{.text = {key, sizeof(key) - 2}}, {.text = {"after", 5}}};
    assert_int_equal(deliver_send(host.deliverer, texts, 2, WAIT_MS, &host.counts), 0);
    assert_got("-----BEGIN PRIVATE KEY-----\n[REDACTED_PRIVATE_KEY]\nafter\n");
    host_stop(&host);
}

static void *come_back(void *ignored)
{
    far_set(&far.is_ready, true);
    return NULL;
}

static void readiness_is_waited_for(void **state)
{
    struct host host;
    char why[DELIVER_ERROR_BYTES];
    pthread_t thread;
    host_start(&host, "pci", NULL);
    assert_true(deliver_wait_ready(host.deliverer, 0));
    far_set(&far.is_ready, false);
    assert_false(deliver_is_ready(host.deliverer, why, sizeof(why)));
    assert_string_equal(why, "it is away");
    assert_false(deliver_wait_ready(host.deliverer, SHORT_MS));
    assert_int_equal(pthread_create(&thread, NULL, come_back, NULL), 0);
    assert_true(deliver_wait_ready(host.deliverer, WAIT_MS));
    pthread_join(thread, NULL);
    host_stop(&host);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(configurations_are_judged),
        TEST(an_output_that_does_not_open_says_why),
        TEST(rules_with_quarantine_are_refused),
        TEST(texts_come_redacted_and_in_order),
        TEST(a_text_that_was_cut),
        TEST(what_is_in_flight_is_not_sent_twice),
        TEST(other_texts_are_sent_besides),
        TEST(it_ends_with_texts_in_flight),
        TEST(what_the_far_side_refuses_is_counted),
        TEST(what_rules_drop_is_done_and_not_sent),
        TEST(each_text_is_searched_for_itself),
        TEST(readiness_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
