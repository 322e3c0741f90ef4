#include "agent/option.h"

#include "agent/template.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    bool flag;
    int64_t number;
    int64_t size_bytes;
    int64_t age_ns;
    int mode;
    char *text;
    char *password;
    struct option_list list;
    struct option_map map;
    struct template *key;
    const struct node *node;
};

static const struct option_word modes[] = {{"block", 7}, {"drop_oldest", 8}, {NULL, 0}};
static const struct option_word words[] = {{"auto", -1}, {NULL, 0}};

static void check_map(const void *value, struct option_check *check)
{
    const struct option_map *map = value;
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->pairs[i].key, "acks") == 0 && strcmp(map->pairs[i].value, "0") == 0)
            option_complain(check, "acks", DIAGNOSTIC_ERROR, "loses records: write all");
        if (strcmp(map->pairs[i].key, "acks") == 0 && strcmp(map->pairs[i].value, "1") == 0)
            option_complain(check, "acks", DIAGNOSTIC_WARNING, "may lose records: write all");
    }
}

#define AT(member) .offset = offsetof(struct settings, member), .help = "for the test"

static const struct option table[] = {
    {.key = "flag", .type = OPTION_BOOL, .default_text = "true", AT(flag)},
    {.key = "number",
     .type = OPTION_INT,
     .default_text = "auto",
     .min = -5,
     .max = 99,
     .words = words,
     AT(number)},
    {.key = "rotate.size",
     .type = OPTION_SIZE_BYTES,
     .default_text = "100MiB",
     .min = 1024,
     AT(size_bytes)},
    {.key = "rotate.age", .type = OPTION_DURATION_NS, .default_text = "1d", AT(age_ns)},
    {.key = "mode", .type = OPTION_ENUM, .default_text = "block", .words = modes, AT(mode)},
    {.key = "text", .type = OPTION_STRING, .default_text = "", .max = 10, AT(text)},
    {.key = "pin", .type = OPTION_STRING, .flags = OPTION_SECRET, AT(password)},
    {.key = "list", .type = OPTION_STRING_LIST, .default_text = "[a, b]", .max = 3, AT(list)},
    {.key = "map", .type = OPTION_STRING_MAP, .default_text = "{}", .check = check_map, AT(map)},
    {.key = "key", .type = OPTION_TEMPLATE, .default_text = "%{blotter.source}", AT(key)},
    {.key = "node", .type = OPTION_NODE, AT(node)},
    {NULL},
};

/* What parsing `text` gives: the resolved print, or the diagnostics. Freed by the caller. */
static char *outcome(const char *text, int *ret_result)
{
    struct diagnostics diagnostics;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    struct document *document = NULL;
    struct settings settings = {.flag = false};
    const struct option_target target = {table, &settings};
    char *shown;
    size_t size;
    FILE *stream = open_memstream(&shown, &size);
    int r = document_parse(text, strlen(text), &diagnostics, &document);
    if (r == 0)
        r = option_parse(&target, 1, document_root(document), "c", &diagnostics);
    if (r == 0)
        option_print(table, &settings, document_root(document), 0, stream);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    option_finish(table, &settings);
    document_free(document);
    diagnostics_finish(&diagnostics);
    *ret_result = r;
    return shown;
}

static const char *const defaults = "flag: true\n"
                                    "number: auto\n"
                                    "rotate:\n"
                                    "  size: 100MiB\n"
                                    "  age: 1d\n"
                                    "mode: block\n"
                                    "text: \"\"\n"
                                    "list: [\"a\", \"b\"]\n"
                                    "map: {}\n"
                                    "key: \"%{blotter.source}\"\n";

static void defaults_are_parsed_like_the_file(void **state)
{
    int r;
    char *shown = outcome("", &r);
    assert_int_equal(r, 0);
    assert_string_equal(shown, defaults);
    free(shown);
}

