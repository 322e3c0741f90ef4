#ifndef RULES_RULESET_H
#define RULES_RULESET_H
/* What a rule set is made of; immutable once blot_ruleset_new returned it. */
#include "rules/blotter.h"
#include "rules/match/match.h"
#include "rules/scan.h"
#include "rules/validate/issuer.h"

enum {
    MATCH_KINDS = MATCH_PAN + 1,
    HASH_HEX = 64,
};

struct rule {
    char *id;
};

struct blot_ruleset {
    struct rule *rules;
    size_t rule_count;
    int rule_of_kind[MATCH_KINDS]; /* index of the rule with that detector; -1: none */
    char hash[HASH_HEX + 1];
    const struct scan_kernel *kernel;
    struct issuer_index issuers;
};
#endif
