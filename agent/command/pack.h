#pragma once
/* Rule sets for commands: what --packs and --rules name. */
#include "rules/blotter.h"

enum {
    PACK_NAMES_MAX = 64, /* of one list */
};

struct pack_request {
    const char *command; /* for messages */
    const char *packs;   /* names with commas; NULL: pci */
    const char *rules;   /* files with commas; NULL: none */
    const char *more;    /* one file more; NULL: none */
    const char *kernel;  /* NULL: the best */
    const char *actions; /* RULE=ACTION with commas; NULL: as the rules say */
    const char *keep;    /* NULL: as the rules say */
    const char *masked;  /* NULL: as the rules say */
    const char *token_id, *token_file, *token_variable; /* NULL: no tokens */
    int failed_example; /* exit code where rules fail their examples; 0: 78 as for all else */
};

/* Compiles the rule set. Errors are told on stderr, each with its place. Returns an exit code: 0,
 * 64 for a list that is too long, 78 for rules that cannot be read or are not good. */
int pack_load(const struct pack_request *request, struct blot_ruleset **ret_rules);

/* All built-in packs together, for masking. 0 or negative errno. */
int pack_load_all(struct blot_ruleset **ret_rules);
