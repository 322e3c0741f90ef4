#include "agent/rules.h"

#include "agent/config_scan.h"
#include "agent/document.h"
#include "agent/token_key.h"
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

/* The library's options from the configuration; what they point to is its, `actions` the caller's.
 */
static void take_options(const struct config *config, struct blot_action *actions,
                         struct blot_options *options)
{
    const struct option_map *map = &config->redact_actions;
    for (size_t i = 0; i < map->count; i++)
        actions[i] = (struct blot_action){map->pairs[i].key, map->pairs[i].value};
    options->packs = (const char *const *)config->redact_packs.items;
    options->pack_count = config->redact_packs.count;
    options->kernel = strcmp(config->redact_kernel, "auto") == 0 ? NULL : config->redact_kernel;
    options->actions = actions;
    options->action_count = map->count;
    options->keep = *config->redact_keep ? config->redact_keep : NULL;
    options->masked = *config->redact_masked ? config->redact_masked : NULL;
    options->i_accept_pan_in_clear = config->redact_accepts_pan_in_clear;
}

/* The key is in `key` while the rules are compiled, and nowhere else. */
static int take_key(const struct config *config, struct diagnostics *diagnostics,
                    struct token_key_bytes *key, struct blot_options *options)
{
    if (!*config->redact_token_id)
        return 0;
    int r = token_key_read(config->redact_token_file, config->redact_token_variable, key);
    if (r < 0) {
        complain(config, diagnostics, "redact.token",
                 r == -ENOKEY  ? "has no key: name a file (key_file) or a variable that is set "
                                 "(key_env)"
                 : r == -E2BIG ? "has more than one key, or one above 4 KiB"
                               : "has a key_file that cannot be read: let this user read it");
        return -EINVAL;
    }
    options->token_key_id = config->redact_token_id;
    options->token_key = key->data;
    options->token_key_size = key->size;
    return 0;
}

static void complain_of(const struct config *config, struct diagnostics *diagnostics, int error)
{
    if (error == -ENOENT)
        complain(config, diagnostics, "redact.packs",
                 "names a pack that this build does not have: `blotter rules list` shows them");
    else if (error == -ENOTSUP)
        complain(config, diagnostics, "redact.kernel",
                 "is not a kernel that this processor can run: write auto");
    else if (error == -EILSEQ)
        complain(config, diagnostics, "redact",
                 "the engine failed its own test on this machine: it must not be used here");
}

/* Records that a rule sends to quarantine need somewhere to go. */
static int check_quarantine(const struct config *config, struct diagnostics *diagnostics,
                            const struct blot_ruleset *ruleset)
{
    const char *id = config->redact_quarantine;
    bool is_output = false;
    for (size_t i = 0; i < config->output_count; i++)
        is_output |= strcmp(config->outputs[i].id, id) == 0;
    if (*id ? is_output && config->output_count > 1
            : !(blot_ruleset_effects(ruleset) & BLOT_QUARANTINE))
        return 0;
    complain(config, diagnostics, "redact.quarantine",
             *id ? "is not the id of an output that stands beside another"
                 : "is not set, and a rule sends records to quarantine: name an output");
    return -EINVAL;
}

static int compile(const struct files *files, const struct config *config,
                   struct diagnostics *diagnostics, struct blot_ruleset **ret_ruleset)
{
    struct blot_options options = {
        .size = sizeof(options),
        .documents = files->list,
        .document_count = files->count,
        .on_error = add_error,
        .user = diagnostics,
    };
    struct blot_action *actions = calloc(config->redact_actions.count + 1, sizeof(*actions));
    if (!actions)
        return -ENOMEM;
    struct token_key_bytes key = {.size = 0};
    struct blot_ruleset *ruleset = NULL;
    size_t errors = diagnostics->errors;
    take_options(config, actions, &options);
    int r = take_key(config, diagnostics, &key, &options);
    if (r == 0)
        r = blot_ruleset_new(&options, &ruleset);
    token_key_wipe(&key);
    free(actions);
    complain_of(config, diagnostics, r);
    if (r == 0)
        r = check_quarantine(config, diagnostics, ruleset);
    if (r < 0 && r != -ENOMEM && diagnostics->errors == errors)
        complain(config, diagnostics, "redact", "the rules cannot be compiled");
    if (r < 0) {
        blot_ruleset_free(ruleset);
        return r == -ENOMEM ? r : -EINVAL;
    }
    *ret_ruleset = ruleset;
    return 0;
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
