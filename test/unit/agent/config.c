#include "agent/config.h"

#include "agent/encode.h"
#include "agent/frame.h"
#include "agent/input.h"
#include "agent/log.h"
#include "agent/output.h"
#include "agent/parse.h"
#include "test/unit/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Components that exist only here: a configuration is judged by tables, whatever they name. */
struct reader_config {
    struct option_list paths;
    char *after;
};

struct writer_config {
    char *path;
    char *token;
    int64_t size_bytes;
};

static const struct option reader_options[] = {
    {.key = "paths",
     .type = OPTION_STRING_LIST,
     .flags = OPTION_REQUIRED | OPTION_READS,
     .min = 1,
     .offset = offsetof(struct reader_config, paths),
     .help = "what to read"},
    {.key = "after",
     .type = OPTION_STRING,
     .default_text = "keep",
     .offset = offsetof(struct reader_config, after),
     .help = "what then"},
    {NULL},
};

static const struct option writer_options[] = {
    {.key = "path",
     .type = OPTION_STRING,
     .flags = OPTION_REQUIRED | OPTION_WRITES,
     .offset = offsetof(struct writer_config, path),
     .help = "where to"},
    {.key = "token",
     .type = OPTION_STRING,
     .flags = OPTION_SECRET,
     .offset = offsetof(struct writer_config, token),
     .help = "who"},
    {.key = "rotate.size",
     .type = OPTION_SIZE_BYTES,
     .default_text = "100MiB",
     .offset = offsetof(struct writer_config, size_bytes),
     .help = "how much"},
    {NULL},
};

static const struct input_type reader_type = {
    .name = "reader", .options = reader_options, .config_size = sizeof(struct reader_config)};
static const struct input_type plain_type = {.name = "plain"};
static const struct output_type writer_type = {
    .name = "writer", .options = writer_options, .config_size = sizeof(struct writer_config)};
static const struct output_type screen_type = {.name = "screen"};
static const struct frame_type line_type = {.name = "line"};
static const struct parse_type auto_type = {.name = "auto"};
static const struct encode_type ecs_type = {.name = "ecs"};

static const struct input_type *const inputs[] = {&reader_type, &plain_type, NULL};
static const struct output_type *const outputs[] = {&writer_type, &screen_type, NULL};
static const struct frame_type *const framers[] = {&line_type, NULL};
static const struct parse_type *const parsers[] = {&auto_type, NULL};
static const struct encode_type *const encoders[] = {&ecs_type, NULL};
static const struct config_registry registry = {inputs, outputs, framers, parsers, encoders};

/* Stands in for the engine: this word is card data. */
static int holds_card(const char *text, size_t length_bytes, void *data)
{
    return memmem(text, length_bytes, "4111", 4) != NULL;
}

#define MINIMAL "inputs: {a: {type: plain}}\noutputs: {b: {type: screen}}\n"

/* The resolved configuration, or the diagnostics. Freed by the caller. */
static char *outcome(const char *text, int *ret_result, struct config_fallback *ret_fallback)
{
    const struct config_request request = {.registry = &registry, .is_sensitive = holds_card};
    struct diagnostics diagnostics;
    struct config *config = NULL;
    char *shown;
    size_t size;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    FILE *stream = open_memstream(&shown, &size);
    *ret_result =
        config_load_text(text, strlen(text), &request, &diagnostics, &config, ret_fallback);
    if (*ret_result == 0)
        config_print(config, stream);
    else
        assert_null(config);
    diagnostics_print(&diagnostics, stream);
    fclose(stream);
    config_free(config);
    diagnostics_finish(&diagnostics);
    return shown;
}

