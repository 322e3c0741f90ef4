#include "agent/command/pack.h"

#include "agent/command/mask.h"
#include "agent/nearest.h"
#include "agent/rule_files.h"
#include "agent/token_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A list cut at its commas. */
struct names {
    char *copy;
    const char *items[PACK_NAMES_MAX + 1];
    size_t count;
};

/* 0, -E2BIG or -ENOMEM. */
static int cut(const char *list, struct names *names)
{
    names->copy = list ? strdup(list) : NULL;
    if (list && !names->copy)
        return -ENOMEM;
    for (char *rest = NULL, *name = list ? strtok_r(names->copy, ",", &rest) : NULL; name;
         name = strtok_r(NULL, ",", &rest)) {
        if (names->count == PACK_NAMES_MAX)
            return -E2BIG;
        names->items[names->count++] = name;
    }
    return 0;
}

/* What the library's calls back need. A document's name is masked once: that takes all packs. */
struct calls {
    struct rule_files *files;
    char *document, *shown; /* of the last error; NULL: none yet */
};

static void finish_calls(struct calls *calls)
{
    free(calls->document);
    free(calls->shown);
}

static const char *shown_name(struct calls *calls, const char *document)
{
    size_t size;
    if (calls->document && strcmp(calls->document, document) == 0)
        return calls->shown ? calls->shown : "(withheld)";
    finish_calls(calls);
    calls->document = strdup(document);
    calls->shown = NULL;
    FILE *stream = calls->document ? open_memstream(&calls->shown, &size) : NULL;
    if (stream) {
        mask_print(stream, document);
        fclose(stream);
    }
    return calls->shown ? calls->shown : "(withheld)";
}

static void print_error(void *user, const struct blot_error *error)
{
    if (strcmp(error->document, "actions") == 0) {
        fprintf(stderr, "--action, number %u", error->line);
    } else {
        fputs(shown_name(user, error->document), stderr);
        if (error->line > 0)
            fprintf(stderr, ":%u:%u", error->line, error->column);
    }
    fprintf(stderr, ": %s\n", error->message);
}

static const char *what_is_wrong(int error)
{
    switch (-error) {
    case ENOTSUP:
        return "this processor has no such kernel; leave --kernel out";
    case EILSEQ:
        return "the rules fail their own examples";
    default:
        return "the rules cannot be used";
    }
}

static int take_in(void *user, const char *from, const char *path,
                   struct blot_document *ret_document)
{
    struct calls *calls = user;
    return rule_files_take_in(calls->files, from, path, ret_document);
}

/* Returns an exit code. */
static int read_file(const struct pack_request *request, const char *path, struct rule_files *files)
{
    int error = rule_files_add(files, path);
    if (error == 0)
        return 0;
    fprintf(stderr, "blotter %s: ", request->command);
    mask_print(stderr, path);
    fprintf(stderr, ": the rule file cannot be read: %s\n",
            error == -EFBIG ? "it is larger than 1 MiB" : strerror(-error));
    return EX_CONFIG;
}

/* Returns an exit code. */
static int check_name(const struct pack_request *request, const char *name)
{
    struct nearest nearest = {.name = name};
    const char *known;
    for (size_t i = 0; (known = blot_pack_name(i)); i++) {
        if (strcmp(known, name) == 0)
            return 0;
        nearest_offer(&nearest, known);
    }
    fprintf(stderr, "blotter %s: there is no such pack%s%s%s\n", request->command,
            nearest.best[0] ? ": did you mean " : "; `blotter rules list` shows those there are",
            nearest.best, nearest.best[0] ? "?" : "");
    return EX_CONFIG;
}

/* Reads the packs that are files, which are taken out of the list, then the rule files. All that
 * cannot be read are told. Returns an exit code. */
static int read_files(const struct pack_request *request, struct names *packs,
                      const struct names *paths, struct rule_files *files)
{
    size_t kept = 0;
    int code = 0;
    for (size_t i = 0; i < packs->count; i++) {
        if (rule_files_is_path(packs->items[i]))
            code |= read_file(request, packs->items[i], files);
        else if ((code |= check_name(request, packs->items[i])) == 0)
            packs->items[kept++] = packs->items[i];
    }
    packs->count = kept;
    for (size_t i = 0; i < paths->count; i++)
        code |= read_file(request, paths->items[i], files);
    return code;
}

