#include "agent/rules.h"

#include "agent/config_scan.h"
#include "agent/rule_files.h"
#include "agent/token_key.h"
#include "rules/blotter.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* What the library's calls back need. */
struct loading {
    const struct config *config;
    struct diagnostics *diagnostics;
    struct rule_files files;
};

static void complain(const struct config *config, struct diagnostics *diagnostics, const char *key,
                     const char *what)
{
    const struct node *node = option_find(document_root(config->document), key);
    diagnostics_add(diagnostics, DIAGNOSTIC_ERROR, node ? node->line : 0, node ? node->column : 0,
                    key, "%s", what);
}

static int add_file(struct loading *loading, const char *path, const struct config *config)
{
    int r = rule_files_add(&loading->files, path);
    if (r == -EMFILE)
        complain(config, loading->diagnostics, "redact.rules",
                 "names more than 256 files: use fewer");
    if (r >= 0 || r == -ENOMEM || r == -EMFILE)
        return r == -EMFILE ? -EINVAL : r;
    char what[128];
    snprintf(what, sizeof(what), "cannot be read: %s",
             r == -EFBIG ? "it is larger than 1 MiB" : strerrordesc_np(-r));
    char shown[CONFIG_SCAN_SHOWN_BYTES];
    config_scan_show(path, shown, sizeof(shown));
    diagnostics_add_in(loading->diagnostics, shown, 0, 0, what);
    return -EINVAL;
}

/* A folder that is not there holds no rules; one that cannot be read might. */
static int judge_folder(const char *path, int error)
{
    return error != ENOENT && error != ENOTDIR;
}

static int add_glob(struct loading *loading, const char *pattern, const struct config *config)
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
        complain(config, loading->diagnostics, "redact.rules",
                 "names a folder that cannot be read: let this user read it");
        return -EINVAL;
    }
    int result = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        int r = add_file(loading, found.gl_pathv[i], config);
        if (r < 0)
            result = r;
        if (r == -ENOMEM || loading->files.count == RULE_FILES_MAX)
            break;
    }
    globfree(&found);
    return result;
}

/* The packs that are files, then the rule files. */
static int read_files(struct loading *loading, const struct config *config)
{
    size_t packs = config->redact_packs.count;
    int result = 0;
    for (size_t i = 0; i < packs + config->redact_rules.count; i++) {
        int r = 0;
        if (i >= packs)
            r = add_glob(loading, config->redact_rules.items[i - packs], config);
        else if (rule_files_is_path(config->redact_packs.items[i]))
            r = add_file(loading, config->redact_packs.items[i], config);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            result = r;
    }
    return result;
}

/* The packs that are built in, into `names`. */
static size_t take_packs(const struct config *config, const char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < config->redact_packs.count; i++) {
        if (!rule_files_is_path(config->redact_packs.items[i]))
            names[count++] = config->redact_packs.items[i];
    }
    return count;
}

static void add_error(void *user, const struct blot_error *error)
{
    char shown[CONFIG_SCAN_SHOWN_BYTES];
    const struct loading *loading = user;
    const struct option_map *actions = &loading->config->redact_actions;
    if (strcmp(error->document, "actions") == 0 && error->line - 1 < actions->count) {
        const struct option_pair *pair = &actions->pairs[error->line - 1];
        char key[OPTION_KEY_BYTES];
        snprintf(key, sizeof(key), "redact.actions.%s", pair->key);
        diagnostics_add(loading->diagnostics, DIAGNOSTIC_ERROR, pair->line, pair->column, key, "%s",
                        error->message);
        return;
    }
    config_scan_show(error->document, shown, sizeof(shown));
    diagnostics_add_in(loading->diagnostics, shown, error->line, error->column, error->message);
}

static int take_in(void *user, const char *from, const char *path,
                   struct blot_document *ret_document)
{
    struct loading *loading = user;
    return rule_files_take_in(&loading->files, from, path, ret_document);
}

/* The library's options from the configuration; what they point to is its, `actions` the caller's.
 */
static void take_options(const struct config *config, struct blot_action *actions,
                         struct blot_options *options)
{
    const struct option_map *map = &config->redact_actions;
    for (size_t i = 0; i < map->count; i++)
        actions[i] = (struct blot_action){map->pairs[i].key, map->pairs[i].value};
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

static int compile(struct loading *loading, const struct config *config,
                   struct blot_ruleset **ret_ruleset)
{
    struct diagnostics *diagnostics = loading->diagnostics;
    struct blot_options options = {
        .size = sizeof(options),
        .documents = loading->files.list,
        .document_count = loading->files.count,
        .on_error = add_error,
        .user = loading,
        .read = take_in,
    };
    struct blot_action *actions = calloc(config->redact_actions.count + 1, sizeof(*actions));
    const char **packs = calloc(config->redact_packs.count + 1, sizeof(*packs));
    if (!actions || !packs) {
        free(actions);
        free(packs);
        return -ENOMEM;
    }
    options.packs = packs;
    options.pack_count = take_packs(config, packs);
    struct token_key_bytes key = {.size = 0};
    struct blot_ruleset *ruleset = NULL;
    size_t errors = diagnostics->errors;
    take_options(config, actions, &options);
    int r = take_key(config, diagnostics, &key, &options);
    if (r == 0)
        r = blot_ruleset_new(&options, &ruleset);
    token_key_wipe(&key);
    free(actions);
    free(packs);
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
    struct loading *loading = calloc(1, sizeof(*loading));
    if (!loading)
        return -ENOMEM;
    loading->config = config;
    loading->diagnostics = diagnostics;
    int r = read_files(loading, config);
    if (r == 0)
        r = compile(loading, config, ret_ruleset);
    rule_files_finish(&loading->files);
    free(loading);
    return r;
}