static const char *const resolved = "redact:\n"
                                    "  packs: [\"pci\"]\n"
                                    "  rules: []\n"
                                    "  kernel: \"auto\"\n"
                                    "  actions: {}\n"
                                    "  keep: \"\"\n"
                                    "  masked: \"\"\n"
                                    "  token:\n"
                                    "    id: \"\"\n"
                                    "    key_file: \"\"\n"
                                    "    key_env: \"\"\n"
                                    "  quarantine: \"\"\n"
                                    "  i_accept_pan_in_clear: false\n"
                                    "format:\n"
                                    "  schema: \"ecs\"\n"
                                    "  fields: {}\n"
                                    "buffer:\n"
                                    "  memory: 8MiB\n"
                                    "  disk: 1GiB\n"
                                    "  overflow: block\n"
                                    "memory:\n"
                                    "  limit: auto\n"
                                    "  profile: 1m\n"
                                    "http:\n"
                                    "  listen: \"127.0.0.1:9598\"\n"
                                    "admin:\n"
                                    "  listen: \"unix:/run/blotter/admin.sock\"\n"
                                    "on_bad_config: exit\n"
                                    "state_dir: \"/var/lib/blotter\"\n"
                                    "drain_timeout: 25s\n"
                                    "workers: auto\n"
                                    "timezone: \"UTC\"\n"
                                    "log:\n"
                                    "  level: info\n"
                                    "  format: auto\n"
                                    "inputs:\n"
                                    "  a:\n"
                                    "    type: \"plain\"\n"
                                    "    frame: \"auto\"\n"
                                    "    parse: \"auto\"\n"
                                    "    max_line: 1MiB\n"
                                    "outputs:\n"
                                    "  b:\n"
                                    "    type: \"screen\"\n"
                                    "    required: true\n";

static void the_least_gets_all_defaults_and_reads_back(void **state)
{
    int r;
    struct config_fallback fallback;
    char *shown = outcome(MINIMAL, &r, &fallback);
    assert_int_equal(r, 0);
    assert_string_equal(shown, resolved);
    char *again = outcome(shown, &r, &fallback);
    assert_string_equal(again, resolved);
    free(again);
    free(shown);
}