/* `line` is what the resolved configuration then holds. */
static const struct {
    const char *text;
    const char *line;
} good[] = {
    {"flag: false", "flag: false\n"},
    {"flag: \"false\"", "flag: false\n"},
    {"number: -5", "number: -5\n"},
    {"number: 99", "number: 99\n"},
    {"number: auto", "number: auto\n"},
    {"rotate: {size: 1KiB}", "  size: 1KiB\n"},
    {"rotate: {size: 2000}", "  size: 2kB\n"},
    {"rotate.size: 3 GiB", "  size: 3GiB\n"},
    {"rotate: {age: 0}", "  age: 0\n"},
    {"rotate: {age: 90s}", "  age: 90s\n"},
    {"rotate: {age: 120s, size: 1MB}", "  age: 2m\n"},
    {"mode: drop_oldest", "mode: drop_oldest\n"},
    {"text: plain", "text: \"plain\"\n"},
    {"text: \"a\\n\\\"\\\\\"", "text: \"a\\x0a\\\"\\\\\"\n"},
    {"text: 123", "text: \"123\"\n"},
    {"text: 'null'", "text: \"null\"\n"},
    {"pin: hunter2", "pin: \"***\"\n"},
    {"list: one", "list: [\"one\"]\n"},
    {"list: []", "list: []\n"},
    {"list: [x, 2, true]", "list: [\"x\", \"2\", \"true\"]\n"},
    {"map: {b: 1, a: x}", "map: \n  \"b\": \"1\"\n  \"a\": \"x\"\n"},
    {"map: {sasl.password: hunter2}", "  \"sasl.password\": \"***\"\n"},
    {"map: {ssl.key.pem: hunter2}", "  \"ssl.key.pem\": \"***\"\n"},
    {"map: {client_SECRET: hunter2}", "  \"client_SECRET\": \"***\"\n"},
    {"key: \"a-%{x:-y}\"", "key: \"a-%{x:-y}\"\n"},
    {"node: {any: [thing]}", "flag: true\n"},
    {"map: {acks: 1}", "f:1:13: warning: c.map.acks: may lose records: write all\n"},
};

static void values_are_read_by_type(void **state)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        int r;
        char *shown = outcome(good[i].text, &r);
        if (r != 0 || !strstr(shown, good[i].line) || strstr(shown, "hunter2"))
            fail_msg("%s gave %d:\n%s", good[i].text, r, shown);
        free(shown);
    }
}

static const struct {
    const char *text;
    const char *message; /* whole */
} bad[] = {
    {"flag: yes", "f:1:7: c.flag: \"yes\" is not true or false\n"},
    {"flag: [true]", "f:1:7: c.flag: is a list: write true or false\n"},
    {"flag:", "f:1:6: c.flag: has no value: write true or false, or leave the key out\n"},
    {"flag: ~", "f:1:7: c.flag: has no value: write true or false, or leave the key out\n"},
    {"number: 100", "f:1:9: c.number: \"100\" is not a whole number from -5 to 99 or auto\n"},
    {"number: -6", "f:1:9: c.number: \"-6\" is not a whole number from -5 to 99 or auto\n"},
    {"number: 1.5", "f:1:9: c.number: \"1.5\" is not a whole number from -5 to 99 or auto\n"},
    {"number: 99999999999999999999",
     "f:1:9: c.number: \"99999999999999999999\" is not a whole number from -5 to 99 or auto\n"},
    {"rotate: {size: 100Mi}",
     "f:1:16: c.rotate.size: \"100Mi\" is not a size such as 100MiB of at least 1KiB\n"},
    {"rotate: {size: 1023}",
     "f:1:16: c.rotate.size: \"1023\" is not a size such as 100MiB of at least 1KiB\n"},
    {"rotate: {size: 99999999TiB}",
     "f:1:16: c.rotate.size: \"99999999TiB\" is not a size such as 100MiB of at least 1KiB\n"},
    {"rotate: {age: 60}", "f:1:15: c.rotate.age: \"60\" is not a duration such as 60s\n"},
    {"rotate: {age: -1s}", "f:1:15: c.rotate.age: \"-1s\" is not a duration such as 60s\n"},
    {"rotate: 5", "f:1:9: c.rotate: is a group of keys: write a map such as {key: value}\n"},
    {"rotate: {sise: 1}", "f:1:10: c.rotate.sise: unknown key: did you mean size?\n"},
    {"rotate: {size: 1MiB}\nrotate.size: 2MiB",
     "f:2:14: c.rotate.size: is set twice, first in line 1: keep one of them\n"},
    {"mode: blcok", "f:1:7: c.mode: \"blcok\" is not block or drop_oldest: did you mean block?\n"},
    {"mode: x", "f:1:7: c.mode: \"x\" is not block or drop_oldest\n"},
    {"text: 12345678901", "f:1:7: c.text: \"12345678901\" is not text of 0 to 10 bytes\n"},
    {"text: {a: b}", "f:1:7: c.text: is a map: write text of 0 to 10 bytes\n"},
    {"list: [a, [b]]",
     "f:1:11: c.list: holds a list: write a list of plain values such as [a, b]\n"},
    {"list: [a, '']", "f:1:11: c.list: holds an empty entry: give it a value or take it out\n"},
    {"list: [a, b, c, d]", "f:1:7: c.list: has 4 entries: write at least 0 and at most 3\n"},
    {"list: {a: b}", "f:1:7: c.list: is a map: write a list such as [a, b]\n"},
    {"map: [a]", "f:1:6: c.map: is a list: write a map such as {key: value}\n"},
    {"map: {a: [b]}", "f:1:10: c.map: \"a\" is a list: write a plain value\n"},
    {"map: {a: }", "f:1:10: c.map: \"a\" has no value: write one, or \"\"\n"},
    {"map: {a: b, acks: 0}", "f:1:19: c.map.acks: loses records: write all\n"},
    {"key: ab%{", "f:1:10: c.key: %{ has no key after it: write %{key}, or %%{ for a plain %{\n"},
    {"key: \"ab%{x\"", "f:1:9: c.key: %{ is not closed: write %{key}\n"},
    {"flga: true", "f:1:1: c.flga: unknown key: did you mean flag?\n"},
    {"zebra: true", "f:1:1: c.zebra: unknown key: take it out\n"},
    {"rotat.size: 1", "f:1:1: c.rotat.size: unknown key: did you mean rotate.size?\n"},
    {"[a]", "f:1:1: c: is a list: write a map such as {key: value}\n"},
    {"pin: [hunter2]", "f:1:6: c.pin: is a list: write text\n"},
    /* all at once, in the order of the file */
    {"number: x\nflag: y\nzebra: 1",
     "f:1:9: c.number: \"x\" is not a whole number from -5 to 99 or auto\n"
     "f:2:7: c.flag: \"y\" is not true or false\n"
     "f:3:1: c.zebra: unknown key: take it out\n"},
};

