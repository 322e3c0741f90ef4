#ifndef RULES_LOAD_ACTION_H
#define RULES_LOAD_ACTION_H
/* The keys of a rule that say what becomes of its findings (contract 2.11, 7). */
#include "rules/load.h"

#include <yaml.h>

enum load_action_key {
    LOAD_ACTION,
    LOAD_KEEP,
    LOAD_REPLACE,
    LOAD_SHADOW,
    LOAD_MASKED,
    LOAD_ACCEPT,
    LOAD_ISSUERS,
};

/* Reads the value of such a key into the rule; errors are reported. 0 or -ENOMEM. */
int load_action(struct load_report *report, enum load_action_key key, const yaml_node_t *value,
                struct rule *rule);
#endif
