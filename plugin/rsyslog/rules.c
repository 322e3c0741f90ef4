#include "plugin/rsyslog/rules.h"

#include "agent/rule_files.h"
#include "agent/token_key.h"
#include "plugin/rsyslog/parameters.h"
#include "rules/blotter.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACTIONS_MAX = 64,
    PACKS_MAX = 16,
};

/* What the parameters say, and what is read for them. */
struct choice {
    const char *module;
    struct names packs, rules, actions;
    char *keep, *key_id, *key_file;
    const char *pack_names[PACKS_MAX]; /* of `packs`, those that are built in */
    size_t pack_count;
    struct rule_files files;
    struct blot_action given[ACTIONS_MAX];
    struct token_key_bytes key;
};

static void complain(const struct choice *choice, const char *what, const char *wrong)
{
    LogError(0, HOST_PARAMETER_ERROR, "%s: %s: %s", choice->module, what, wrong);
}

static int add_file(struct choice *choice, const char *path)
{
    int r = rule_files_add(&choice->files, path);
    if (r < 0)
        complain(choice, path,
                 r == -EMFILE  ? "is one rule file too many: 256 are read"
                 : r == -EFBIG ? "is larger than 1 MiB"
                               : strerrordesc_np(-r));
    return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

/* A folder that is not there holds no rules; one that cannot be read might. */
static int judge_folder(const char *path, int error)
{
    return error != ENOENT && error != ENOTDIR;
}

static int add_glob(struct choice *choice, const char *pattern)
{
    glob_t found = {.gl_pathc = 0};
    int result = 0;
    /* NOMAGIC: a plain path stands for itself, so that its absence is noticed on reading. */
    int g = glob(pattern, GLOB_NOMAGIC, judge_folder, &found);
    if (g == GLOB_NOSPACE)
        result = -ENOMEM;
    else if (g != 0 && g != GLOB_NOMATCH) {
        complain(choice, pattern, "names a folder that cannot be read");
        result = -EINVAL;
    }
    for (size_t i = 0; g == 0 && i < found.gl_pathc; i++) {
        int r = add_file(choice, found.gl_pathv[i]);
        result = r < 0 ? r : result;
    }
    globfree(&found);
    return result;
}

static int read_pack(struct choice *choice, const char *name)
{
    const char *known[PACKS_MAX + 1] = {NULL};
    if (rule_files_is_path(name))
        return add_file(choice, name);
    for (size_t i = 0; i < PACKS_MAX && blot_pack_name(i); i++)
        known[i] = blot_pack_name(i);
    if (parameters_word(choice->module, "packs", name, known) < 0)
        return -EINVAL;
    if (choice->pack_count < PACKS_MAX)
        choice->pack_names[choice->pack_count++] = name;
    return 0;
}

/* The packs, of which some may be files, then the rule files. */
static int read_files(struct choice *choice)
{
    int result = 0;
    for (size_t i = 0; i < choice->packs.count + choice->rules.count; i++) {
        int r = i < choice->packs.count
                    ? read_pack(choice, choice->packs.items[i])
                    : add_glob(choice, choice->rules.items[i - choice->packs.count]);
        result = r < 0 ? r : result;
    }
    return result;
}

/* `action=["pan=token", "cvv=replace"]`; the texts are cut where they lie. */
static int read_actions(struct choice *choice)
{
    int result = 0;
    if (choice->actions.count > ACTIONS_MAX) {
        complain(choice, "action", "has more than 64 entries");
        return -EINVAL;
    }
    for (size_t i = 0; i < choice->actions.count; i++) {
        char *equals = strchr(choice->actions.items[i], '=');
        if (!equals || equals == choice->actions.items[i]) {
            complain(choice, "action", "an entry is RULE=ACTION, such as pan=token");
            return -EINVAL;
        }
        *equals = '\0';
        choice->given[i] = (struct blot_action){choice->actions.items[i], equals + 1};
        if (blot_action_check(equals + 1) == -EINVAL &&
            parameters_word(choice->module, "action", equals + 1, blot_action_names()) < 0)
            result = -EINVAL;
    }
    return result;
}

static int read_keep(const struct choice *choice)
{
    return !choice->keep ||
                   parameters_word(choice->module, "keep", choice->keep, blot_keep_names()) >= 0
               ? 0
               : -EINVAL;
}

static int read_key(struct choice *choice)
{
    if (!choice->key_id && !choice->key_file)
        return 0;
    if (!choice->key_id || !choice->key_file) {
        complain(choice, choice->key_id ? "tokenKeyId" : "tokenKeyFile",
                 choice->key_id ? "needs tokenKeyFile, the key" : "needs tokenKeyId, its name");
        return -EINVAL;
    }
    int r = token_key_read(choice->key_file, NULL, &choice->key);
    if (r < 0)
        complain(choice, "tokenKeyFile",
                 r == -ENOKEY  ? "is empty"
                 : r == -E2BIG ? "holds a key above 4 KiB"
                               : strerrordesc_np(-r));
    return r < 0 ? -EINVAL : 0;
}

static void log_rule_error(void *user, const struct blot_error *error)
{
    const struct choice *choice = user;
    if (error->line == 0) /* of the options, which are the parameters */
        LogError(0, HOST_PARAMETER_ERROR, "%s: %s", choice->module, error->message);
    else
        LogError(0, HOST_PARAMETER_ERROR, "%s: %s:%u:%u: %s", choice->module, error->document,
                 error->line, error->column, error->message);
}

static int take_in(void *user, const char *from, const char *path,
                   struct blot_document *ret_document)
{
    struct choice *choice = user;
    return rule_files_take_in(&choice->files, from, path, ret_document);
}

static struct blot_options options_of(struct choice *choice)
{
    return (struct blot_options){
        .size = sizeof(struct blot_options),
        .packs = choice->packs.count > 0 ? choice->pack_names : NULL,
        .pack_count = choice->pack_count,
        .documents = choice->files.list,
        .document_count = choice->files.count,
        .user = choice,
        .read = take_in,
    };
}

/* Says of a rule that `action` names and that is not there which one is near. */
static void suggest_rules(struct choice *choice)
{
    const struct blot_options options = options_of(choice);
    struct blot_ruleset *rules;
    if (choice->actions.count == 0 || blot_ruleset_new(&options, &rules) < 0)
        return;
    size_t count = blot_ruleset_rule_count(rules);
    const char **known = calloc(count + 1, sizeof(*known));
    for (size_t i = 0; known && i < count; i++)
        known[i] = blot_ruleset_rule_id(rules, i);
    for (size_t i = 0; known && i < choice->actions.count; i++)
        parameters_word(choice->module, "action", choice->given[i].rule, known);
    free(known);
    blot_ruleset_free(rules);
}

static int compile(struct choice *choice, struct blot_ruleset **ret_ruleset)
{
    struct blot_options options = options_of(choice);
    options.on_error = log_rule_error;
    options.actions = choice->given;
    options.action_count = choice->actions.count;
    options.keep = choice->keep;
    options.token_key_id = choice->key_id;
    options.token_key = choice->key_id ? choice->key.data : NULL;
    options.token_key_size = choice->key.size;
    int r = blot_ruleset_new(&options, ret_ruleset);
    if (r == -EINVAL)
        suggest_rules(choice);
    else if (r == -EILSEQ)
        complain(choice, "rules", "the engine fails its own examples on this machine");
    else if (r < 0 && r != -ENOMEM)
        complain(choice, "rules", strerrordesc_np(-r));
    return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

/* All that is wrong is logged in one go. */
static int load(struct choice *choice, struct blot_ruleset **ret_ruleset)
{
    int (*const steps[])(struct choice *) = {read_files, read_actions, read_key};
    int result = read_keep(choice);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int r = steps[i](choice);
        result = r < 0 ? r : result;
    }
    return result < 0 ? result : compile(choice, ret_ruleset);
}

static int read_lists(const struct host_setting *settings, const struct host_parameters *block,
                      struct choice *choice)
{
    int r = parameters_names(parameters_get(settings, block, "packs"), &choice->packs);
    if (r == 0)
        r = parameters_names(parameters_get(settings, block, "rules"), &choice->rules);
    if (r == 0)
        r = parameters_names(parameters_get(settings, block, "action"), &choice->actions);
    return r;
}

int rules_read(const char *module, const struct host_setting *settings,
               const struct host_parameters *block, struct blot_ruleset **ret_ruleset)
{
    struct choice *choice = calloc(1, sizeof(*choice));
    if (!choice)
        return -ENOMEM;
    choice->module = module;
    choice->keep = parameters_text(settings, block, "keep");
    choice->key_id = parameters_text(settings, block, "tokenKeyId");
    choice->key_file = parameters_text(settings, block, "tokenKeyFile");
    int r = read_lists(settings, block, choice);
    if (r == 0)
        r = load(choice, ret_ruleset);
    token_key_wipe(&choice->key);
    rule_files_finish(&choice->files);
    parameters_names_free(&choice->packs);
    parameters_names_free(&choice->rules);
    parameters_names_free(&choice->actions);
    free(choice->keep);
    free(choice->key_id);
    free(choice->key_file);
    free(choice);
    return r;
}
