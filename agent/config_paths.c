#include "agent/config_paths.h"

#include "agent/input.h"
#include "agent/output.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* How a rotated file's name may go on. */
static const char *const suffixes[] = {"", ".1", ".1.zst", ".1.gz"};

/*
 * `path` with the folder before its last part, or before its first wildcard, resolved; as it is
 * where that folder does not exist yet. -ENAMETOOLONG, -ENOMEM.
 */
static int resolve(const char *path, char ret_path[PATH_MAX])
{
    size_t literal = strcspn(path, "*?[\\");
    while (literal > 0 && path[literal - 1] != '/')
        literal--;
    if (!path[strcspn(path, "*?[\\")]) {
        const char *slash = strrchr(path, '/');
        literal = slash ? (size_t)(slash - path) + 1 : 0;
    }

    char folder[PATH_MAX];
    if (literal >= sizeof(folder))
        return -ENAMETOOLONG;
    snprintf(folder, sizeof(folder), "%.*s", (int)literal, path);
    char *resolved = realpath(literal > 0 ? folder : ".", NULL);
    int length;
    if (resolved)
        length = snprintf(ret_path, PATH_MAX, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved,
                          path + literal);
    else if (errno == ENOMEM)
        return -ENOMEM;
    else
        length = snprintf(ret_path, PATH_MAX, "%s", path);
    free(resolved);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* With `**` for any number of folders, none among them. Takes rather too much than too little. */
static bool glob_matches(const char *glob, const char *path)
{
    const char *folders = strstr(glob, "/**/");
    if (!folders)
        return fnmatch(glob, path, strstr(glob, "**") ? 0 : FNM_PATHNAME) == 0;
    if (fnmatch(glob, path, 0) == 0)
        return true;
    char without[PATH_MAX];
    snprintf(without, sizeof(without), "%.*s%s", (int)(folders - glob), glob, folders + 3);
    return glob_matches(without, path);
}

static bool glob_takes(const char *glob, const char *path)
{
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
        char name[PATH_MAX + 16];
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        if (strcmp(glob, name) == 0 || glob_matches(glob, name))
            return true;
    }
    return false;
}

/* Calls `visit` for every string of a flagged row; stops at the first result that is not 0. */
static int for_each_path(const struct option *table, const void *options, unsigned flag,
                         int (*visit)(const struct option *row, const char *path, void *data),
                         void *data)
{
    for (const struct option *row = table; row && row->key; row++) {
        const void *value = (const char *)options + row->offset;
        int r = 0;
        if (!(row->flags & flag))
            continue;
        if (row->type == OPTION_STRING) {
            const char *path = *(char *const *)value;
            if (path && *path)
                r = visit(row, path, data);
        } else if (row->type == OPTION_STRING_LIST) {
            const struct option_list *list = value;
            for (size_t i = 0; i < list->count && r == 0; i++)
                r = visit(row, list->items[i], data);
        }
        if (r != 0)
            return r;
    }
    return 0;
}

/* An output's path against the globs of all inputs. */
struct collision {
    const struct config *config;
    const struct config_output *output;
    const char *input_id;
    struct diagnostics *diagnostics;
    char path[PATH_MAX];
};

static int visit_glob(const struct option *row, const char *glob, void *data)
{
    struct collision *collision = data;
    char resolved[PATH_MAX];
    int r = resolve(glob, resolved);
    if (r == -ENOMEM)
        return r;
    /* As written too: the tail may follow a link that is made later. */
    if ((r == 0 && glob_takes(resolved, collision->path)) || glob_takes(glob, collision->path))
        return 1;
    return 0;
}

static int visit_output(const struct option *row, const char *path, void *data)
{
    struct collision *collision = data;
    const struct config *config = collision->config;
    int r = resolve(path, collision->path);
    if (r == -ENOMEM)
        return r;
    if (r < 0)
        snprintf(collision->path, sizeof(collision->path), "%.*s", PATH_MAX - 1, path);
    for (size_t i = 0; i < config->input_count; i++) {
        const struct config_input *input = &config->inputs[i];
        if (!input->type)
            continue;
        r = for_each_path(input->type->options, input->options, OPTION_READS, visit_glob,
                          collision);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        const struct node *map = document_get(config->outputs_node, collision->output->id);
        const struct node *node = option_find(map, row->key);
        char key[OPTION_KEY_BYTES];
        snprintf(key, sizeof(key), "outputs.%s.%s", collision->output->id, row->key);
        diagnostics_add(collision->diagnostics, DIAGNOSTIC_ERROR, node ? node->line : 0,
                        node ? node->column : 0, key,
                        "is read again by input %s: write it to a folder that no input looks into",
                        input->id);
    }
    return 0;
}

int config_paths_check(const struct config *config, struct diagnostics *diagnostics)
{
    size_t errors = diagnostics->errors;
    struct collision collision = {.config = config, .diagnostics = diagnostics};
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];
        if (!output->type)
            continue;
        collision.output = output;
        int r = for_each_path(output->type->options, output->options, OPTION_WRITES, visit_output,
                              &collision);
        if (r < 0)
            return r;
    }
    return diagnostics->errors > errors ? -EINVAL : 0;
}

/* Of the folder, or of the nearest one above it that exists. */
static int stat_existing(const char *path, struct stat *ret_status, struct statfs *ret_system)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return -ENAMETOOLONG;
    while (stat(folder, ret_status) < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return -errno;
        char *slash = strrchr(folder, '/');
        if (!slash)
            return -ENOENT;
        slash[slash == folder ? 1 : 0] = '\0';
    }
    return statfs(folder, ret_system) < 0 ? -errno : 0;
}

struct outliving {
    dev_t state_device;
    bool found;
};

static int visit_log_folder(const struct option *row, const char *glob, void *data)
{
    struct outliving *outliving = data;
    char folder[PATH_MAX];
    if (resolve(glob, folder) < 0)
        return 0;
    char *slash = strrchr(folder, '/');
    if (!slash)
        return 0;
    slash[slash == folder ? 1 : 0] = '\0';
    struct stat status;
    struct statfs system;
    if (stat_existing(folder, &status, &system) < 0)
        return 0;
    /* On the same file system both go together. */
    if (status.st_dev != outliving->state_device)
        outliving->found = true;
    return 0;
}

void config_paths_warn(const struct config *config, struct diagnostics *diagnostics)
{
    struct stat status;
    struct statfs system;
    if (stat_existing(config->state_dir, &status, &system) < 0)
        return;
    const char *kind;
    if (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC)
        kind = "in memory, gone after a restart of the machine";
    else if (system.f_type == OVERLAYFS_SUPER_MAGIC)
        kind = "inside the container, gone when it is replaced";
    else
        return;

    struct outliving outliving = {.state_device = status.st_dev};
    for (size_t i = 0; i < config->input_count; i++)
        for_each_path(config->inputs[i].type->options, config->inputs[i].options, OPTION_READS,
                      visit_log_folder, &outliving);
    if (!outliving.found)
        return;
    const struct node *node = option_find(document_root(config->document), "state_dir");
    diagnostics_add(diagnostics, DIAGNOSTIC_WARNING, node ? node->line : 0, node ? node->column : 0,
                    "state_dir",
                    "is %s, but the logs are elsewhere and may live on: put it on a volume that "
                    "lives as long as they do, or all is sent again",
                    kind);
}
