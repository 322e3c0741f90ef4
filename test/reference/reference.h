#ifndef TEST_REFERENCE_REFERENCE_H
#define TEST_REFERENCE_REFERENCE_H
/* The reference redactor: a slow second form of the redaction contract (rules/README.md), written
 * from that page alone, section by section, and sharing nothing with the engine. Single-threaded
 * state: none; any thread may call it. It ends the process when memory runs out. */
#include <stdbool.h>
#include <stddef.h>

enum reference_flag {
    REFERENCE_CUT_START = 1 << 0, /* the text begins in the middle of something */
    REFERENCE_CUT_END = 1 << 1,   /* the text ends in the middle of something */
};

/* In the order of contract 4.1. */
enum reference_rule {
    REFERENCE_TRACK1,
    REFERENCE_TRACK2,
    REFERENCE_CVV,
    REFERENCE_PIN,
    REFERENCE_PAN,
    REFERENCE_RULES,
};

/* Contract 2.11. `quarantine` is the default here: a text alone does not show it. */
enum reference_action {
    REFERENCE_DEFAULT, /* stars of a PAN, else a replacement by name */
    REFERENCE_REPLACE,
    REFERENCE_TOKEN,
    REFERENCE_MASK,
    REFERENCE_DROP_FIELD,
    REFERENCE_DROP_RECORD,
    REFERENCE_SHADOW,
};

enum reference_keep {
    REFERENCE_LAST4,
    REFERENCE_FIRST6_LAST4,
    REFERENCE_FIRST8_LAST4,
};

enum { REFERENCE_PATHS_MOST = 8 };

/* Contract 7.9: a rule that finds by the paths of JSON members. */
struct reference_key_rule {
    const char *id;                              /* in lower case */
    const char *paths[REFERENCE_PATHS_MOST + 1]; /* the last is NULL */
    enum reference_action action;                /* by name, drop_field or drop_record */
};

/* All zero: the defaults. */
struct reference_options {
    enum reference_action actions[REFERENCE_RULES];
    const char *texts[REFERENCE_RULES]; /* own texts, or NULL */
    enum reference_keep keep;
    bool any_issuer;
    bool normalise;
    const char *key_id; /* of tokens */
    const char *key;
    const struct reference_key_rule *key_rules; /* in the order of loading */
    size_t key_rule_count;
};

/* Redacts a text of any number of lines. `*ret_out` is malloc'ed and belongs to the caller. */
__attribute__((visibility("default"))) void
reference_redact(const struct reference_options *options, const char *text, size_t size,
                 unsigned cut_flags, char **ret_out, size_t *ret_out_size);

#endif
