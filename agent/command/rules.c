/* `blotter rules`: the rules there are, their tests, and what editors want to know of rule files.
 */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/json_text.h"
#include "agent/command/pack.h"
#include "agent/command/rules_allow.h"
#include "agent/command/rules_schema.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    ALL_BYTES = 1024,
    ID_WIDTH = 28,
    EXIT_FAILED = 1,
};

struct words {
    struct pack_request request;
    bool json;
};

/* The built-in packs, each by itself: which pack a rule is from. */
struct origins {
    const char *names[PACK_NAMES_MAX];
    struct blot_ruleset *rules[PACK_NAMES_MAX];
    size_t count;
};

static void free_origins(struct origins *origins)
{
    for (size_t i = 0; i < origins->count; i++)
        blot_ruleset_free(origins->rules[i]);
}

static int load_origins(struct origins *origins)
{
    for (const char *name;
         origins->count < PACK_NAMES_MAX && (name = blot_pack_name(origins->count));) {
        const struct blot_options options = {
            .size = sizeof(options), .packs = &name, .pack_count = 1};
        int error = blot_ruleset_new(&options, &origins->rules[origins->count]);
        if (error < 0)
            return error;
        origins->names[origins->count++] = name;
    }
    return 0;
}

/* The pack that has a rule of that id; "rules" for one of the user's. */
static const char *origin_of(const struct origins *origins, const char *id)
{
    for (size_t i = 0; i < origins->count; i++) {
        for (size_t n = 0; n < blot_ruleset_rule_count(origins->rules[i]); n++) {
            if (strcmp(blot_ruleset_rule_id(origins->rules[i], n), id) == 0)
                return origins->names[i];
        }
    }
    return "rules";
}

/* All names, for where none are given: `list` and `test` are about all that there is. */
static void join_packs(char *ret_names)
{
    size_t size = 0;
    ret_names[0] = '\0';
    for (size_t i = 0; blot_pack_name(i) && size < ALL_BYTES; i++)
        size += (size_t)snprintf(ret_names + size, ALL_BYTES - size, "%s%s", i ? "," : "",
                                 blot_pack_name(i));
}

static int load(const struct words *words, int failed_example, struct blot_ruleset **ret_rules)
{
    char all[ALL_BYTES];
    join_packs(all);
    struct pack_request request = words->request;
    if (!request.packs)
        request.packs = all;
    request.failed_example = failed_example;
    return pack_load(&request, ret_rules);
}

static int print_rule(const struct words *words, const char *pack,
                      const struct blot_rule_info *info, bool is_first)
{
    const char *action = info->disabled ? "off" : info->action;
    if (!words->json) {
        printf("%-*s %-8s %-8s %-12s %s\n", ID_WIDTH, info->id, pack, info->severity, action,
               info->why);
        return 0;
    }
    printf("%s{\"id\":\"%s\",\"pack\":\"%s\",\"severity\":\"%s\",\"action\":\"%s\",\"enabled\":%s,"
           "\"match\":%u,\"no_match\":%u,",
           is_first ? "" : ",\n ", info->id, pack, info->severity, info->action,
           info->disabled ? "false" : "true", info->match_count, info->no_match_count);
    int error = json_text_member(stdout, "why", info->why);
    fputs("}", stdout);
    return error;
}

static int list(const struct words *words, const struct blot_ruleset *rules)
{
    struct origins origins = {.count = 0};
    int error = load_origins(&origins);
    if (words->json)
        fputs("[", stdout);
    else
        printf("%-*s %-8s %-8s %-12s %s\n", ID_WIDTH, "ID", "PACK", "SEVERITY", "ACTION", "WHY");
    for (size_t i = 0; error == 0 && i < blot_ruleset_rule_count(rules); i++) {
        struct blot_rule_info info;
        error = blot_ruleset_rule_info(rules, i, &info);
        if (error == 0)
            error = print_rule(words, origin_of(&origins, info.id), &info, i == 0);
    }
    if (words->json)
        fputs("]\n", stdout);
    free_origins(&origins);
    if (error == 0)
        return 0;
    fprintf(stderr, "blotter rules: the rules cannot be listed: %s\n", strerror(-error));
    return EX_OSERR;
}