static void every_error_says_where_and_what(void **state)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int r;
        char *shown = outcome(bad[i].text, &r);
        if (r != -EINVAL || strcmp(shown, bad[i].message) != 0)
            fail_msg("%s gave %d:\n%s\nexpected\n%s", bad[i].text, r, shown, bad[i].message);
        free(shown);
    }
}

static void a_resolved_configuration_reads_back(void **state)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        int r;
        if (strstr(good[i].text, "hunter2") || strstr(good[i].text, "acks"))
            continue;
        char *first = outcome(good[i].text, &r);
        char *second = outcome(first, &r);
        assert_int_equal(r, 0);
        assert_string_equal(first, second);
        free(first);
        free(second);
    }
}

static void a_required_key_must_be_there(void **state)
{
    static const struct option required[] = {
        {.key = "text", .type = OPTION_STRING, .flags = OPTION_REQUIRED, AT(text)},
        {NULL},
    };
    struct diagnostics diagnostics;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    struct settings settings = {.flag = false};
    const struct option_target target = {required, &settings};
    assert_int_equal(option_parse(&target, 1, NULL, "c", &diagnostics), -EINVAL);
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.list[0].text, "c.text: is missing: give text (for the test)");
    option_finish(required, &settings);
    diagnostics_finish(&diagnostics);
}

static void a_wrong_default_is_found(void **state)
{
    static const struct option broken[] = {
        {.key = "number", .type = OPTION_INT, .default_text = "many", AT(number)},
        {NULL},
    };
    struct diagnostics diagnostics;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    struct settings settings = {.flag = false};
    const struct option_target target = {broken, &settings};
    assert_int_equal(option_parse(&target, 1, NULL, "", &diagnostics), -EINVAL);
    option_finish(broken, &settings);
    diagnostics_finish(&diagnostics);
}

static void two_tables_share_a_map(void **state)
{
    static const struct option left[] = {{.key = "text", .type = OPTION_STRING, AT(text)}, {NULL}};
    static const struct option right[] = {{.key = "flag", .type = OPTION_BOOL, AT(flag)}, {NULL}};
    const char *text = "text: a\nflag: true\nflags: true";
    struct diagnostics diagnostics;
    struct document *document;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    assert_int_equal(document_parse(text, strlen(text), &diagnostics, &document), 0);
    struct settings one = {.flag = false};
    struct settings two = {.flag = false};
    const struct option_target targets[] = {{left, &one}, {right, &two}};
    assert_int_equal(option_parse(targets, 2, document_root(document), "", &diagnostics), -EINVAL);
    assert_string_equal(one.text, "a");
    assert_true(two.flag);
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.list[0].text, "flags: unknown key: did you mean flag?");
    option_finish(left, &one);
    option_finish(right, &two);
    document_free(document);
    diagnostics_finish(&diagnostics);
}

