#include "test/unit/agent/encode/encoding.h"

#include "agent/json.h"
#include "agent/utf8.h"

#include <stdlib.h>

#define STAMP "\"@timestamp\":\"2024-01-02T03:04:05.000Z\","
#define READ  "\"@timestamp\":\"2026-11-21T11:20:00.123Z\",\"blotter.time\":\"read\","
#define FIXED "\"log.file.path\":\"/l\",\"blotter.source\":\"" ENCODING_ID "\","
#define TEAM  "\"team.name\":\"pay\","
#define SERV  "\"service.name\":\"checkout\","
#define HOST  "\"host.name\":\"web1\","
#define ALL   FIXED TEAM SERV HOST
#define TAIL  "\"log.offset\":7,\"event.ingested\":\"2026-11-21T11:20:00.123Z\""
#define TIME  "\"t\":1704164645"

struct ecs_case {
    const char *text;
    const char *payload;
    uint64_t renamed, repaired;
};

static const struct ecs_case cases[] = {
    /* text */
    {"2024-01-02T03:04:05Z INFO a \"b\"",
     "{" STAMP "\"log.level\":\"info\",\"message\":"
     "\"2024-01-02T03:04:05Z INFO a \\\"b\\\"\"," ALL TAIL "}",
     0, 0},
    {"", "{" READ "\"message\":\"\"," ALL TAIL "}", 0, 0},
    {"bad \xff\xfe", "{" READ "\"message\":\"bad \xef\xbf\xbd\xef\xbf\xbd\"," ALL TAIL "}", 0, 1},
    /* objects keep their members */
    {"{}", "{" READ ALL TAIL "}", 0, 0},
    {"{ " TIME " , \"a\" : [ 1, 2 ] }", "{" STAMP ALL TAIL "," TIME " , \"a\" : [ 1, 2 ] }", 0, 0},
    {"{" TIME ",\"a\":\"\xff\"}", "{" STAMP ALL TAIL "," TIME ",\"a\":\"\xef\xbf\xbd\"}", 0, 1},
    /* message */
    {"{" TIME ",\"message\":\"m\"}", "{" STAMP ALL TAIL "," TIME ",\"message\":\"m\"}", 0, 0},
    {"{" TIME ",\"msg\":\"m\"}", "{" STAMP ALL TAIL "," TIME ",\"message\":\"m\"}", 0, 0},
    {"{" TIME ",\"log\":\"m\"}", "{" STAMP ALL TAIL "," TIME ",\"message\":\"m\"}", 0, 0},
    {"{" TIME ",\"event\":\"m\"}", "{" STAMP ALL TAIL "," TIME ",\"message\":\"m\"}", 0, 0},
    {"{" TIME ",\"message\":\"m\",\"msg\":\"x\",\"log\":\"y\"}",
     "{" STAMP ALL TAIL "," TIME ",\"message\":\"m\",\"msg\":\"x\",\"app.log\":\"y\"}", 1, 0},
    {"{" TIME ",\"message\":{\"a\":1},\"msg\":\"x\"}",
     "{" STAMP ALL TAIL "," TIME ",\"app.message\":{\"a\":1},\"message\":\"x\"}", 1, 0},
    /* the application wins */
    {"{\"@timestamp\":\"2024-01-02T03:04:05Z\"}",
     "{" ALL TAIL ",\"@timestamp\":\"2024-01-02T03:04:05Z\"}", 0, 0},
    {"{\"@timestamp\":\"2024-01-02T03:04:05.5+02:00\"}",
     "{" ALL TAIL ",\"@timestamp\":\"2024-01-02T03:04:05.5+02:00\"}", 0, 0},
    {"{\"@timestamp\":1704164645}", "{" STAMP ALL TAIL ",\"app.@timestamp\":1704164645}", 1, 0},
    {"{\"@timestamp\":\"2024-01-02 03:04:05\"}",
     "{" STAMP ALL TAIL ",\"app.@timestamp\":\"2024-01-02 03:04:05\"}", 1, 0},
    {"{\"@timestamp\":\"2024-01-02T03:04:05,000Z\"}",
     "{" STAMP ALL TAIL ",\"app.@timestamp\":\"2024-01-02T03:04:05,000Z\"}", 1, 0},
    {"{\"@timestamp\":\"later\"}", "{" READ ALL TAIL ",\"app.@timestamp\":\"later\"}", 1, 0},
    {"{" TIME ",\"log.level\":\"WARN\"}", "{" STAMP ALL TAIL "," TIME ",\"log.level\":\"WARN\"}", 0,
     0},
    {"{" TIME ",\"level\":\"WARN\"}",
     "{" STAMP "\"log.level\":\"warn\"," ALL TAIL "," TIME ",\"level\":\"WARN\"}", 0, 0},
    {"{" TIME ",\"log\":{\"level\":\"x\",\"logger\":\"y\"},\"logger\":\"z\"}",
     "{" STAMP ALL TAIL "," TIME ",\"log\":{\"level\":\"x\",\"logger\":\"y\"},\"logger\":\"z\"}", 0,
     0},
    {"{" TIME ",\"logger\":\"z\"}",
     "{" STAMP "\"log.logger\":\"z\"," ALL TAIL "," TIME ",\"logger\":\"z\"}", 0, 0},
    {"{" TIME ",\"service.name\":\"own\"}",
     "{" STAMP FIXED TEAM HOST TAIL "," TIME ",\"service.name\":\"own\"}", 0, 0},
    {"{" TIME ",\"service\":{\"name\":\"own\"}}",
     "{" STAMP FIXED TEAM HOST TAIL "," TIME ",\"service\":{\"name\":\"own\"}}", 0, 0},
    {"{" TIME ",\"service\":{\"version\":\"1\"},\"host\":{\"name\":\"w\"}}",
     "{" STAMP FIXED TEAM SERV TAIL "," TIME
     ",\"service\":{\"version\":\"1\"},\"host\":{\"name\":\"w\"}}",
     0, 0},
    /* we win */
    {"{" TIME ",\"blotter.source\":1,\"blotter\":{},\"log.offset\":1,\"log.file.path\":1,\"event."
     "ingested\":1}",
     "{" STAMP ALL TAIL "," TIME
     ",\"app.blotter.source\":1,\"app.blotter\":{},\"app.log.offset\":1,"
     "\"app.log.file.path\":1,\"app.event.ingested\":1}",
     5, 0},
    {"{" TIME ",\"log\":{\"offset\":1},\"event\":{\"ingested\":1}}",
     "{" STAMP ALL TAIL "," TIME ",\"app.log\":{\"offset\":1},\"app.event\":{\"ingested\":1}}", 2,
     0},
    {"{" TIME ",\"log\":{\"file\":{\"path\":1}},\"log.file\":{\"path\":1}}",
     "{" STAMP ALL TAIL "," TIME
     ",\"app.log\":{\"file\":{\"path\":1}},\"app.log.file\":{\"path\":1}}",
     2, 0},
    {"{" TIME ",\"bl\\u006ftter.source\":1}",
     "{" STAMP ALL TAIL "," TIME ",\"app.bl\\u006ftter.source\":1}", 1, 0},
    /* what would break the mapping */
    {"{" TIME ",\"host\":\"web9\",\"error\":\"bad\",\"user\":7,\"log\":true,\"http\":[1]}",
     "{" STAMP ALL TAIL "," TIME ",\"app.host\":\"web9\",\"app.error\":\"bad\",\"app.user\":7,"
     "\"app.log\":true,\"app.http\":[1]}",
     5, 0},
    {"{" TIME ",\"error\":null,\"user\":{},\"http\":[{}],\"url\":[]}",
     "{" STAMP ALL TAIL "," TIME ",\"error\":null,\"user\":{},\"http\":[{}],\"url\":[]}", 0, 0},
    {"{" TIME ",\"team\":\"x\",\"team.name.first\":\"y\",\"team.name\":{}}",
     "{" STAMP ALL TAIL "," TIME
     ",\"app.team\":\"x\",\"app.team.name.first\":\"y\",\"app.team.name\":{}}",
     3, 0},
    {"{" TIME ",\"message.x\":1,\"log.level\":{},\"tags\":{}}",
     "{" STAMP ALL TAIL "," TIME ",\"app.message.x\":1,\"app.log.level\":{},\"app.tags\":{}}", 3,
     0},
    /* keys that are equal */
    {"{" TIME ",\"a\":1,\"a\":2,\"\\u0061\":3,\"a#2\":4}",
     "{" STAMP ALL TAIL "," TIME ",\"a\":1,\"a#2\":2,\"\\u0061#3\":3,\"a#2#2\":4}", 3, 0},
    {"{" TIME ",\"app.host\":1,\"host\":2}",
     "{" STAMP ALL TAIL "," TIME ",\"app.host\":1,\"app.host#2\":2}", 2, 0},
    {"{" TIME ",\"msg\":\"x\",\"msg\":\"y\"}",
     "{" STAMP ALL TAIL "," TIME ",\"message\":\"x\",\"msg\":\"y\"}", 0, 0},
    {"{" TIME ",\"\":1,\"\":2}", "{" STAMP ALL TAIL "," TIME ",\"\":1,\"#2\":2}", 1, 0},
};

