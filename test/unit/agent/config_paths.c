#include "agent/config_paths.h"

#include "agent/component.h"
#include "agent/input.h"
#include "agent/output.h"
#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct reader_config {
    struct option_list paths;
};

static const struct option reader_options[] = {
    {.key = "paths",
     .type = OPTION_STRING_LIST,
     .flags = OPTION_READS,
     .offset = offsetof(struct reader_config, paths),
     .help = "what to read"},
    {NULL},
};

static const struct input_type reader_type = {
    .name = "reader", .options = reader_options, .config_size = sizeof(struct reader_config)};
static const struct output_type screen_type = {.name = "screen"};

/* The warning about a state_dir with logs in /x: its text in `warning`, or an empty one. */
static void warn(const char *state_dir, char *warning, size_t size)
{
    const struct input_type *const inputs[] = {&reader_type, NULL};
    const struct output_type *const outputs[] = {&screen_type, NULL};
    struct config_registry registry = component_registry;
    registry.inputs = inputs;
    registry.outputs = outputs;
    const struct config_request request = {.registry = &registry};
    struct diagnostics diagnostics;
    struct config_fallback fallback;
    struct config *config;
    char text[512];
    snprintf(text, sizeof(text),
             "inputs: {a: {type: reader, paths: /x/*.log}}\noutputs: {b: {type: screen}}\n"
             "state_dir: %s\n",
             state_dir);
    assert_int_equal(diagnostics_init(&diagnostics, "f"), 0);
    assert_int_equal(
        config_load_text(text, strlen(text), &request, &diagnostics, &config, &fallback), 0);
    config_paths_warn(config, &diagnostics);
    assert_int_equal(diagnostics.errors, 0);
    assert_true(diagnostics.count <= 1);
    snprintf(warning, size, "%s", diagnostics.count ? diagnostics.list[0].text : "");
    if (diagnostics.count)
        assert_int_equal(diagnostics.list[0].line, 3);
    config_free(config);
    diagnostics_finish(&diagnostics);
}

static void a_state_that_the_logs_outlive_is_warned_of(void **state)
{
    char warning[512];
    char path[64];
    /* A file in memory, on every machine: what counts is the file system that it is on. */
    int fd = memfd_create("state", MFD_CLOEXEC);
    assert_true(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    warn(path, warning, sizeof(warning));
    assert_string_equal(warning,
                        "state_dir: is in memory, gone after a restart of the machine, but "
                        "the logs are elsewhere and may live on: put it on a volume that "
                        "lives as long as they do, or all is sent again");
    close(fd);
}

static void a_state_beside_the_logs_is_not(void **state)
{
    char warning[512];
    /* Neither folder is there: both would come on the root's file system, whatever that is. */
    warn("/blotter-no-such-folder/state", warning, sizeof(warning));
    assert_string_equal(warning, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_that_the_logs_outlive_is_warned_of),
        cmocka_unit_test(a_state_beside_the_logs_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
