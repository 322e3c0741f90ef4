#ifndef RULES_LOAD_H
#define RULES_LOAD_H
/* Rules from YAML (contract 7). load.c reads files, load_rule.c the rules in them,
 * load_change.c what changes rules that are there. */
#include "rules/ruleset.h"

#include <yaml.h>

enum {
    LOAD_BYTES_MAX = 1 << 20,
    LOAD_DOCUMENTS_MAX = 256,
    LOAD_DEPTH_MAX = 16, /* of packs that take in packs */
    LOAD_ITEMS_MAX = 1000,
    LOAD_ALL_ITEMS_MAX = 65536, /* of all lists: aliases make much of a small file */
};

/* Where errors go, and how many there were. */
struct load_report {
    blot_error_function *on_error; /* may be NULL */
    void *user;
    const char *document;
    size_t errors;
};

/* Reports one error at a place of the document, counted from 1. */
void load_error(struct load_report *report, unsigned line, unsigned column, const char *message);

/* All documents of one rule set. */
struct load {
    struct blot_ruleset *ruleset;
    struct load_report *report;
    const struct blot_options *options;
    void *hash; /* an EVP_MD_CTX, over all of them */
    struct load_known {
        char *name;
        uint8_t digest[32];
        bool under_way; /* it takes in the one at hand, or is it */
    } known[LOAD_DOCUMENTS_MAX];
    size_t count;
    size_t items; /* of all lists so far */
    unsigned depth;
    bool personal;         /* of the document at hand */
    const char *document;  /* its name */
    yaml_document_t *yaml; /* itself */
    int result;            /* -ENOMEM once memory failed */
};

/* Adds the built-in pack of that name, unless it is in already. 0; -ENOENT: there is none;
 * -EINVAL when there were errors, all reported; -ENOMEM. */
int load_pack(struct load *load, const char *name);

/* The same for a document. */
int load_document(struct load *load, const struct blot_document *document);

/* Frees the names. The rules belong to the rule set. */
void load_finish(struct load *load);

/* Of load_rule.c: reads a rule of a document. Of load_change.c: what changes one that is there, and
 * what switches one off or on by its id. */
void load_rule_read(struct load *load, const yaml_node_t *node);
void load_change(struct load *load, const yaml_node_t *node);
void load_change_switch(struct load *load, const yaml_node_t *node, bool on);

/* Helpers of all of them. */
void load_error_at(struct load *load, const yaml_node_t *node, const char *message);
/* The text of a scalar without NUL bytes, owned by the caller; NULL when it is none, reported. */
char *load_text(struct load *load, const yaml_node_t *node, const char *message);
/* The items of a list, at least one; 0: reported, of too many in all once. */
size_t load_items(struct load *load, const yaml_node_t *node, const char *message,
                  const yaml_node_item_t **ret_items);
/* `true` or `false`; reported otherwise. */
bool load_flag(struct load *load, const yaml_node_t *node, const char *message);
const char *load_scalar(const yaml_node_t *node);

/* Frees what load_rule made of a rule. */
void load_rule_free(struct rule *rule);
#endif
