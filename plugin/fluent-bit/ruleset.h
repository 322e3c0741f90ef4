#pragma once
/* The rule set of an instance, from its properties. */
#include "rules/blotter.h"

enum {
    RULESET_FILES_MAX = 64,
    RULESET_FILE_MAX_BYTES = 1024 * 1024,
};

struct ruleset_properties {
    const char *packs;   /* names with commas or blanks between; NULL: pci */
    const char *rules;   /* files and globs, likewise; NULL: none */
    const char *actions; /* RULE=ACTION, likewise; NULL: what the rules say */
    const char *keep;    /* last4, first6_last4, first8_last4; NULL: last4 */
    const char *kernel;  /* NULL: the best */
    /* Of tokens: the key's name and the file that holds it; NULL: there are none. */
    const char *token_key_id;
    const char *token_key_file;
};

/* Says in the host's log what is wrong. 0 or negative errno. */
int ruleset_load(const struct ruleset_properties *properties, struct blot_ruleset **ret_ruleset);
