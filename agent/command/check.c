#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/component.h"
#include "agent/config.h"
#include "agent/config_paths.h"
#include "agent/config_scan.h"
#include "agent/input.h"
#include "agent/log.h"
#include "agent/output.h"
#include "agent/rules.h"
#include "rules/blotter.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct check_values {
    const char *config;
    const char *print;
    bool quiet;
};

static const char *const printables[] = {"resolved", "options", NULL};

static const struct argument arguments[] = {
    {
        .name = "config",
        .letter = 'c',
        .value = "FILE",
        .offset = offsetof(struct check_values, config),
        .help = "the configuration to validate",
    },
    {
        .name = "print",
        .value = "WHAT",
        .offset = offsetof(struct check_values, print),
        .choices = printables,
        .help = "resolved: the file as it is understood, secrets as ***; options: every key",
    },
    {
        .name = "quiet",
        .letter = 'q',
        .offset = offsetof(struct check_values, quiet),
        .help = "print nothing where all is well",
    },
    {NULL},
};

static void report(const struct config *config, const struct blot_ruleset *rules, const char *path,
                   FILE *stream)
{
    fprintf(stream, "%s: good: %zu input%s, %zu output%s, %zu rules, pack hash %.12s, kernel %s\n",
            path, config->input_count, config->input_count == 1 ? "" : "s", config->output_count,
            config->output_count == 1 ? "" : "s", blot_ruleset_rule_count(rules),
            blot_ruleset_hash(rules), blot_ruleset_kernel(rules));
    /* What happens to the writers when nothing can be delivered: `overflow: block`. */
    fputs("when buffer.memory is full, tailed files wait on disk; stdin waits, and its writer with "
          "it; nothing is lost\n",
          stream);
}

static int load(const char *path, struct diagnostics *diagnostics, struct config **ret_config,
                struct blot_ruleset **ret_rules)
{
    struct config_scan *scan;
    int r = config_scan_new(&scan);
    if (r < 0)
        return r;
    const struct config_request request = {
        .registry = &component_registry,
        .is_sensitive = config_scan_is_sensitive,
        .sensitive_data = scan,
    };
    struct config_fallback fallback;
    r = config_load(path, &request, diagnostics, ret_config, &fallback);
    config_scan_free(scan);
    if (r < 0)
        return r;
    config_paths_warn(*ret_config, diagnostics);
    return rules_load(*ret_config, diagnostics, ret_rules);
}

static int check(const struct check_values *values)
{
    struct diagnostics diagnostics;
    struct config *config = NULL;
    struct blot_ruleset *rules = NULL;
    char shown[CONFIG_SCAN_SHOWN_BYTES];
    config_scan_show(values->config, shown, sizeof(shown));
    int r = diagnostics_init(&diagnostics, shown);
    if (r < 0) {
        log_error("check failed", log_errno(r));
        return EX_OSERR;
    }
    r = load(values->config, &diagnostics, &config, &rules);
    diagnostics_print(&diagnostics, stderr);
    if (r < 0 && diagnostics.errors == 0)
        log_error("check failed", log_errno(r));
    if (config && values->print)
        config_print(config, stdout);
    else if (r == 0 && !values->quiet)
        report(config, rules, shown, stdout);
    blot_ruleset_free(rules);
    config_free(config);
    diagnostics_finish(&diagnostics);
    return r < 0 ? EX_CONFIG : 0;
}

static void print_options(FILE *stream)
{
    option_print_help(config_options, 0, stream);
    fputs("\n# every input\n", stream);
    option_print_help(config_input_options, 0, stream);
    for (const struct input_type *const *type = component_registry.inputs; *type; type++) {
        fprintf(stream, "\n# type: %s, %s\n", (*type)->name, (*type)->summary);
        option_print_help((*type)->options, 0, stream);
    }
    fputs("\n# every output\n", stream);
    option_print_help(config_output_options, 0, stream);
    for (const struct output_type *const *type = component_registry.outputs; *type; type++) {
        fprintf(stream, "\n# type: %s, %s\n", (*type)->name, (*type)->summary);
        option_print_help((*type)->options, 0, stream);
    }
}

static int run(int argc, char **argv)
{
    struct check_values values = {.config = NULL};
    int operands;
    int r = arguments_parse(&check_command, argc, argv, &values, &operands);
    if (r == ARGUMENTS_DONE)
        return 0;
    if (r < 0)
        return EX_USAGE;
    if (values.print && strcmp(values.print, "options") == 0 && operands == 0) {
        print_options(stdout);
        return 0;
    }
    if (!values.config || operands > 0) {
        fputs("usage: blotter check -c FILE\n", stderr);
        return EX_USAGE;
    }
    return check(&values);
}

const struct command check_command = {
    .name = "check",
    .usage = "-c FILE [OPTION...]",
    .summary = "validate a configuration and its rules",
    .description = "Every mistake is shown at once, as file:line:column: key: what is wrong, what\n"
                   "would be right. Exits with 0, or with 78 where there is one.\n",
    .arguments = arguments,
    .run = run,
};
