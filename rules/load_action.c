#include "rules/load_action.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void error_at(struct load_report *report, const yaml_node_t *node, const char *message)
{
    load_error(report, (unsigned)node->start_mark.line + 1, (unsigned)node->start_mark.column + 1,
               message);
}

static void read_action(struct load_report *report, const yaml_node_t *node, const char *text,
                        struct rule *rule)
{
    enum action action;
    char message[ACTION_ERROR_BYTES];
    if (!action_read(text, false, &action, message)) {
        error_at(report, node, message);
        return;
    }
    rule->action = (uint8_t)action;
    rule->given |= GIVEN_ACTION;
}

static void read_keep(struct load_report *report, const yaml_node_t *node, const char *text,
                      struct rule *rule)
{
    enum keep keep;
    char message[ACTION_ERROR_BYTES];
    if (!action_read_keep(text, &keep, message)) {
        error_at(report, node, message);
        return;
    }
    if (rule->given & GIVEN_KEEP && rule->keep != keep) {
        error_at(report, node,
                 "keep: the rule has another, and two truncations of one number give it away (PCI "
                 "SSC FAQ 1091, 1308)");
        return;
    }
    rule->keep = (uint8_t)keep;
    rule->given |= GIVEN_KEEP;
}

static int read_replacement(struct load_report *report, const yaml_node_t *node, const char *text,
                            struct rule *rule)
{
    if (!action_text_fits(text) || strlen(text) != node->data.scalar.length) {
        error_at(report, node,
                 "replace: a text in brackets, 1–32 of A–Z a–z 0–9 _ - . and blanks between them, "
                 "such as \"[card number]\"; it does not begin as the built-in ones do");
        return 0;
    }
    char *copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    free(rule->own_text);
    rule->own_text = copy;
    rule->given |= GIVEN_TEXT;
    return 0;
}

static void read_masked(struct load_report *report, const yaml_node_t *node, const char *text,
                        struct rule *rule)
{
    char message[ACTION_ERROR_BYTES];
    if (!action_read_masked(text, &rule->normalises, message))
        error_at(report, node, message);
    rule->given |= GIVEN_MASKED;
}

static void read_issuers(struct load_report *report, const yaml_node_t *node, const char *text,
                         struct rule *rule)
{
    rule->any_issuer = strcmp(text, "any") == 0;
    rule->given |= GIVEN_ISSUERS;
    if (!rule->any_issuer && strcmp(text, "known") != 0)
        error_at(report, node, "issuers: known or any");
}

static bool read_bool(struct load_report *report, const yaml_node_t *node, const char *text,
                      const char *message)
{
    bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        error_at(report, node, message);
    return is_true;
}

int load_action(struct load_report *report, enum load_action_key key, const yaml_node_t *value,
                struct rule *rule)
{
    const char *text =
        value->type == YAML_SCALAR_NODE ? (const char *)value->data.scalar.value : "";
    switch (key) {
    case LOAD_ACTION:
        read_action(report, value, text, rule);
        break;
    case LOAD_KEEP:
        read_keep(report, value, text, rule);
        break;
    case LOAD_REPLACE:
        return read_replacement(report, value, text, rule);
    case LOAD_SHADOW:
        rule->is_shadow = read_bool(report, value, text, "shadow: true or false");
        break;
    case LOAD_MASKED:
        read_masked(report, value, text, rule);
        break;
    case LOAD_ISSUERS:
        read_issuers(report, value, text, rule);
        break;
    case LOAD_ACCEPT:
        rule->accepts_clear =
            read_bool(report, value, text, "i_accept_pan_in_clear: true or false");
        break;
    }
    return 0;
}
