#ifndef RULES_RULESET_H
#define RULES_RULESET_H
/* What a rule set is made of; immutable once blot_ruleset_new returned it. */
#include "rules/action/action.h"
#include "rules/action/token.h"
#include "rules/blotter.h"
#include "rules/match/match.h"
#include "rules/prefilter.h"
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
    const char *document;  /* its name, valid while the rule set is made */
    unsigned line, column; /* in it */
};

/* What the rule file says of a rule's action; else the options may. */
enum rule_given {
    GIVEN_ACTION = 1 << 0,
    GIVEN_TEXT = 1 << 1,
    GIVEN_KEEP = 1 << 2,
    GIVEN_MASKED = 1 << 3,
    GIVEN_ISSUERS = 1 << 4,
};

enum {
    VALIDATORS_MAX = 8,
    KEYWORD_MAX = 64, /* bytes */
};

enum severity {
    SEVERITY_LOW,
    SEVERITY_MEDIUM,
    SEVERITY_HIGH,
    SEVERITY_CRITICAL,
};

/* Exceptions of a rule (contract 7.6). */
struct allow {
    struct pattern **patterns; /* of whole values */
    size_t pattern_count;
    char **keys;
    size_t key_count;
    char **hashes; /* tokens of values, of numbers by their digits */
    size_t hash_count;
};

struct rule {
    char *id;
    char *why;
    char *replacement;     /* `[REDACTED_ID]` */
    char *own_text;        /* instead of that; may be NULL */
    const char *document;  /* its name: valid while the rule set is made */
    unsigned line, column; /* in its document: of what changed it last */
    int kind;              /* enum match_kind */
    uint8_t action;        /* enum action */
    uint8_t given;         /* enum rule_given */
    uint8_t keep;          /* enum keep */
    bool is_shadow;        /* reports what it finds and replaces nothing */
    bool normalises;       /* what others have masked (contract 2.11) */
    bool accepts_clear;    /* i_accept_pan_in_clear */
    bool any_issuer;       /* `issuers: any` (contract 2.6) */
    char **keywords;
    size_t keyword_count;
    char *text;              /* of the pattern */
    struct pattern *pattern; /* NULL: a detector, or paths */
    struct path **paths;     /* of JSON members, instead of both */
    size_t path_count;
    const struct detector *detector; /* one with a shape; NULL: `kind` says which */
    const struct validator *validators[VALIDATORS_MAX];
    size_t validator_count;
    struct allow allow;
    enum severity severity;
    bool is_key_block; /* private keys over several lines */
    bool personal;     /* personal data, which comes after secrets */
    bool in_line;      /* the pattern may begin anywhere in a line with a keyword, not only at it */
    bool slow;         /* there are no keywords: it is tried on every line */
    bool disabled;
    uint32_t *items; /* of the prefilter */
    size_t item_count;
    struct example *examples;
    size_t example_count;
};

struct blot_ruleset {
    struct rule *rules;
    size_t rule_count;
    size_t pattern_count; /* rules that are patterns, or detectors with a shape */
    size_t slow_count;
    uint16_t *order;      /* of these, which goes before which */
    uint32_t *item_first; /* see order.c */
    uint16_t *item_rules;
    struct prefilter prefilter;
    bool any_issuer;     /* of the rule on PANs */
    bool has_key_blocks; /* with the rule `key_rule` */
    uint16_t key_rule;
    uint32_t key_item;             /* what a line with BEGIN has */
    int rule_of_kind[MATCH_KINDS]; /* index of the rule with that detector; -1: none */
    char hash[HASH_HEX + 1];
    const struct scan_kernel *kernel;
    struct sift_tables sift;
    struct inert own_texts; /* replacements that rules brought with them */
    enum keep keep;
    bool normalises;
    bool is_unsafe; /* some rule accepts card numbers in clear */
    bool has_shadows;
    bool drops_fields;  /* a rule does */
    bool ignores_allow; /* for canaries: allow lists have nothing */
    bool ignores_keys;  /* for canaries: key rules but `tested` find nothing */
    size_t tested;
    uint32_t effects;            /* that rules may have: enum blot_effect */
    struct token_key *token_key; /* NULL: no rule makes tokens */
    struct view_marker marker;
};
#endif
