#include "rules/settle.h"

#include "rules/action/effect.h"
#include "rules/allow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settling {
    struct blot_ruleset *ruleset;
    const struct blot_options *options;
    struct load_report *report;
    bool is_partial; /* files had errors, and so not all their rules are there */
};

static void option_error(struct settling *settling, const char *message)
{
    settling->report->document = "options";
    load_error(settling->report, 0, 1, message);
}

static void action_error(struct settling *settling, size_t index, const char *message)
{
    settling->report->document = "actions";
    load_error(settling->report, (unsigned)index + 1, 1, message);
}

static void rule_error(struct settling *settling, const struct rule *rule, const char *message)
{
    settling->report->document = rule->document;
    load_error(settling->report, rule->line, rule->column, message);
}

static struct rule *find_rule(struct blot_ruleset *ruleset, const char *id)
{
    for (size_t i = 0; id && i < ruleset->rule_count; i++) {
        if (strcmp(ruleset->rules[i].id, id) == 0)
            return &ruleset->rules[i];
    }
    return NULL;
}

/* The action that the options give to a rule. */
static void apply_action(struct settling *settling, size_t index)
{
    const struct blot_action *given = &settling->options->actions[index];
    struct rule *rule = find_rule(settling->ruleset, given->rule);
    char message[ACTION_ERROR_BYTES];
    enum action action;
    if (!rule && settling->is_partial) {
        return;
    } else if (!rule) {
        action_error(settling, index,
                     "no rule of the packs or rule files has this id: `blotter rules list` shows "
                     "them");
    } else if (given->action && strcmp(given->action, ACTION_SHADOW) == 0) {
        rule->is_shadow = true;
    } else if (!action_read(given->action ? given->action : "", true, &action, message)) {
        action_error(settling, index, message);
    } else if (rule->given & GIVEN_ACTION && rule->action != action) {
        rule_error(settling, rule, "action: the rule has one, and the options another");
    } else {
        rule->action = (uint8_t)action;
        rule->given |= GIVEN_ACTION;
    }
}

static void apply_keep(struct settling *settling, struct rule *pan)
{
    enum keep keep;
    char message[ACTION_ERROR_BYTES];
    if (!settling->options->keep)
        return;
    if (!action_read_keep(settling->options->keep, &keep, message)) {
        option_error(settling, message);
    } else if (pan && pan->given & GIVEN_KEEP && pan->keep != keep) {
        rule_error(settling, pan,
                   "keep: the rule has one and the options another, and two truncations of one "
                   "number give it away (PCI SSC FAQ 1091, 1308)");
    } else if (pan) {
        pan->keep = (uint8_t)keep;
        pan->given |= GIVEN_KEEP;
    }
}

static void apply_masked(struct settling *settling, struct rule *pan)
{
    const char *masked = settling->options->masked;
    bool normalises;
    char message[ACTION_ERROR_BYTES];
    if (!masked)
        return;
    if (!action_read_masked(masked, &normalises, message))
        option_error(settling, message);
    else if (pan && pan->given & GIVEN_MASKED && pan->normalises != normalises)
        rule_error(settling, pan, "masked: the rule says one thing and the options another");
    else if (pan)
        pan->normalises = normalises;
}

static void apply_options(struct settling *settling)
{
    struct blot_ruleset *ruleset = settling->ruleset;
    int index = ruleset->rule_of_kind[MATCH_PAN];
    struct rule *pan = index < 0 ? NULL : &ruleset->rules[index];
    for (size_t i = 0; i < settling->options->action_count; i++)
        apply_action(settling, i);
    apply_keep(settling, pan);
    apply_masked(settling, pan);
    if (pan && settling->options->i_accept_pan_in_clear)
        pan->accepts_clear = true;
}

/* What only the rule on PANs has. */
static const char *pan_refusal(const struct rule *rule)
{
    if (rule->kind != MATCH_PAN) {
        if (rule->given & GIVEN_KEEP)
            return "keep: what is shown of a card number, and of nothing else";
        if (rule->given & GIVEN_MASKED)
            return "masked: for the rule on card numbers alone";
        if (rule->given & GIVEN_ISSUERS)
            return "issuers: for the rule on card numbers alone";
        return rule->accepts_clear ? "i_accept_pan_in_clear: for the rule on card numbers alone"
                                   : NULL;
    }
    if (rule->given & GIVEN_KEEP && rule->action == ACTION_TOKEN)
        return "keep: digits beside a token of the same number narrow it down (PCI DSS 3.5.1, PCI "
               "SSC FAQ 1308); have one of them";
    if (rule->given & GIVEN_KEEP && rule->action != ACTION_DEFAULT &&
        rule->action != ACTION_QUARANTINE)
        return "keep: for the action stars";
    if (rule->disabled && !rule->accepts_clear)
        return "the rule on card numbers stays on; i_accept_pan_in_clear: true says that you know";
    if (allow_is_set(rule) && !rule->accepts_clear)
        return "allow: lets card numbers through; i_accept_pan_in_clear: true says that you know";
    if (rule->is_shadow && !rule->accepts_clear)
        return "shadow: lets card numbers through; i_accept_pan_in_clear: true says that you know";
    return NULL;
}