static struct encoding encoding;

static int open_encoding(void **state)
{
    static struct encode_field fields[3];
    fields[0] = (struct encode_field){clean_literal("team.name"), clean_literal("pay")};
    fields[1] = (struct encode_field){clean_literal("service.name"), clean_literal("checkout")};
    fields[2] = (struct encode_field){clean_literal("log.offset"), clean_literal("reserved")};
    static const char *const labels[] = {"pan", "cvv", "pan"};
    const struct encode_options options = {
        .host_name = clean_literal("web1"),
        .fields = fields,
        .field_count = 3,
        .rule_labels = labels,
        .rule_count = 3,
    };
    encoding_open(&encoding, &options);
    encoding_reset(&encoding);
    return 0;
}

static int close_encoding(void **state)
{
    encoding_close(&encoding);
    return 0;
}

static void expect(const char *name, const char *payload)
{
    struct clean is = encoding.record.payload;
    if (is.size != strlen(payload) || memcmp(is.data, payload, is.size) != 0)
        fail_msg("%s:\n%.*s\nexpected:\n%s", name, (int)is.size, is.data, payload);
}

static void writes_records(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        encoding.record.offset = 7;
        encoding_run(&encoding, "ecs", cases[i].text, strlen(cases[i].text));
        expect(cases[i].text, cases[i].payload);
        assert_int_equal(encoding.counts.renamed_members, cases[i].renamed);
        assert_int_equal(encoding.counts.repaired_records, cases[i].repaired);
        encoding_reset(&encoding);
    }
}

