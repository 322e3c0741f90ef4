#include "agent/rules.h"

#include "agent/config_scan.h"
#include "agent/document.h"
#include "rules/blotter.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

struct files {
    struct blot_document list[RULES_FILES_MAX];
    size_t count;
};

static void complain(const struct config *config, struct diagnostics *diagnostics, const char *key,
                     const char *what)
{
    const struct node *node = option_find(document_root(config->document), key);
    diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, node ? node->line : 0, node ? node->column : 0,
                    key, "%s", what);
}

static int add_file(struct files *files, const char *path, const struct config *config,
                    struct diagnostics *diagnostics)
{
    if (files->count == RULES_FILES_MAX) {
        complain(config, diagnostics, "redact.rules", "names more than 256 files: use fewer");
        return -EINVAL;
    }
    struct blot_document *file = &files->list[files->count];
    char *data;
    int r = document_read_file(path, RULES_FILE_MAX_BYTES, &data, &file->size);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        char what[128];
        snprintf(what, sizeof(what), "cannot be read: %s",
                 r == -EFBIG ? "it is larger than 1 MiB" : strerrordesc_np(-r));
        char shown[CONFIG_SCAN_SHOWN_BYTES];
        config_scan_show(path, shown, sizeof(shown));
        diagnostics_add_in(diagnostics, shown, 0, 0, what);
        return -EINVAL;
    }
    file->data = data;
    file->name = strdup(path);
    files->count++;
    return file->name ? 0 : -ENOMEM;
}

/* A folder that is not there holds no rules; one that cannot be read might. */
static int judge_folder(const char *path, int error)
{
    return error != ENOENT && error != ENOTDIR;
}

static int add_glob(struct files *files, const char *pattern, const struct config *config,
                    struct diagnostics *diagnostics)
{
    glob_t found = {.gl_pathc = 0};
    /* NOMAGIC: a plain path stands for itself, so that its absence is noticed on reading. */
    int g = glob(pattern, GLOB_NOMAGIC, judge_folder, &found);
    if (g == GLOB_NOMATCH)
        return 0;
    if (g != 0) {
        globfree(&found);
        if (g == GLOB_NOSPACE)
            return -ENOMEM;
        complain(config, diagnostics, "redact.rules",
                 "names a folder that cannot be read: let this user read it");
        return -EINVAL;
    }
    int result = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        int r = add_file(files, found.gl_pathv[i], config, diagnostics);
        if (r < 0)
            result = r;
        if (r == -ENOMEM || files->count == RULES_FILES_MAX)
            break;
    }
    globfree(&found);
    return result;
}

static int read_files(struct files *files, const struct config *config,
                      struct diagnostics *diagnostics)
{
    int result = 0;
    for (size_t i = 0; i < config->redact_rules.count; i++) {
        int r = add_glob(files, config->redact_rules.items[i], config, diagnostics);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result;
}

static void add_error(void *user, const struct blot_error *error)
{
    char shown[CONFIG_SCAN_SHOWN_BYTES];
    config_scan_show(error->document, shown, sizeof(shown));
    diagnostics_add_in(user, shown, error->line, error->column, error->message);
}

static int compile(const struct files *files, const struct config *config,
                   struct diagnostics *diagnostics, struct blot_ruleset **ret_ruleset)
{
    bool is_auto = strcmp(config->redact_kernel, "auto") == 0;
    const struct blot_options options = {
        .packs = (const char *const *)config->redact_packs.items,
        .pack_count = config->redact_packs.count,
        .documents = files->list,
        .document_count = files->count,
        .kernel = is_auto ? NULL : config->redact_kernel,
        .on_error = add_error,
        .user = diagnostics,
    };
    size_t errors = diagnostics->errors;
    int r = blot_ruleset_new(&options, ret_ruleset);
    if (r == 0 || r == -ENOMEM)
        return r;
    if (r == -ENOENT)
        complain(config, diagnostics, "redact.packs",
                 "names a pack that this build does not have: `blotter rules list` shows them");
    else if (r == -ENOTSUP)
        complain(config, diagnostics, "redact.kernel",
                 "is not a kernel that this processor can run: write auto");
    else if (r == -EILSEQ)
        complain(config, diagnostics, "redact",
                 "the engine failed its own test on this machine: it must not be used here");
    else if (diagnostics->errors == errors)
        complain(config, diagnostics, "redact", "the rules cannot be compiled");
    return -EINVAL;
}

int rules_load(const struct config *config, struct diagnostics *diagnostics,
               struct blot_ruleset **ret_ruleset)
{
    struct files *files = calloc(1, sizeof(*files));
    if (!files)
        return -ENOMEM;
    int r = read_files(files, config, diagnostics);
    if (r == 0)
        r = compile(files, config, diagnostics, ret_ruleset);
    for (size_t i = 0; i < files->count; i++) {
        free((char *)files->list[i].name);
        free((char *)files->list[i].data);
    }
    free(files);
    return r;
}