static void what_is_printed_is_not_interpolated_again(void **state)
{
    int r;
    struct config_fallback fallback;
    setenv("BLOTTER_TEST_NAME", "hunter2", 1);
    char *first = outcome(MINIMAL "state_dir: /s/$${BLOTTER_TEST_NAME}/$$/\"\n", &r, &fallback);
    assert_int_equal(r, 0);
    assert_non_null(strstr(first, "state_dir: \"/s/$${BLOTTER_TEST_NAME}/$$/\\\"\"\n"));
    char *second = outcome(first, &r, &fallback);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void values_reach_the_struct(void **state)
{
    const char *text =
        "inputs:\n"
        "  app: {type: reader, paths: [/x/*.log, /y], frame: line, max_line: 2MiB}\n"
        "  in: {type: plain}\n"
        "outputs:\n"
        "  file: {type: writer, path: /z, required: false, token: hunter2, rotate: {size: 1KiB}}\n"
        "redact: {packs: [pci, pii], rules: /etc/r.yaml, kernel: avx2}\n"
        "format: {fields: {service.name: shop}}\n"
        "buffer: {memory: 16MiB, overflow: block}\n"
        "memory: {limit: 64MiB, profile: never}\n"
        "workers: 2\n"
        "timezone: -05:30\n"
        "on_bad_config: hold\n"
        "log: {level: debug, format: json}\n";
    const struct config_request request = {.registry = &registry};
    struct diagnostics diagnostics;
    struct config *config;
    struct config_fallback fallback;
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    assert_int_equal(
        config_load_text(text, strlen(text), &request, &diagnostics, &config, &fallback), 0);
    assert_int_equal(config->input_count, 2);
    const struct config_input *app = &config->inputs[0];
    const struct reader_config *reader = app->options;
    assert_string_equal(app->id, "app");
    assert_ptr_equal(app->type, &reader_type);
    assert_string_equal(app->frame, "line");
    assert_int_equal(app->max_line_bytes, 2 << 20);
    assert_int_equal(reader->paths.count, 2);
    assert_string_equal(reader->paths.items[1], "/y");
    assert_string_equal(reader->after, "keep");
    assert_string_equal(config->inputs[1].id, "in");
    const struct config_output *file = &config->outputs[0];
    const struct writer_config *writer = file->options;
    assert_false(file->required);
    assert_string_equal(writer->path, "/z");
    assert_string_equal(writer->token, "hunter2");
    assert_int_equal(writer->size_bytes, 1024);
    assert_int_equal(config->redact_packs.count, 2);
    assert_string_equal(config->redact_rules.items[0], "/etc/r.yaml");
    assert_string_equal(config->format_fields.pairs[0].key, "service.name");
    assert_int_equal(config->buffer_memory_bytes, 16 << 20);
    assert_int_equal(config->buffer_overflow, CONFIG_BLOCK);
    assert_int_equal(config->memory_limit_bytes, 64 << 20);
    assert_int_equal(config->memory_profile_ns, 0);
    assert_int_equal(config->workers, 2);
    assert_int_equal(config->timezone_offset_s, -(5 * 3600 + 30 * 60));
    assert_int_equal(config->on_bad_config, CONFIG_HOLD);
    assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(config->log_format, LOG_FORMAT_JSON);
    config_free(config);
    diagnostics_finish(&diagnostics);
}

static const struct {
    const char *text;
    const char *message;
} bad[] = {
    {"",
     "f:1:1: inputs: is missing: give a name, or a map such as {type: name} (where lines come "
     "from: a map from ids to {type: ...} with the type's own keys)\n"
     "f:1:1: outputs: is missing: give a name, or a map such as {type: name} (where records go: "
     "a map from ids to {type: ...} with the type's own keys)\n"},
    {"inputs: {}\noutputs: [a]",
     "f:1:9: inputs: must hold at least one entry such as {name: {type: ...}}\n"
     "f:2:10: outputs: must hold at least one entry such as {name: {type: ...}}\n"},
    {MINIMAL "buffer: {overflow: drop_newest}\n",
     "f:3:20: buffer.overflow: would lose records: this version only has block, which holds the "
     "writer up until there is room again\n"},
    {MINIMAL "buffer: {memory: 16MiB}\nmemory: {limit: 31MiB}\n",
     "f:4:17: memory.limit: leaves less than 16 MiB beside buffer.memory: raise it, or lower "
     "buffer.memory\n"},
    {"inputs: {A: {type: plain}, a.b: {type: plain}, -: {type: plain}}\noutputs: {b: {type: "
     "screen}}",
     "f:1:10: inputs: \"A\" is not an id: an id is a metric label, [a-z][a-z0-9_-]{0,62}\n"
     "f:1:28: inputs: \"a.b\" is not an id: an id is a metric label, [a-z][a-z0-9_-]{0,62}\n"
     "f:1:48: inputs: \"-\" is not an id: an id is a metric label, [a-z][a-z0-9_-]{0,62}\n"},
    {"inputs: {a: {type: raeder}}\noutputs: {b: {type: kafka}}",
     "f:1:20: inputs.a.type: \"raeder\" is not an input's type (reader, plain): did you mean "
     "reader?\n"
     "f:2:21: outputs.b.type: \"kafka\" is not an output's type: choose from writer, screen\n"},
    {"inputs: {a: {paths: x}, b: {type: [x]}, c: {type: }, d: x}\noutputs: {b: {type: screen}}",
     "f:1:13: inputs.a: needs a type: write type: reader\n"
     "f:1:35: inputs.b: needs a type: write type: reader\n"
     "f:1:51: inputs.c: needs a type: write type: reader\n"
     "f:1:57: inputs.d: is a value: write a map such as {key: value}\n"},
    {"inputs: {a: {type: reader, pahts: x}}\noutputs: {b: {type: writer, path: x, roatte: 1}}",
     "f:1:13: inputs.a.paths: is missing: give a list such as [a, b] (what to read)\n"
     "f:1:28: inputs.a.pahts: unknown key: did you mean paths?\n"
     "f:2:38: outputs.b.roatte: unknown key: did you mean rotate?\n"},
    {"inputs: {a: {type: plain, frame: lime, parse: json}}\noutputs: {b: {type: screen}}\n"
     "format: {schema: esc}",
     "f:1:34: inputs.a.frame: \"lime\" is not a framing (auto, line): did you mean line?\n"
     "f:1:47: inputs.a.parse: \"json\" is not a parser: choose from auto\n"
     "f:3:18: format.schema: \"esc\" is not a schema (ecs): did you mean ecs?\n"},
    {MINIMAL "timezone: Europe/Berlin\nworkers: 0\nbuffer: {memory: 1kB}",
     "f:3:11: timezone: is not a zone: write UTC, or an offset such as +02:00\n"
     "f:4:10: workers: \"0\" is not a whole number from 1 to 64 or auto\n"
     "f:5:18: buffer.memory: \"1kB\" is not a size such as 100MiB from 1MiB to 64GiB\n"},
    {MINIMAL "http: {listen: localhost}",
     "f:3:16: http.listen: is not an address and port: write 127.0.0.1:9598, [::1]:9598, or \"\" "
     "for nowhere\n"},
    {MINIMAL "format: {fields: {message: x, blotter.id: y, team: a, team.name: b, teams: c}}",
     "f:3:28: format.fields.message: is written by blotter itself: choose another name\n"
     "f:3:43: format.fields.blotter.id: is written by blotter itself: choose another name\n"
     "f:3:66: format.fields.team.name: is below another key, which cannot be a value and an "
     "object: choose another name\n"},
    {MINIMAL "timezone: +5:30\n",
     "f:3:11: timezone: is not a zone: write UTC, or an offset such as "
     "+02:00\n"},
    {MINIMAL "state_dir: ${BLOTTER_TEST_UNSET}/x\nbuffre: 1",
     "f:3:12: state_dir: ${BLOTTER_TEST_UNSET} is not set: set the variable, or write "
     "${BLOTTER_TEST_UNSET:-default}\n"
     "f:4:1: buffre: unknown key: did you mean buffer?\n"},
    {"inputs: {a: {type: reader, paths: /x/*}, c: {type: x}}\noutputs:\n"
     "  b: {type: writer, path: /x/y, rotate: 1}\n  d: {type: x}",
     "f:1:52: inputs.c.type: \"x\" is not an input's type: choose from reader, plain\n"
     "f:3:27: outputs.b.path: is read again by input a: write it to a folder that no input looks "
     "into\n"
     "f:3:41: outputs.b.rotate: is a group of keys: write a map such as {key: value}\n"
     "f:4:13: outputs.d.type: \"x\" is not an output's type: choose from writer, screen\n"},
    /* Where card data is, nothing else is said. */
    {"bad: [yaml\n# card 4111\nx: 4111\n", "f:2:1: holds what looks like card data: take it out\n"
                                           "f:3:1: holds what looks like card data: take it out\n"},
    {MINIMAL "state_dir: \"/x/41\\\n  11\"\n",
     "f:3:12: holds what looks like card data: take it out\n"},
    {MINIMAL "\"41\\x311\": y\n", "f:3:1: holds what looks like card data: take it out\n"},
    {MINIMAL "state_dir: /x/${BLOTTER_TEST_CARD}\nzebra: 1",
     "f:3:12: takes in what looks like card data: change where it comes from\n"},
    /* A value from outside is never quoted. */
    {MINIMAL "workers: ${BLOTTER_TEST_NAME}",
     "f:3:10: workers: the value is not a whole number from 1 to 64 or auto\n"},
    {"inputs: {a: {type: \"${BLOTTER_TEST_NAME}\"}}\noutputs: {b: {type: screen}}",
     "f:1:20: inputs.a.type: the value is not an input's type: choose from reader, plain\n"},
};

static void every_error_is_shown_at_once(void **state)
{
    setenv("BLOTTER_TEST_CARD", "4111", 1);
    setenv("BLOTTER_TEST_NAME", "hunter2", 1);
    unsetenv("BLOTTER_TEST_UNSET");
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int r;
        struct config_fallback fallback;
        char *shown = outcome(bad[i].text, &r, &fallback);
        if (r != -EINVAL || strcmp(shown, bad[i].message) != 0)
            fail_msg("%s gave %d:\n%s\nexpected\n%s", bad[i].text, r, shown, bad[i].message);
        free(shown);
    }
}