/* The examples ran while the rules were compiled; what is left to tell is what they cover. */
static void report_tests(const struct words *words, const struct blot_ruleset *rules)
{
    size_t count = blot_ruleset_rule_count(rules), match = 0, no_match = 0, bare = 0, loose = 0;
    struct blot_rule_info info;
    for (size_t i = 0; i < count; i++) {
        if (blot_ruleset_rule_info(rules, i, &info) < 0)
            continue;
        match += info.match_count;
        no_match += info.no_match_count;
        bare += info.match_count == 0;
        loose += info.no_match_count == 0;
    }
    if (words->json)
        printf("{\"rules\":%zu,\"match\":%zu,\"no_match\":%zu,\"without_match\":[", count, match,
               no_match);
    else
        printf("%zu rules, %zu match and %zu no_match examples: all as they say\n", count, match,
               no_match);
    for (int kind = 0; kind < 2; kind++) {
        if (words->json)
            fputs(kind ? "],\"without_no_match\":[" : "", stdout);
        else if (kind ? loose : bare)
            fputs(kind ? "without a no_match example:" : "without a match example:", stdout);
        bool is_first = true;
        for (size_t i = 0; i < count; i++) {
            if (blot_ruleset_rule_info(rules, i, &info) < 0 ||
                (kind ? info.no_match_count : info.match_count) > 0)
                continue;
            printf(words->json ? "%s\"%s\"" : "%s %s", words->json && !is_first ? "," : "",
                   info.id);
            is_first = false;
        }
        if (!words->json && (kind ? loose : bare))
            fputc('\n', stdout);
    }
    fputs(words->json ? "]}\n" : "", stdout);
}

static const struct argument arguments[] = {
    PACK_ARGUMENTS(struct words, "all"),
    {.name = "json", .offset = offsetof(struct words, json), .help = "list, test: as JSON"},
    {NULL},
};

/* Returns an exit code. */
static int run_rules(const struct words *words, bool is_test)
{
    struct blot_ruleset *rules = NULL;
    int code = load(words, is_test ? EXIT_FAILED : 0, &rules);
    if (code == 0 && is_test)
        report_tests(words, rules);
    else if (code == 0)
        code = list(words, rules);
    blot_ruleset_free(rules);
    return code;
}

static int rules_run(int argc, char **argv)
{
    struct words words = {.request.command = "rules"};
    int operands;
    int r = arguments_parse(&rules_command, argc, argv, &words, &operands);
    if (r != 0)
        return r == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    const char *what = operands == 1 ? argv[1] : "";
    if (strcmp(what, "list") == 0 || strcmp(what, "test") == 0)
        return run_rules(&words, what[0] == 't');
    if (strcmp(what, "schema") == 0) {
        fputs(rules_schema, stdout);
        return 0;
    }
    if (strcmp(what, "allow") == 0)
        return rules_allow_run(words.request.token_id, words.request.token_file,
                               words.request.token_variable);
    fputs("blotter rules: one of list, test, schema, allow; `blotter rules --help` says more\n",
          stderr);
    return EX_USAGE;
}

const struct command rules_command = {
    .name = "rules",
    .usage = "list | test | schema | allow",
    .summary = "list and test rules, help to write them",
    .description = "list    every rule: id, pack, severity, action, why\n"
                   "test    run the examples of the packs and files; exit 1 when one fails\n"
                   "schema  JSON Schema of rule files, for editors\n"
                   "allow   read a value from stdin, print its keyed hash for an allow list\n",
    .arguments = arguments,
    .run = rules_run,
};