static void says_what_was_redacted(void **state)
{
    struct redaction redactions[] = {{9, 0, 1}, {0, 0, 2}, {1, 1, 1}, {2, 0, 3}, {0, 3, 1}};
    encoding.batch.redactions = redactions;
    encoding.record.redaction_first = 1;
    encoding.record.redaction_count = 4;
    encoding.record.offset = 7;
    encoding_run(&encoding, "ecs", "x", 1);
    expect("redacted",
           "{" READ "\"message\":\"x\"," ALL TAIL ",\"blotter.redacted\":{\"pan\":6,\"cvv\":1}}");
    encoding_reset(&encoding);
}

static void withholds(void **state)
{
    struct redaction redactions[] = {{0, BLOT_WITHHELD_DEPTH, 1}};
    encoding.batch.redactions = redactions;
    encoding.record.redaction_count = 1;
    encoding.record.flags = RECORD_WITHHELD;
    encoding.record.offset = 7;
    encoding_run(&encoding, "ecs", "{\"msg\":\"secret\"}", 16);
    expect("withheld", "{" READ "\"message\":\"[WITHHELD depth]\"," ALL TAIL
                       ",\"blotter.redacted\":{\"pan\":1}}");
    encoding_reset(&encoding);
}

static void takes_the_stamp_of_the_framing(void **state)
{
    encoding.record.frame_time_ns = INT64_C(1704164645678901230);
    encoding.record.stream = 2;
    encoding_run(&encoding, "ecs", "x", 1);
    expect("frame", "{\"@timestamp\":\"2024-01-02T03:04:05.67890123Z\",\"message\":\"x\"," ALL
                    "\"log.offset\":0,\"log.iostream\":\"stderr\",\"event.ingested\":\"2026-11-"
                    "21T11:20:00.123Z\"}");
    assert_int_equal(encoding.record.time_ns, INT64_C(1704164645678901230));
    encoding_reset(&encoding);
}

/* Random members: whatever comes in, one line of valid JSON without equal keys comes out. */
static void is_always_json(void **state)
{
    static const char *const parts[] = {
        "\"a\":1",          "\"host\":\"x\"",
        "\"msg\":\"\xff\"", "\"log\":{\"level\":1}",
        "\"message\":[]",   "\"a\":{}",
        "\"app.host\":2",   "\"@timestamp\":3",
        "\"\\u0061\":4",    "\"service\":{\"name\":1}",
        "\"host.name\":5",  "\n\"b\": 6",
        "\"event\":\"e\"",  "\"a#2\":7",
    };
    srand(2);
    for (int round = 0; round < 20000; round++) {
        char text[2048] = "{";
        for (int i = rand() % 20; i >= 0; i--) {
            strcat(text, parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))]);
            strcat(text, i ? "," : "}");
        }
        if (rand() % 50 == 0)
            text[rand() % (int)strlen(text)] = (char)(rand() | 1);
        encoding_run(&encoding, "ecs", text, strlen(text));
        struct clean out = encoding.record.payload;
        assert_true(utf8_is_valid(out.data, out.size));
        assert_null(memchr(out.data, '\n', out.size));
        struct json_object object;
        struct json_member member;
        struct json_member seen[64];
        size_t count = 0;
        enum json_step step;
        assert_true(json_object_open(out.data, out.size, &object));
        while ((step = json_object_next(&object, &member)) == JSON_MEMBER) {
            for (size_t i = 0; i < count; i++) {
                if (seen[i].key_size == member.key_size &&
                    memcmp(seen[i].key, member.key, member.key_size) == 0)
                    fail_msg("twice: %.*s", (int)out.size, out.data);
            }
            seen[count++] = member;
        }
        if (step != JSON_END || object.next != out.data + out.size)
            fail_msg("no JSON: %.*s", (int)out.size, out.data);
        encoding_reset(&encoding);
    }
}

static void keeps_long_lines(void **state)
{
    enum { SIZE = 3 << 20 };
    char *text = malloc(SIZE);
    memset(text, '\x01', SIZE);
    encoding_run(&encoding, "ecs", text, SIZE);
    assert_true(encoding.record.payload.size > 6 * (size_t)SIZE);
    encoding_reset(&encoding);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_records), cmocka_unit_test(says_what_was_redacted),
        cmocka_unit_test(withholds),      cmocka_unit_test(takes_the_stamp_of_the_framing),
        cmocka_unit_test(is_always_json), cmocka_unit_test(keeps_long_lines),
    };
    return cmocka_run_group_tests(tests, open_encoding, close_encoding);
}