static void a_key_without_effect_says_so(void **state)
{
    int r;
    struct config_fallback fallback;
    char *shown =
        outcome(MINIMAL "buffer: {disk: 2GiB}\nadmin: {listen: \"unix:/x\"}\n", &r, &fallback);
    assert_int_equal(r, 0);
    assert_non_null(strstr(shown,
                           "f:3:16: warning: buffer.disk: has no effect in this version\n"
                           "f:4:17: warning: admin.listen: has no effect in this version\n"));
    free(shown);
    shown = outcome(MINIMAL "buffer: {overflow: block}\nmemory: {limit: auto}\n"
                            "admin: {listen: \"\"}\nhttp: {listen: \"\"}\n",
                    &r, &fallback);
    assert_int_equal(r, 0);
    assert_null(strstr(shown, "warning"));
    free(shown);
}

static void too_many_components_are_refused(void **state)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs("inputs: {a: {type: plain}}\noutputs:\n", stream);
    for (int i = 0; i < CONFIG_OUTPUTS_MAX + 1; i++)
        fprintf(stream, "  o%d: {type: screen}\n", i);
    fclose(stream);
    int r;
    struct config_fallback fallback;
    char *shown = outcome(text, &r, &fallback);
    assert_int_equal(r, -EINVAL);
    assert_string_equal(shown, "f:3:3: outputs: has 9 entries: at most 8\n");
    free(shown);
    free(text);
}