static void changes_are_found_by_row(void **state)
{
    /* `key` is the row that differs, NULL where none does. */
    static const struct {
        const char *one;
        const char *other;
        const char *key;
    } cases[] = {
        {"", "", NULL},
        {"rotate: {size: 1KiB}", "rotate.size: 1024", NULL},
        {"rotate.size: 100MiB", "", NULL},
        {"flag: false", "", "flag"},
        {"number: 1", "number: 2", "number"},
        {"rotate.age: 1s", "rotate.age: 2s", "rotate.age"},
        {"mode: block", "mode: drop_oldest", "mode"},
        {"text: a", "text: b", "text"},
        {"pin: a", "pin: b", NULL}, /* excepted, as a secret */
        {"list: [a]", "list: [a, b]", "list"},
        {"list: [a, c]", "list: [a, b]", "list"},
        {"map: {a: b}", "map: {a: c}", "map"},
        {"map: {a: b}", "map: {c: b}", "map"},
        {"map: {a: b}", "map: {}", "map"},
        {"key: a", "key: b", "key"},
        {"node: {a: [b, c]}", "node:\n  a:\n   - b\n   - 'c'", NULL},
        {"node: {a: [b, c]}", "node: {a: [b, d]}", "node"},
        {"node: {a: [b, c]}", "node: {e: [b, c]}", "node"},
        {"node: {a: [b, c]}", "node: {a: [b]}", "node"},
        {"node: x", "", "node"},
        {"number: 1\ntext: a", "number: 2\ntext: b", "number"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *texts[] = {cases[i].one, cases[i].other};
        struct document *documents[2];
        struct settings settings[2] = {{.flag = false}};
        for (int j = 0; j < 2; j++) {
            const struct option_target target = {table, &settings[j]};
            assert_int_equal(document_parse(texts[j], strlen(texts[j]), NULL, &documents[j]), 0);
            assert_int_equal(option_parse(&target, 1, document_root(documents[j]), "", NULL), 0);
        }
        const struct option *row = option_compare(table, &settings[0], &settings[1], OPTION_SECRET);
        const char *key = row ? row->key : NULL;
        if (key != cases[i].key && (!key || !cases[i].key || strcmp(key, cases[i].key) != 0))
            fail_msg("%s and %s differ in %s", cases[i].one, cases[i].other, key ? key : "nothing");
        for (int j = 0; j < 2; j++) {
            option_finish(table, &settings[j]);
            document_free(documents[j]);
        }
    }
}

/* Secrets of values that are wrong: the message must not quote them. */
static void a_secret_is_never_quoted(void **state)
{
    static const struct option_word few[] = {{"a", 1}, {NULL, 0}};
    static const struct option secret[] = {
        {.key = "api_secret", .type = OPTION_ENUM, .words = few, AT(mode)},
        {.key = "number", .type = OPTION_INT, .flags = OPTION_SECRET, AT(number)},
        {.key = "text", .type = OPTION_STRING, .max = 3, .flags = OPTION_SECRET, AT(text)},
        {NULL},
    };
    const char *text = "api_secret: hunter2\nnumber: hunter2\ntext: hunter2";
    struct diagnostics diagnostics;
    struct document *document;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    assert_int_equal(document_parse(text, strlen(text), &diagnostics, &document), 0);
    struct settings settings = {.flag = false};
    const struct option_target target = {secret, &settings};
    assert_int_equal(option_parse(&target, 1, document_root(document), "", &diagnostics), -EINVAL);
    assert_int_equal(diagnostics.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_null(strstr(diagnostics.list[i].text, "hunter2"));
    option_finish(secret, &settings);
    document_free(document);
    diagnostics_finish(&diagnostics);
}

static void help_names_every_row(void **state)
{
    char *shown;
    size_t size;
    FILE *stream = open_memstream(&shown, &size);
    option_print_help(table, 2, stream);
    fclose(stream);
    assert_non_null(strstr(shown,
                           "  rotate.size: a size such as 100MiB of at least 1KiB; default 100MiB\n"
                           "      for the test.\n"));
    assert_non_null(strstr(shown, "  pin: text; secret\n"));
    for (const struct option *row = table; row->key; row++)
        assert_non_null(strstr(shown, row->key));
    free(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_parsed_like_the_file),
        cmocka_unit_test(values_are_read_by_type),
        cmocka_unit_test(every_error_says_where_and_what),
        cmocka_unit_test(a_resolved_configuration_reads_back),
        cmocka_unit_test(a_required_key_must_be_there),
        cmocka_unit_test(a_wrong_default_is_found),
        cmocka_unit_test(two_tables_share_a_map),
        cmocka_unit_test(changes_are_found_by_row),
        cmocka_unit_test(a_secret_is_never_quoted),
        cmocka_unit_test(help_names_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