/* Cuts RULE=ACTION at its sign. */
static bool take_actions(const struct names *names, struct blot_action *actions)
{
    for (size_t i = 0; i < names->count; i++) {
        char *sign = strchr(names->items[i], '=');
        if (!sign || sign == names->items[i])
            return false;
        *sign = '\0';
        actions[i] = (struct blot_action){names->items[i], sign + 1};
    }
    return true;
}

/* What is wrong, or NULL. */
static const char *take_key(const struct pack_request *request, struct token_key_bytes *key)
{
    bool has_key = request->token_file || request->token_variable;
    if (!request->token_id)
        return has_key ? "--token-id names the key of tokens" : NULL;
    int r = token_key_read(request->token_file, request->token_variable, key);
    return r == 0         ? NULL
           : r == -ENOKEY ? "tokens need --token-key-file, or --token-key-env with a variable that "
                            "is set"
           : r == -E2BIG  ? "there is more than one key of tokens, or one above 4 KiB"
                          : "the key of tokens cannot be read";
}

static int compile(const struct pack_request *request, const struct names *packs,
                   const struct names *actions, struct rule_files *files,
                   struct blot_ruleset **ret_rules)
{
    struct blot_action given[PACK_NAMES_MAX + 1];
    struct token_key_bytes key = {.size = 0};
    const char *wrong = take_actions(actions, given)
                            ? take_key(request, &key)
                            : "--action takes RULE=ACTION, such as pan=token";
    if (wrong) {
        fprintf(stderr, "blotter %s: %s\n", request->command, wrong);
        return EX_USAGE;
    }
    struct calls calls = {.files = files};
    const struct blot_options options = {
        .size = sizeof(options),
        .actions = given,
        .action_count = actions->count,
        .keep = request->keep,
        .masked = request->masked,
        .token_key_id = request->token_id,
        .token_key = request->token_id ? key.data : NULL,
        .token_key_size = key.size,
        .packs = packs->items,
        .pack_count = packs->count,
        .documents = files->list,
        .document_count = files->count,
        .kernel = request->kernel,
        .on_error = print_error,
        .user = &calls,
        .read = take_in,
    };
    int error = blot_ruleset_new(&options, ret_rules);
    token_key_wipe(&key);
    finish_calls(&calls);
    if (error == 0)
        return 0;
    fprintf(stderr, "blotter %s: %s\n", request->command, what_is_wrong(error));
    if (error == -EILSEQ && request->failed_example)
        return request->failed_example;
    return error == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

/* Puts what `more` says into the lists: NEW, or OLD=NEW in the place of OLD. */
static void take_more(const char *more, struct names *packs, struct names *paths)
{
    struct names *lists[] = {packs, paths};
    const char *sign = strchr(more, '=');
    for (size_t i = 0; sign && i < 2; i++) {
        for (size_t n = 0; n < lists[i]->count; n++) {
            if (strncmp(lists[i]->items[n], more, (size_t)(sign - more)) != 0 ||
                lists[i]->items[n][sign - more])
                continue;
            lists[i]->items[n] = sign + 1;
            return;
        }
    }
    struct names *list = rule_files_is_path(more) ? paths : packs;
    list->items[list->count++] = more;
}

int pack_load(const struct pack_request *request, struct blot_ruleset **ret_rules)
{
    struct names packs = {0}, paths = {0}, actions = {0};
    struct rule_files *files = calloc(1, sizeof(*files));
    int error = files ? cut(request->packs, &packs) : -ENOMEM;
    if (error == 0)
        error = cut(request->rules, &paths);
    if (error == 0)
        error = cut(request->actions, &actions);
    if (!request->packs)
        packs.items[packs.count++] = "pci";
    if (request->more)
        take_more(request->more, &packs, &paths);
    int code = EX_USAGE;
    if (error < 0) {
        fprintf(stderr, "blotter %s: %s\n", request->command,
                error == -E2BIG ? "more than 64 packs or rule files: use fewer" : strerror(-error));
    } else {
        code = read_files(request, &packs, &paths, files);
        if (code == 0)
            code = compile(request, &packs, &actions, files, ret_rules);
    }
    if (files)
        rule_files_finish(files);
    free(files);
    free(packs.copy);
    free(paths.copy);
    free(actions.copy);
    return code;
}

int pack_load_all(struct blot_ruleset **ret_rules)
{
    const char *names[PACK_NAMES_MAX];
    size_t count = 0;
    while (count < PACK_NAMES_MAX && blot_pack_name(count)) {
        names[count] = blot_pack_name(count);
        count++;
    }
    const struct blot_options options = {.packs = names, .pack_count = count};
    return blot_ruleset_new(&options, ret_rules);
}