/* Hashes are tokens, so they need the key that they were made with. */
static const char *hash_refusal(const struct settling *settling, const struct rule *rule)
{
    const char *id = settling->options->token_key_id;
    if (rule->allow.hash_count && !id)
        return "allow: hashes need the key of tokens that they were made with, and its name, from "
               "the options or the configuration";
    for (size_t i = 0; i < rule->allow.hash_count; i++) {
        const char *made = rule->allow.hashes[i] + 4; /* behind `tok_` */
        if (strlen(id) != strcspn(made, "_") || strncmp(made, id, strlen(id)) != 0)
            return "allow: a hash that was made with another key of tokens";
    }
    return NULL;
}

static const char *refusal_of(const struct settling *settling, const struct rule *rule)
{
    if (action_is_sad(rule->kind) && rule->is_shadow)
        return "shadow: sensitive authentication data is never let through (PCI DSS 3.3.1)";
    if (action_is_sad(rule->kind) && rule->disabled)
        return "a rule on sensitive authentication data stays on (PCI DSS 3.3.1)";
    if (action_is_sad(rule->kind) && allow_is_set(rule))
        return "allow: sensitive authentication data is never let through (PCI DSS 3.3.1)";
    if (rule->given & GIVEN_TEXT && rule->action != ACTION_REPLACE)
        return "replace: for the action replace";
    const char *refusal = action_refusal(rule->kind, rule->action, rule->given & GIVEN_ACTION);
    if (refusal)
        return refusal;
    if (rule->action == ACTION_TOKEN && !settling->options->token_key_id)
        return "action: a token needs a key of at least 128 bits and a name for it, from the "
               "options or the configuration";
    refusal = hash_refusal(settling, rule);
    return refusal ? refusal : pan_refusal(rule);
}

static int add_own_text(struct blot_ruleset *ruleset, struct rule *rule)
{
    const char **texts =
        realloc(ruleset->own_texts.texts, (ruleset->own_texts.count + 1) * sizeof(*texts));
    if (!texts)
        return -ENOMEM;
    ruleset->own_texts.texts = texts;
    texts[ruleset->own_texts.count++] = rule->own_text;
    return 0;
}

static int settle_rule(struct settling *settling, struct rule *rule)
{
    struct blot_ruleset *ruleset = settling->ruleset;
    if (rule->given & GIVEN_TEXT && !(rule->given & GIVEN_ACTION))
        rule->action = ACTION_REPLACE;
    const char *refusal = refusal_of(settling, rule);
    if (refusal) {
        rule_error(settling, rule, refusal);
        return 0;
    }
    if (rule->kind == MATCH_PAN) {
        ruleset->keep = rule->keep;
        ruleset->normalises = rule->normalises;
        ruleset->any_issuer = rule->any_issuer;
        if (rule->any_issuer)
            issuer_index_any(&ruleset->sift.issuers);
        ruleset->is_unsafe |= rule->accepts_clear;
    }
    ruleset->has_shadows |= rule->is_shadow;
    ruleset->drops_fields |= rule->action == ACTION_DROP_FIELD;
    ruleset->effects |= effect_of_rule(rule);
    return rule->own_text ? add_own_text(ruleset, rule) : 0;
}

static int settle_token(struct settling *settling)
{
    const struct blot_options *options = settling->options;
    if (!options->token_key_id && !options->token_key)
        return 0;
    struct token_key *key = NULL;
    int r = token_key_new(options->token_key_id, options->token_key, options->token_key_size, &key);
    if (r == -EINVAL) {
        option_error(settling, "token: the key has 16 to 4096 bytes, its name 1–16 of a–z 0–9");
        return 0;
    }
    if (r < 0)
        return r;
    bool is_used = false;
    for (size_t i = 0; i < settling->ruleset->rule_count; i++)
        is_used |= settling->ruleset->rules[i].action == ACTION_TOKEN ||
                   settling->ruleset->rules[i].allow.hash_count;
    settling->ruleset->token_key = is_used ? key : token_key_free(key);
    return 0;
}

int settle_actions(struct blot_ruleset *ruleset, const struct blot_options *options,
                   struct load_report *report)
{
    size_t errors = report->errors;
    struct settling settling = {ruleset, options, report, .is_partial = errors > 0};
    apply_options(&settling);
    int r = settle_token(&settling);
    for (size_t i = 0; r == 0 && i < ruleset->rule_count; i++)
        r = settle_rule(&settling, &ruleset->rules[i]);
    if (r < 0)
        return r;
    return report->errors > errors ? -EINVAL : 0;
}
