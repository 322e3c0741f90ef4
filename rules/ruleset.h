#ifndef RULES_RULESET_H
#define RULES_RULESET_H
/* What a rule set is made of; immutable once blot_ruleset_new returned it. */
#include "rules/blotter.h"
#include "rules/match/match.h"
#include "rules/scan.h"
#include "rules/sift.h"
#include "rules/view/inert.h"

enum {
    HASH_HEX = 64,
};

/* An example of a rule. Kept without check digits, which `check` says the places of. */
struct example {
    char *text; /* CANARY_CHECK stands for a check digit */
    bool must_match;
    unsigned line, column; /* in its document */
};

struct rule {
    char *id;
    char *replacement;    /* of a pattern */
    const char *document; /* its name, the caller's: valid while the rule set is made */
    int kind;             /* enum match_kind */
    char **keywords;
    size_t keyword_count;
    struct pattern *pattern; /* NULL: a detector */
    struct example *examples;
    size_t example_count;
};

struct blot_ruleset {
    struct rule *rules;
    size_t rule_count;
    size_t pattern_count;
    int rule_of_kind[MATCH_KINDS]; /* index of the rule with that detector; -1: none */
    char hash[HASH_HEX + 1];
    const struct scan_kernel *kernel;
    struct sift_tables sift;
    struct inert own_texts;
};
#endif
