#include "agent/parse.h"
#include "agent/redact.h"
#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

#define NOW  INT64_C(1795260000000000000) /* 2026-11-21T11:20:00Z */
#define NONE INT64_MIN
#define T    INT64_C(1704164645000000000) /* 2024-01-02T03:04:05Z */

struct parse_case {
    const char *text;
    bool is_object;
    const char *message; /* NULL: none */
    const char *level;
    const char *logger;
    int64_t time_ns;
    size_t members;
};

static const struct parse_case cases[] = {
    {"", false, "", NULL, NULL, NONE, 0},
    {"2024-01-02T03:04:05Z INFO hello", false, "2024-01-02T03:04:05Z INFO hello", "info", NULL, T,
     0},
    {"10.0.0.1 - - [02/Jan/2024:04:04:05 +0100] \"GET /\"", false,
     "10.0.0.1 - - [02/Jan/2024:04:04:05 +0100] \"GET /\"", NULL, NULL, T, 0},
    {"a[1] [b] [2024-01-02 03:04:05] x", false, "a[1] [b] [2024-01-02 03:04:05] x", NULL, NULL, T,
     0},
    {"time=\"2024-01-02T03:04:05Z\" level=error", false,
     "time=\"2024-01-02T03:04:05Z\" level=error", "error", NULL, T, 0},
    {"ts=1704164645 level=info", false, "ts=1704164645 level=info", "info", NULL, T, 0},
    /* objects */
    {"{}", true, NULL, NULL, NULL, NONE, 0},
    {" {\"a\":1} ", true, NULL, NULL, NULL, NONE, 1},
    {"{\"time\":\"2024-01-02T03:04:05Z\",\"level\":\"WARN\",\"msg\":\"hi\",\"logger\":\"a.b\"}",
     true, "\"hi\"", "warn", "\"a.b\"", T, 4},
    {"{\"level\":30,\"time\":1704164645000,\"pid\":1,\"msg\":\"pino\"}", true, "\"pino\"", "info",
     NULL, T, 4},
    {"{\"ts\":1704164645.25,\"severity\":\"CRITICAL\",\"event\":\"structlog\"}", true,
     "\"structlog\"", "critical", NULL, T + 250000000, 3},
    {"{\"@timestamp\":\"nonsense\",\"t\":1704164645}", true, NULL, NULL, NULL, T, 2},
    {"{\"date\":\"2024-01-02T03:04:05\\u002b00:00\",\"lvl\":\"dbg\",\"log\":\"x\"}", true, "\"x\"",
     "debug", NULL, T, 3},
    {"{\"\\u006dsg\":\"escaped key\"}", true, "\"escaped key\"", NULL, NULL, NONE, 1},
    {"{\"message\":7,\"msg\":\"x\"}", true, "7", NULL, NULL, NONE, 2},
    {"{\"message\":{\"a\":1},\"msg\":\"x\"}", true, "\"x\"", NULL, NULL, NONE, 2},
    {"{\"msg\":1,\"event\":{}}", true, NULL, NULL, NULL, NONE, 2},
    {"{\"log\":{\"level\":\"error\",\"logger\":\"z\"}}", true, NULL, "error", NULL, NONE, 1},
    {"{\"levelname\":\"custom\",\"level\":\"INFO\"}", true, NULL, "info", NULL, NONE, 2},
    {"{\"time\":\"2026-11-23T00:00:00Z\"}", true, NULL, NULL, NULL, NONE, 1},
    {"{\"time\":\"2024-01-02T03:04:05Z and more\"}", true, NULL, NULL, NULL, NONE, 1},
    {"{\"time\":\"\"}", true, NULL, NULL, NULL, NONE, 1},
    {"{\"time\":null,\"level\":true}", true, NULL, NULL, NULL, NONE, 2},
    /* not one object */
    {"{\"a\":1} x", false, "{\"a\":1} x", NULL, NULL, NONE, 0},
    {"{\"a\":1", false, "{\"a\":1", NULL, NULL, NONE, 0},
    {"{\"a\":1}{\"b\":2}", false, "{\"a\":1}{\"b\":2}", NULL, NULL, NONE, 0},
    {"[1]", false, "[1]", NULL, NULL, NONE, 0},
    {"\"x\"", false, "\"x\"", NULL, NULL, NONE, 0},
    {"{'a':1}", false, "{'a':1}", NULL, NULL, NONE, 0},
};

static void check(const struct parse_case *c, const struct event *event)
{
    const char *level = level_name(event->level);
    bool has_message = !event->is_object || event->message_member >= 0;
    if (event->is_object != c->is_object || event->member_count != c->members ||
        event->time_ns != c->time_ns || has_message != (c->message != NULL) ||
        (level == NULL) != (c->level == NULL) || (level && strcmp(level, c->level) != 0) ||
        event->logger.size != (c->logger ? strlen(c->logger) : 0))
        fail_msg("%s: object %d, members %zu, time %lld, message %d, level %s", c->text,
                 event->is_object, event->member_count, (long long)event->time_ns, has_message,
                 level);
    if (has_message) {
        assert_int_equal(event->message.size, strlen(c->message));
        assert_memory_equal(event->message.data, c->message, event->message.size);
    }
    if (c->logger)
        assert_memory_equal(event->logger.data, c->logger, event->logger.size);
}

static void recognises_objects_and_text(void **state)
{
    static struct event event;
    const struct parse_options options = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        parse_find("auto")->parse(&options, clean_from_config(cases[i].text), NOW, &event);
        check(&cases[i], &event);
    }
}

static void the_others_read_one_form(void **state)
{
    static struct event event;
    const struct parse_options options = {0};
    const char *line = "2024-01-02T03:04:05Z INFO hello";
    parse_find("json")->parse(&options, clean_from_config(line), NOW, &event);
    assert_true(!event.is_object && event.level == LEVEL_NONE && event.time_ns == NONE);
    assert_int_equal(event.message.size, strlen(line));
    parse_find("text")->parse(&options, clean_from_config("{\"level\":\"info\"}"), NOW, &event);
    assert_true(!event.is_object);
    parse_find("json")->parse(&options, clean_from_config("{\"level\":\"info\"}"), NOW, &event);
    assert_true(event.is_object && event.level == LEVEL_INFO);
    assert_null(parse_find("yaml"));
}

static void bounds_members_and_depth(void **state)
{
    static struct event event;
    static char text[8 * EVENT_MEMBERS_MAX];
    const struct parse_options options = {0};
    for (int members = EVENT_MEMBERS_MAX; members <= EVENT_MEMBERS_MAX + 1; members++) {
        size_t size = 0;
        for (int i = 0; i < members; i++)
            size += (size_t)snprintf(text + size, sizeof(text) - size, "%s\"\":1", i ? "," : "{");
        snprintf(text + size, sizeof(text) - size, "}");
        parse_find("auto")->parse(&options, clean_from_config(text), NOW, &event);
        assert_int_equal(event.is_object, members == EVENT_MEMBERS_MAX);
        assert_int_equal(event.member_count, event.is_object ? members : 0);
    }
    for (int depth = 64; depth <= 65; depth++) {
        strcpy(text, "{\"a\":");
        memset(text + 5, '[', (size_t)depth - 1);
        memset(text + 4 + depth, ']', (size_t)depth - 1);
        strcpy(text + 3 + 2 * depth, "}");
        parse_find("auto")->parse(&options, clean_from_config(text), NOW, &event);
        assert_int_equal(event.is_object, depth == 64);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises_objects_and_text),
        cmocka_unit_test(the_others_read_one_form),
        cmocka_unit_test(bounds_members_and_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
