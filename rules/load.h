#ifndef RULES_LOAD_H
#define RULES_LOAD_H
/* Rules from YAML (contract 7). */
#include "rules/ruleset.h"

/* Where errors go, and how many there were. */
struct load_report {
    blot_error_function *on_error; /* may be NULL */
    void *user;
    const char *document;
    size_t errors;
};

/* Reports one error at a place of the document, counted from 1. */
void load_error(struct load_report *report, unsigned line, unsigned column, const char *message);

/* Adds the rules of one document to `ruleset`, which owns them then. Errors of the document are
 * reported, all of them. 0, -EINVAL when there were errors, or -ENOMEM. */
int load_document(struct blot_ruleset *ruleset, const struct blot_document *document,
                  struct load_report *report);

/* Frees what load_document made of a rule. */
void load_free_rule(struct rule *rule);
#endif
