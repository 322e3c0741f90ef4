#ifndef RULES_RULESET_H
#define RULES_RULESET_H
/* What a rule set is made of; immutable once blot_ruleset_new returned it. */
#include "rules/action/action.h"
#include "rules/action/token.h"
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

/* What the rule file says of a rule's action; else the options may. */
enum rule_given {
    GIVEN_ACTION = 1 << 0,
    GIVEN_TEXT = 1 << 1,
    GIVEN_KEEP = 1 << 2,
    GIVEN_MASKED = 1 << 3,
};

struct rule {
    char *id;
    char *replacement;     /* `[REDACTED_ID]` */
    char *own_text;        /* instead of that; may be NULL */
    const char *document;  /* its name, the caller's: valid while the rule set is made */
    unsigned line, column; /* in its document */
    int kind;              /* enum match_kind */
    uint8_t action;        /* enum action */
    uint8_t given;         /* enum rule_given */
    uint8_t keep;          /* enum keep */
    bool is_shadow;        /* reports what it finds and replaces nothing */
    bool normalises;       /* what others have masked (contract 2.11) */
    bool accepts_clear;    /* i_accept_pan_in_clear */
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
    struct inert own_texts; /* replacements that rules brought with them */
    enum keep keep;
    bool normalises;
    bool is_unsafe; /* some rule accepts card numbers in clear */
    bool has_shadows;
    uint32_t effects;            /* that rules may have: enum blot_effect */
    struct token_key *token_key; /* NULL: no rule makes tokens */
    struct view_marker marker;
};
#endif