#define LISTEN "127.0.0.1:9598"

static void a_bad_file_still_says_how_to_fail(void **state)
{
    static const struct {
        const char *text;
        enum config_on_bad on_bad;
        const char *listen;
    } cases[] = {
        {"zebra: 1\non_bad_config: hold", CONFIG_HOLD, LISTEN},
        {"on_bad_config: hold\nstate_dir: ${BLOTTER_TEST_UNSET}", CONFIG_HOLD, LISTEN},
        {"on_bad_config: ${BLOTTER_TEST_UNSET:-hold}\nzebra: 1", CONFIG_HOLD, LISTEN},
        {"on_bad_config: exit", CONFIG_EXIT, LISTEN},
        {"on_bad_config: [hold]", CONFIG_EXIT, LISTEN},
        {"on_bad_config: holt", CONFIG_EXIT, LISTEN},
        {"zebra: 1", CONFIG_EXIT, LISTEN},
        {"http: {listen: \"0.0.0.0:1\"}", CONFIG_EXIT, "0.0.0.0:1"},
        {"http: {listen: \"\"}", CONFIG_EXIT, ""},
        /* no YAML as a whole */
        {"on_bad_config: hold\nx: [", CONFIG_HOLD, LISTEN},
        {"x: {a: [}\n# c\non_bad_config: hold # why\nhttp:\n  listen: 0.0.0.0:1\n\ny: 1",
         CONFIG_HOLD, "0.0.0.0:1"},
        {"x: \"\nhttp.listen: 0.0.0.0:1\non_bad_config: hold\n", CONFIG_HOLD, "0.0.0.0:1"},
        {"x: [\n on_bad_config: hold\n", CONFIG_EXIT, LISTEN},
        {"x: [\nhttp: {listen: [}\non_bad_config: hold", CONFIG_HOLD, LISTEN},
        {"# card 4111\non_bad_config: hold", CONFIG_HOLD, LISTEN},
    };
    unsetenv("BLOTTER_TEST_UNSET");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int r;
        struct config_fallback fallback;
        free(outcome(cases[i].text, &r, &fallback));
        assert_int_equal(r, -EINVAL);
        if (fallback.on_bad != cases[i].on_bad ||
            strcmp(fallback.http_listen, cases[i].listen) != 0)
            fail_msg("%s gave %d, %s", cases[i].text, fallback.on_bad, fallback.http_listen);
    }
}

static void secrets_are_not_printed(void **state)
{
    char path[] = "/tmp/blotter-config-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "hunter2\n", 8), 8);
    close(fd);
    setenv("BLOTTER_TEST_API_KEY", "hunter2", 1);
    setenv("BLOTTER_TEST_FILE", path, 1);
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fprintf(stream,
            "inputs: {a: {type: reader, paths: ['${file:%s}', \"b\"]}}\n"
            "outputs:\n"
            "  b: {type: writer, path: '/x/${BLOTTER_TEST_API_KEY}', token: hunter2}\n"
            "  c: {type: writer, path: '/y', token: '${BLOTTER_TEST_API_KEY}'}\n"
            "state_dir: /s/${file:%s}\n"
            "format: {fields: {a: '${file:%s}', my_password: hunter2, b: seen}}\n",
            path, path, path);
    fclose(stream);
    int r;
    struct config_fallback fallback;
    char *shown = outcome(text, &r, &fallback);
    if (r != 0 || strstr(shown, "hunter2"))
        fail_msg("%d: %s", r, shown);
    assert_non_null(strstr(shown, "    paths: [\"***\", \"***\"]\n"));
    assert_non_null(strstr(shown, "    path: \"***\"\n"));
    assert_non_null(strstr(shown, "    token: \"***\"\n"));
    assert_non_null(strstr(shown, "state_dir: \"***\"\n"));
    assert_non_null(strstr(shown, "    \"my_password\": \"***\"\n    \"b\": \"seen\"\n"));
    free(shown);
    free(text);
    unlink(path);
}

