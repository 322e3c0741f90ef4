#include "plugin/rsyslog/rules.h"

#include "plugin/rsyslog/parameters.h"
#include "rules/blotter.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MAX = 256,
    FILE_MAX_BYTES = 1024 * 1024,
    ACTIONS_MAX = 64,
    KEY_MAX_BYTES = 4096,
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

/* What the parameters say. */
struct choice {
    struct names packs, rules, actions;
    char *keep, *key_id, *key_file;
    unsigned char key[KEY_MAX_BYTES];
    size_t key_size;
};

/* `action=["pan=token", "cvv=replace"]`; the texts are cut where they lie. */
static int read_actions(const char *module, struct choice *choice, struct blot_action *actions)
{
    if (choice->actions.count > ACTIONS_MAX) {
        complain(module, "action", "has more than 64 entries");
        return -EINVAL;
    }
    for (size_t i = 0; i < choice->actions.count; i++) {
        char *equals = strchr(choice->actions.items[i], '=');
        if (!equals) {
            complain(module, "action", "an entry is RULE=ACTION, such as pan=token");
            return -EINVAL;
        }
        *equals = '\0';
        actions[i] = (struct blot_action){choice->actions.items[i], equals + 1};
    }
    return 0;
}

static int read_key(const char *module, struct choice *choice)
{
    if (!choice->key_file)
        return 0;
    FILE *file = fopen(choice->key_file, "re");
    if (file) {
        setvbuf(file, NULL, _IONBF, 0); /* no second copy of the key */
        choice->key_size = fread(choice->key, 1, sizeof(choice->key), file);
    }
    bool is_read = file && !ferror(file);
    if (file)
        fclose(file);
    if (!is_read)
        complain(module, "tokenKeyFile", "cannot be read");
    return is_read ? 0 : -EINVAL;
}

static int compile(const char *module, struct choice *choice, const struct files *files,
                   struct blot_ruleset **ret_ruleset)
{
    struct blot_action actions[ACTIONS_MAX];
    char user[32];
    int r = read_actions(module, choice, actions);
    if (r == 0)
        r = read_key(module, choice);
    if (r < 0)
        return r;
    snprintf(user, sizeof(user), "%s", module);
    const struct blot_options options = {
        .size = sizeof(options),
        .packs = choice->packs.count > 0 ? (const char *const *)choice->packs.items : NULL,
        .pack_count = choice->packs.count,
        .documents = files->list,
        .document_count = files->count,
        .on_error = log_rule_error,
        .user = user,
        .actions = actions,
        .action_count = choice->actions.count,
        .keep = choice->keep,
        .token_key_id = choice->key_id,
        .token_key = choice->key_file ? choice->key : NULL,
        .token_key_size = choice->key_size,
    };
    r = blot_ruleset_new(&options, ret_ruleset);
    if (r == -ENOENT)
        complain(module, "packs", "names a pack that this build does not have");
    else if (r == -EILSEQ)
        complain(module, "rules", "the engine fails its own examples on this machine");
    else if (r < 0)
        complain(module, "rules", "cannot be used");
    return r == 0 || r == -ENOMEM ? r : -EINVAL;
}

static int load(const char *module, struct choice *choice, struct blot_ruleset **ret_ruleset)
{
    struct files *files = calloc(1, sizeof(*files));
    if (!files)
        return -ENOMEM;
    int result = 0;
    for (size_t i = 0; i < choice->rules.count; i++) {
        int r = add_glob(module, files, choice->rules.items[i]);
        result = r < 0 ? r : result;
    }
    if (result == 0)
        result = compile(module, choice, files, ret_ruleset);
    for (size_t i = 0; i < files->count; i++) {
        free((char *)files->list[i].name);
        free((char *)files->list[i].data);
    }
    free(files);
    return result;
}

int rules_read(const char *module, const struct host_setting *settings,
               const struct host_parameters *block, struct blot_ruleset **ret_ruleset)
{
    struct choice choice = {
        .keep = parameters_text(settings, block, "keep"),
        .key_id = parameters_text(settings, block, "tokenKeyId"),
        .key_file = parameters_text(settings, block, "tokenKeyFile"),
    };
    int r = parameters_names(parameters_get(settings, block, "packs"), &choice.packs);
    if (r == 0)
        r = parameters_names(parameters_get(settings, block, "rules"), &choice.rules);
    if (r == 0)
        r = parameters_names(parameters_get(settings, block, "action"), &choice.actions);
    if (r == 0)
        r = load(module, &choice, ret_ruleset);
    explicit_bzero(choice.key, sizeof(choice.key));
    parameters_names_free(&choice.packs);
    parameters_names_free(&choice.rules);
    parameters_names_free(&choice.actions);
    free(choice.keep);
    free(choice.key_id);
    free(choice.key_file);
    return r;
}
