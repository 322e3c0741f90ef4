#include "agent/component.h"

#include "agent/encode.h"
#include "agent/frame.h"
#include "agent/input.h"
#include "agent/option.h"
#include "agent/output.h"
#include "agent/parse.h"
#include "test/unit/harness.h"

#include <stdlib.h>
#include <string.h>

/* Every default of a table, required keys apart, goes through its own parser. */
static void check_table(const char *owner, const struct option *table, size_t size)
{
    struct diagnostics diagnostics;
    void *config = calloc(1, size ? size : 1);
    assert_non_null(config);
    assert_int_equal(diagnostics_init(&diagnostics, owner), 0);
    for (const struct option *row = table; row && row->key; row++) {
        const struct option alone[] = {*row, {NULL}};
        const struct option_target target = {alone, config};
        if (!(row->flags & OPTION_REQUIRED) &&
            option_parse(&target, 1, NULL, "", &diagnostics) != 0)
            fail_msg("%s: the default of %s is invalid", owner, row->key);
        option_finish(alone, config);

        if (!row->help || !*row->help || row->help[strlen(row->help) - 1] == '.')
            fail_msg("%s: the help of %s is missing, or ends with a full stop", owner, row->key);
        if (row->type == OPTION_ENUM && !row->words)
            fail_msg("%s: %s has no words", owner, row->key);
        for (const struct option *other = table; other < row; other++)
            assert_string_not_equal(other->key, row->key);
        /* `type`, `frame` and their like are the family's. */
        for (const struct option *other = config_input_options; other->key; other++) {
            if (table != config_input_options && table != config_output_options &&
                table != config_options)
                assert_string_not_equal(other->key, row->key);
        }
    }
    diagnostics_finish(&diagnostics);
    free(config);
}

static void every_table_is_sound(void **state)
{
    check_table("top", config_options, sizeof(struct config));
    check_table("input", config_input_options, sizeof(struct config_input));
    check_table("output", config_output_options, sizeof(struct config_output));
    for (const struct input_type *const *type = component_registry.inputs; *type; type++)
        check_table((*type)->name, (*type)->options, (*type)->config_size);
    for (const struct output_type *const *type = component_registry.outputs; *type; type++)
        check_table((*type)->name, (*type)->options, (*type)->config_size);
}

static void the_defaults_name_what_there_is(void **state)
{
    bool has_auto = false;
    bool has_ecs = false;
    for (const struct parse_type *const *type = component_registry.parsers; *type; type++)
        has_auto = has_auto || strcmp((*type)->name, "auto") == 0;
    for (const struct encode_type *const *type = component_registry.encoders; *type; type++)
        has_ecs = has_ecs || strcmp((*type)->name, "ecs") == 0;
    assert_true(has_auto);
    assert_true(has_ecs);
    assert_non_null(component_registry.framers[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_is_sound),
        cmocka_unit_test(the_defaults_name_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
