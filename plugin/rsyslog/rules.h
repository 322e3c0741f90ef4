#pragma once
/* The rule set of an action, from its parameters. Configuration thread. */
#include "plugin/rsyslog/host.h"

struct blot_ruleset;

/* Rows of a module's parameters that rules_read reads. */
#define RULES_PARAMETERS                                                                           \
    {"packs", HOST_TYPE_ARRAY, 0}, {"rules", HOST_TYPE_ARRAY, 0}, {"action", HOST_TYPE_ARRAY, 0},  \
        {"keep", HOST_TYPE_WORD, 0}, {"tokenKeyId", HOST_TYPE_WORD, 0},                            \
    {                                                                                              \
        "tokenKeyFile", HOST_TYPE_WORD, 0                                                          \
    }

/* Reads the rule files (globs; one that matches nothing is no error, a plain path that is not there
 * is) and the token key, and compiles them with the packs. Every error is logged as `module`'s. 0,
 * -EINVAL, -ENOMEM. */
int rules_read(const char *module, const struct host_setting *settings,
               const struct host_parameters *block, struct blot_ruleset **ret_ruleset);