static void an_output_that_is_read_back_is_refused(void **state)
{
    char folder[] = "/tmp/blotter-paths-XXXXXX";
    char link[64];
    assert_non_null(mkdtemp(folder));
    snprintf(link, sizeof(link), "%s.link", folder);
    assert_int_equal(symlink(folder, link), 0);
    /* @ is the folder, # a symbolic link to it */
    static const struct {
        const char *glob;
        const char *path;
        bool refused;
    } cases[] = {
        {"@/*.log", "@/out.log", true},       {"@/*", "@/out.jsonl", true},
        {"@/out.jsonl", "@/out.jsonl", true}, {"@/*.zst", "@/out.jsonl", true},
        {"@/*.1", "@/out.jsonl", true},       {"#/*.log", "@/out.log", true},
        {"@/*.log", "#/out.log", true},       {"@/../*/*.log", "@/out.log", true},
        {"@/*.log", "@//./out.log", true},    {"@/none/*.log", "@/none/out.log", true},
        {"@/[n-p]ut", "@/out", true},         {"@/*.log", "@/out.jsonl", false},
        {"@/*.log", "@/sub/out.log", false},  {"@/sub/*.log", "@/out.log", false},
        {"@/a.log", "@/b.log", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text;
        size_t size;
        FILE *stream = open_memstream(&text, &size);
        const char *parts[] = {"inputs: {a: {type: reader, paths: '", cases[i].glob,
                               "'}}\noutputs: {b: {type: writer, path: '", cases[i].path, "'}}\n"};
        for (size_t j = 0; j < 5; j++) {
            for (const char *at = parts[j]; *at; at++) {
                if (*at == '@')
                    fputs(folder, stream);
                else if (*at == '#')
                    fputs(link, stream);
                else
                    fputc(*at, stream);
            }
        }
        fclose(stream);
        int r;
        struct config_fallback fallback;
        char *shown = outcome(text, &r, &fallback);
        if ((r == -EINVAL) != cases[i].refused ||
            (strstr(shown, "outputs.b.path: is read again by input a: write it to a folder that no "
                           "input looks into") != NULL) != cases[i].refused)
            fail_msg("%s gave %d: %s", text, r, shown);
        free(shown);
        free(text);
    }
    unlink(link);
    rmdir(folder);
}

static void a_file_is_loaded(void **state)
{
    const struct config_request request = {.registry = &registry};
    struct diagnostics diagnostics;
    struct config *config = NULL;
    struct config_fallback fallback;
    char path[] = "/tmp/blotter-config-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, MINIMAL, strlen(MINIMAL)), strlen(MINIMAL));
    assert_int_equal(diagnostics_init(&diagnostics, path), 0);
    assert_int_equal(config_load(path, &request, &diagnostics, &config, &fallback), 0);
    config_free(config);

    assert_int_equal(ftruncate(fd, CONFIG_MAX_BYTES + 1), 0);
    close(fd);
    assert_int_equal(config_load(path, &request, &diagnostics, &config, &fallback), -EFBIG);
    unlink(path);
    assert_int_equal(config_load(path, &request, &diagnostics, &config, &fallback), -ENOENT);
    assert_int_equal(diagnostics.count, 2);
    assert_string_equal(diagnostics.list[1].text, "cannot be read: No such file or directory");
    diagnostics_finish(&diagnostics);
    config_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_gets_all_defaults_and_reads_back),
        cmocka_unit_test(what_is_printed_is_not_interpolated_again),
        cmocka_unit_test(values_reach_the_struct),
        cmocka_unit_test(every_error_is_shown_at_once),
        cmocka_unit_test(a_key_without_effect_says_so),
        cmocka_unit_test(too_many_components_are_refused),
        cmocka_unit_test(a_bad_file_still_says_how_to_fail),
        cmocka_unit_test(secrets_are_not_printed),
        cmocka_unit_test(an_output_that_is_read_back_is_refused),
        cmocka_unit_test(a_file_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
