#pragma once
/* Rule sets for commands: what --packs and --rules name. */
#include "agent/arguments.h"
#include "rules/blotter.h"

enum {
    PACK_NAMES_MAX = 64, /* of one list */
};

struct pack_request {
    const char *command; /* for messages */
    const char *packs;   /* names with commas; NULL: pci */
    const char *rules;   /* files with commas; NULL: none */
    const char *more;    /* a pack or file more, or OLD=NEW: instead of OLD; NULL: none */
    const char *kernel;  /* NULL: the best */
    const char *actions; /* RULE=ACTION with commas; NULL: as the rules say */
    const char *keep;    /* NULL: as the rules say */
    const char *masked;  /* NULL: as the rules say */
    const char *token_id, *token_file, *token_variable; /* NULL: no tokens */
    int failed_example; /* exit code where rules fail their examples; 0: 78 as for all else */
};

/* The options that name rules, and the key of the tokens that they make or allow, as rows for a
 * command whose values are a `type` with a pack_request `request`. `default_packs`: as in the help.
 */
#define PACK_ARGUMENTS(type, default_packs)                                                        \
    {.name = "packs",                                                                              \
     .value = "NAME,…",                                                                            \
     .offset = offsetof(type, request.packs),                                                      \
     .help = "packs of rules: names, or paths of files (default: " default_packs ")"},             \
        {.name = "rules",                                                                          \
         .value = "FILE,…",                                                                        \
         .offset = offsetof(type, request.rules),                                                  \
         .help = "files with further rules"},                                                      \
        {.name = "token-id",                                                                       \
         .value = "NAME",                                                                          \
         .offset = offsetof(type, request.token_id),                                               \
         .help = "name of the key of tokens, 1-16 of a-z 0-9; every token shows it"},              \
        {.name = "token-key-file",                                                                 \
         .value = "FILE",                                                                          \
         .offset = offsetof(type, request.token_file),                                             \
         .help = "the file whose bytes are the key of tokens, 16 at least"},                       \
    {                                                                                              \
        .name = "token-key-env", .value = "VARIABLE",                                              \
        .offset = offsetof(type, request.token_variable),                                          \
        .help = "the environment variable that holds the key of tokens"                            \
    }

/* Those that say what is done with what rules find. */
#define PACK_ACTION_ARGUMENTS(type)                                                                \
    {.name = "action",                                                                             \
     .value = "RULE=ACTION,…",                                                                     \
     .offset = offsetof(type, request.actions),                                                    \
     .help = "instead of what the rules do: stars, replace, token, mask, drop_field, "             \
             "drop_record, quarantine, shadow"},                                                   \
        {.name = "keep",                                                                           \
         .value = "WHAT",                                                                          \
         .offset = offsetof(type, request.keep),                                                   \
         .choices_of = blot_keep_names,                                                            \
         .help = "what stars show of a card number (default: last4)"},                             \
    {                                                                                              \
        .name = "masked", .value = "WHAT", .offset = offsetof(type, request.masked),               \
        .choices_of = blot_masked_names,                                                           \
        .help = "what others have masked: keep (the default), or normalise to our form"            \
    }

/* Compiles the rule set. Errors are told on stderr, each with its place. Returns an exit code: 0,
 * 64 for a list that is too long, 78 for rules that cannot be read or are not good. */
int pack_load(const struct pack_request *request, struct blot_ruleset **ret_rules);

/* All built-in packs together, for masking. 0 or negative errno. */
int pack_load_all(struct blot_ruleset **ret_rules);
