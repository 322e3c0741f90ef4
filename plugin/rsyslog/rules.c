#include "plugin/rsyslog/rules.h"

#include "plugin/rsyslog/host.h"
#include "rules/blotter.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MAX = 256,
    FILE_MAX_BYTES = 1024 * 1024,
};

struct files {
    struct blot_document list[FILES_MAX];
    size_t count;
};

static void complain(const char *module, const char *path, const char *what)
{
    LogError(0, HOST_PARAMETER_ERROR, "%s: %s: %s", module, path, what);
}

static int add_file(const char *module, struct files *files, const char *path)
{
    if (files->count == FILES_MAX) {
        complain(module, path, "is one rule file too many: 256 are read");
        return -EINVAL;
    }
    FILE *file = fopen(path, "re");
    if (!file) {
        complain(module, path, strerrordesc_np(errno));
        return -EINVAL;
    }
    char *data = malloc(FILE_MAX_BYTES + 1);
    char *name = strdup(path);
    size_t size = data ? fread(data, 1, FILE_MAX_BYTES + 1, file) : 0;
    const char *wrong = ferror(file)            ? "cannot be read"
                        : size > FILE_MAX_BYTES ? "is larger than 1 MiB"
                                                : NULL;
    fclose(file);
    if (!data || !name || wrong) {
        if (wrong)
            complain(module, path, wrong);
        free(data);
        free(name);
        return wrong ? -EINVAL : -ENOMEM;
    }
    files->list[files->count++] = (struct blot_document){.name = name, .data = data, .size = size};
    return 0;
}

/* A folder that is not there holds no rules; one that cannot be read might. */
static int judge_folder(const char *path, int error)
{
    return error != ENOENT && error != ENOTDIR;
}

static int add_glob(const char *module, struct files *files, const char *pattern)
{
    glob_t found = {.gl_pathc = 0};
    int result = 0;
    /* NOMAGIC: a plain path stands for itself, so that its absence is noticed on reading. */
    int g = glob(pattern, GLOB_NOMAGIC, judge_folder, &found);
    if (g == GLOB_NOSPACE)
        result = -ENOMEM;
    else if (g != 0 && g != GLOB_NOMATCH) {
        complain(module, pattern, "names a folder that cannot be read");
        result = -EINVAL;
    }
    for (size_t i = 0; g == 0 && i < found.gl_pathc; i++) {
        int r = add_file(module, files, found.gl_pathv[i]);
        result = r < 0 ? r : result;
    }
    globfree(&found);
    return result;
}

static void log_rule_error(void *user, const struct blot_error *error)
{
    LogError(0, HOST_PARAMETER_ERROR, "%s: %s:%u:%u: %s", (const char *)user, error->document,
             error->line, error->column, error->message);
}

static int compile(const char *module, const struct rules_names *packs, const struct files *files,
                   struct blot_ruleset **ret_ruleset)
{
    char user[32];
    snprintf(user, sizeof(user), "%s", module);
    const struct blot_options options = {
        .packs = packs->count > 0 ? (const char *const *)packs->items : NULL,
        .pack_count = packs->count,
        .documents = files->list,
        .document_count = files->count,
        .on_error = log_rule_error,
        .user = user,
    };
    int r = blot_ruleset_new(&options, ret_ruleset);
    if (r == -ENOENT)
        complain(module, "packs", "names a pack that this build does not have");
    else if (r == -EILSEQ)
        complain(module, "rules", "the engine fails its own examples on this machine");
    else if (r < 0)
        complain(module, "rules", "cannot be used");
    return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

int rules_load(const char *module, const struct rules_names *packs, const struct rules_names *paths,
               struct blot_ruleset **ret_ruleset)
{
    struct files *files = calloc(1, sizeof(*files));
    if (!files)
        return -ENOMEM;
    int result = 0;
    for (size_t i = 0; i < paths->count; i++) {
        int r = add_glob(module, files, paths->items[i]);
        result = r < 0 ? r : result;
    }
    if (result == 0)
        result = compile(module, packs, files, ret_ruleset);
    for (size_t i = 0; i < files->count; i++) {
        free((char *)files->list[i].name);
        free((char *)files->list[i].data);
    }
    free(files);
    return result;
}
