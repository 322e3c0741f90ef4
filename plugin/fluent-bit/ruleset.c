#include "plugin/fluent-bit/ruleset.h"

#include "agent/token_key.h"
#include "plugin/fluent-bit/host.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PACKS_MAX = 32,
    ACTIONS_MAX = 64,
    SHOWN_BYTES = 512,
};

static const char separators[] = ", \t";

struct sources {
    char *pack_names;
    const char *packs[PACKS_MAX];
    size_t pack_count;
    char *action_names;
    struct blot_action actions[ACTIONS_MAX];
    size_t action_count;
    struct blot_document files[RULESET_FILES_MAX];
    size_t file_count;
    struct token_key_bytes key;
};

static void release(struct sources *sources)
{
    for (size_t i = 0; i < sources->file_count; i++) {
        free((char *)sources->files[i].name);
        free((char *)sources->files[i].data);
    }
    free(sources->pack_names);
    free(sources->action_names);
    token_key_wipe(&sources->key);
    free(sources);
}

/* A path is text like any other: what the built-in rules find in it is not shown. */
static void show_path(const char *path, char *ret_text)
{
    struct blot_ruleset *rules;
    struct blot_scratch *scratch = NULL;
    const char *shown;
    size_t size;
    strcpy(ret_text, "a rule file");
    if (blot_ruleset_new(NULL, &rules) < 0)
        return;
    if (blot_scratch_new(rules, NULL, &scratch) == 0 &&
        blot_redact(scratch, path, strlen(path), 0, &shown, &size) == 0 && size < SHOWN_BYTES) {
        memcpy(ret_text, shown, size);
        ret_text[size] = '\0';
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(rules);
}

static int read_file(const char *path, char **ret_data, size_t *ret_size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    char *data = malloc(RULESET_FILE_MAX_BYTES + 1);
    size_t size = data ? fread(data, 1, RULESET_FILE_MAX_BYTES + 1, file) : 0;
    int r = !data                           ? -ENOMEM
            : ferror(file)                  ? (errno ? -errno : -EIO)
            : size > RULESET_FILE_MAX_BYTES ? -EFBIG
                                            : 0;
    fclose(file);
    if (r < 0) {
        free(data);
        return r;
    }
    *ret_data = data;
    *ret_size = size;
    return 0;
}

static int add_file(struct sources *sources, const char *path)
{
    char shown[SHOWN_BYTES];
    char *data = NULL;
    size_t size = 0;
    if (sources->file_count == RULESET_FILES_MAX) {
        host_log(ABI_LOG_ERROR, "rules: more than %d files", RULESET_FILES_MAX);
        return -E2BIG;
    }
    int r = read_file(path, &data, &size);
    if (r < 0) {
        show_path(path, shown);
        host_log(ABI_LOG_ERROR, "rules: %s cannot be read: %s", shown,
                 r == -EFBIG ? "it is larger than 1 MiB" : strerrordesc_np(-r));
        return r;
    }
    char *name = strdup(path);
    if (!name) {
        free(data);
        return -ENOMEM;
    }
    sources->files[sources->file_count++] = (struct blot_document){name, data, size};
    return 0;
}

/* A plain path stands for itself, so that its absence is noticed on reading. A pattern that fits
 * nothing holds no rules. */
static int add_files(struct sources *sources, const char *pattern)
{
    glob_t found = {.gl_pathc = 0};
    int r = 0;
    int g = glob(pattern, GLOB_NOMAGIC | GLOB_ERR, NULL, &found);
    if (g == GLOB_NOSPACE)
        r = -ENOMEM;
    else if (g == GLOB_ABORTED)
        r = -EACCES;
    if (g == GLOB_ABORTED)
        host_log(ABI_LOG_ERROR, "rules: a folder cannot be read");
    for (size_t i = 0; r == 0 && i < found.gl_pathc; i++)
        r = add_file(sources, found.gl_pathv[i]);
    globfree(&found);
    return r;
}

static int split_packs(struct sources *sources, const char *text)
{
    char *rest = NULL;
    sources->pack_names = strdup(text);
    if (!sources->pack_names)
        return -ENOMEM;
    for (char *name = strtok_r(sources->pack_names, separators, &rest); name;
         name = strtok_r(NULL, separators, &rest)) {
        if (sources->pack_count == PACKS_MAX)
            return -E2BIG;
        sources->packs[sources->pack_count++] = name;
    }
    return sources->pack_count > 0 ? 0 : -ENOENT;
}

static int split_actions(struct sources *sources, const char *text)
{
    char *rest = NULL;
    sources->action_names = strdup(text);
    if (!sources->action_names)
        return -ENOMEM;
    for (char *rule = strtok_r(sources->action_names, separators, &rest); rule;
         rule = strtok_r(NULL, separators, &rest)) {
        char *action = strchr(rule, '=');
        if (!action || sources->action_count == ACTIONS_MAX) {
            host_log(ABI_LOG_ERROR, "actions: is no list such as pan=mask, cvv=drop_record");
            return -EINVAL;
        }
        *action++ = '\0';
        sources->actions[sources->action_count++] = (struct blot_action){rule, action};
    }
    return 0;
}

static int split_files(struct sources *sources, const char *text)
{
    char *rest = NULL;
    char *copy = strdup(text);
    int r = copy ? 0 : -ENOMEM;
    for (char *path = copy ? strtok_r(copy, separators, &rest) : NULL; r == 0 && path;
         path = strtok_r(NULL, separators, &rest))
        r = add_files(sources, path);
    free(copy);
    return r;
}

/* Both or neither: a key without a name makes tokens that nobody can tell apart after the next. */
static int read_key(struct sources *sources, const struct ruleset_properties *properties)
{
    if (!properties->token_key_id && !properties->token_key_file)
        return 0;
    if (!properties->token_key_id || !properties->token_key_file) {
        host_log(ABI_LOG_ERROR, "tokens need both token_key_id and token_key_file");
        return -EINVAL;
    }
    int r = token_key_read(properties->token_key_file, NULL, &sources->key);
    if (r < 0)
        host_log(ABI_LOG_ERROR, "token_key_file: %s",
                 r == -E2BIG ? "is too large for a key" : "cannot be read");
    return r;
}

static void show_error(void *user, const struct blot_error *error)
{
    char shown[SHOWN_BYTES];
    show_path(error->document, shown);
    host_log(ABI_LOG_ERROR, "rules: %s:%u:%u: %s", shown, error->line, error->column,
             error->message);
}

static int compile(const struct sources *sources, const struct ruleset_properties *properties,
                   struct blot_ruleset **ret_ruleset)
{
    const struct blot_options options = {
        .size = sizeof options,
        .packs = sources->pack_count > 0 ? sources->packs : NULL,
        .pack_count = sources->pack_count,
        .documents = sources->files,
        .document_count = sources->file_count,
        .kernel = properties->kernel,
        .actions = sources->actions,
        .action_count = sources->action_count,
        .keep = properties->keep,
        .token_key_id = properties->token_key_id,
        .token_key = properties->token_key_id ? sources->key.data : NULL,
        .token_key_size = sources->key.size,
        .on_error = show_error,
    };
    int r = blot_ruleset_new(&options, ret_ruleset);
    if (r == -ENOENT)
        host_log(ABI_LOG_ERROR, "packs: names a pack that this build does not have");
    else if (r == -ENOTSUP)
        host_log(ABI_LOG_ERROR, "kernel: this processor cannot run it; leave it out");
    else if (r == -EILSEQ)
        host_log(ABI_LOG_ERROR, "the engine failed its own test on this machine");
    else if (r < 0)
        host_log(ABI_LOG_ERROR, "the rules do not load");
    return r;
}

int ruleset_load(const struct ruleset_properties *properties, struct blot_ruleset **ret_ruleset)
{
    struct sources *sources = calloc(1, sizeof *sources);
    if (!sources)
        return -ENOMEM;
    int r = properties->packs ? split_packs(sources, properties->packs) : 0;
    if (r < 0)
        host_log(ABI_LOG_ERROR, "packs: names no pack, or more than %d", PACKS_MAX);
    if (r == 0 && properties->actions)
        r = split_actions(sources, properties->actions);
    if (r == 0 && properties->rules)
        r = split_files(sources, properties->rules);
    if (r == 0)
        r = read_key(sources, properties);
    if (r == 0)
        r = compile(sources, properties, ret_ruleset);
    release(sources);
    return r;
}
