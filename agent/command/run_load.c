#include "agent/command/run_load.h"

#include "agent/component.h"
#include "agent/config_paths.h"
#include "agent/config_scan.h"
#include "agent/rules.h"
#include "rules/blotter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void identify(const char *path, struct run_identity *identity)
{
    struct stat status;
    *identity = (struct run_identity){0};
    if (stat(path, &status) == 0)
        *identity = (struct run_identity){
            .device = status.st_dev,
            .inode = status.st_ino,
            .size_bytes = status.st_size,
            .changed = status.st_mtim,
        };
}

static bool is_same(const struct run_identity *one, const struct run_identity *other)
{
    return one->device == other->device && one->inode == other->inode &&
           one->size_bytes == other->size_bytes && one->changed.tv_sec == other->changed.tv_sec &&
           one->changed.tv_nsec == other->changed.tv_nsec;
}

bool run_load_is_changed(void *user)
{
    const struct run_load *load = user;
    struct run_identity now;
    identify(load->path, &now);
    return now.inode != 0 && !is_same(&now, &load->identity);
}

/* The configuration that shows files: from their last lines on, or all where reading ends at the
 * end; quiet beside what it shows. */
static int print_viewer(const struct run_load *load, char **ret_text, size_t *ret_size)
{
    FILE *out = open_memstream(ret_text, ret_size);
    if (!out)
        return -ENOMEM;
    if (load->file_count == 0) {
        fputs("inputs: {stdin: {type: stdin}}\n", out);
    } else {
        fputs("inputs:\n  files:\n    type: tail\n    paths:\n", out);
        for (size_t i = 0; i < load->file_count; i++) {
            fputs("      - ", out);
            option_print_quoted(load->files[i], out);
            putc('\n', out);
        }
        if (!load->until_eof)
            fputs("    start: end\n    last_lines: 10\n", out);
    }
    fputs("outputs: {stdout: {type: stdout}}\n"
          "http: {listen: \"\"}\n"
          "admin: {listen: \"\"}\n"
          "memory: {profile: never}\n"
          "log: {level: warn}\n",
          out);
    return fclose(out) == 0 ? 0 : -ENOMEM;
}

static int load_config(struct run_load *load, const struct config_request *request,
                       struct diagnostics *diagnostics)
{
    if (load->path) {
        identify(load->path, &load->identity);
        return config_load(load->path, request, diagnostics, &load->config, &load->fallback);
    }
    char *text = NULL;
    size_t size = 0;
    int r = print_viewer(load, &text, &size);
    if (r >= 0)
        r = config_load_text(text, size, request, diagnostics, &load->config, &load->fallback);
    free(text);
    return r;
}

int run_load(struct run_load *load)
{
    struct diagnostics diagnostics;
    struct config_scan *scan;
    load->config = NULL;
    load->rules = NULL;
    load->fallback = (struct config_fallback){0};
    char shown[CONFIG_SCAN_SHOWN_BYTES] = "(files)";
    if (load->path)
        config_scan_show(load->path, shown, sizeof(shown));
    int r = diagnostics_init(&diagnostics, shown);
    if (r < 0)
        return r;
    r = config_scan_new(&scan);
    if (r < 0) {
        diagnostics_finish(&diagnostics);
        return r;
    }
    struct config_request request = {
        .registry = &component_registry,
        .is_sensitive = config_scan_is_sensitive,
        .sensitive_data = scan,
    };
    r = load_config(load, &request, &diagnostics);
    if (r >= 0) {
        if (load->path)
            config_paths_warn(load->config, &diagnostics);
        r = rules_load(load->config, &diagnostics, &load->rules);
        if (r < 0) {
            load->fallback.on_bad = (enum config_on_bad)load->config->on_bad_config;
            snprintf(load->fallback.http_listen, sizeof load->fallback.http_listen, "%s",
                     load->config->http_listen);
            config_free(load->config);
            load->config = NULL;
        }
    }
    diagnostics_print(&diagnostics, stderr);
    if (r < 0 && diagnostics.errors == 0)
        fprintf(stderr, "%s: %s\n", load->path ? load->path : "(files)", strerror(-r));
    config_scan_free(scan);
    diagnostics_finish(&diagnostics);
    return r;
}

int run_load_again(void *user, struct config **ret_config, struct blot_ruleset **ret_rules)
{
    struct run_load *load = user;
    int r = run_load(load);
    if (r < 0)
        return r;
    *ret_config = load->config;
    *ret_rules = load->rules;
    load->config = NULL;
    load->rules = NULL;
    return 0;
}
