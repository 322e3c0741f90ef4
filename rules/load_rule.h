#ifndef RULES_LOAD_RULE_H
#define RULES_LOAD_RULE_H
/* A rule while it is read from a rule file, for the files that read its keys: load_rule.c,
 * load_list.c, load_allow.c, load_action.c, and load_change.c for those that change. */
#include "rules/load.h"

/* Which keys a rule had. */
enum rule_key {
    KEY_ID = 1 << 0,
    KEY_WHY = 1 << 1,
    KEY_SEVERITY = 1 << 2,
    KEY_DETECTOR = 1 << 3,
    KEY_PATTERN = 1 << 4,
    KEY_KEYWORDS = 1 << 5,
    KEY_WHERE = 1 << 6,
    KEY_SLOW = 1 << 7,
    KEY_VALIDATORS = 1 << 8,
    KEY_ALLOW = 1 << 9,
    KEY_ENABLED = 1 << 10,
    KEY_MATCH = 1 << 11,
    KEY_NO_MATCH = 1 << 12,
    KEY_ACTION = 1 << 13, /* from here on in the order of enum load_action_key */
    KEY_KEEP = 1 << 14,
    KEY_REPLACE = 1 << 15,
    KEY_SHADOW = 1 << 16,
    KEY_MASKED = 1 << 17,
    KEY_ACCEPT = 1 << 18,
    KEY_ISSUERS = 1 << 19,
    KEY_KEYS = 1 << 20,
};

/* A rule while it is read. */
struct reading {
    struct load *load;
    struct rule *rule;
    unsigned keys;
    unsigned key;               /* at hand */
    const yaml_node_t *pattern; /* is compiled when all else is known */
};

/* The rule of that id, or NULL. */
struct rule *load_rule_find(struct load *load, const char *id);

/* Reads all keys but `known` ones, which were read before, and compiles the pattern when it has
 * changed. */
void load_rule_members(struct reading *reading, const yaml_node_t *node, unsigned known);

/* Reports what must not stand beside `keys`. */
void load_rule_check_paths(struct reading *reading, const yaml_node_t *node);
#endif
