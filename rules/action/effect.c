#include "rules/action/effect.h"

uint16_t effect_rule(const struct blot_ruleset *ruleset, const struct match *match)
{
    if (match->kind == MATCH_PATTERN || match->kind == MATCH_BASE64 ||
        (match->kind == MATCH_WITHHELD && match->reason == BLOT_WITHHELD_LIMIT))
        return match->rule;
    return match->kind == MATCH_WITHHELD ? 0 : (uint16_t)ruleset->rule_of_kind[match->kind];
}

int effect_take_shadows(const struct blot_ruleset *ruleset, struct match_list *matches, size_t from,
                        struct match_list *shadows)
{
    size_t kept = from;
    for (size_t i = from; ruleset->has_shadows && i < matches->count; i++) {
        const struct match *match = match_list_at(matches, i);
        /* What is only reported of base64 was taken from its text. */
        if (match->kind == MATCH_WITHHELD || match->kind == MATCH_BASE64 ||
            !ruleset->rules[effect_rule(ruleset, match)].is_shadow) {
            *match_list_at(matches, kept++) = *match;
            continue;
        }
        int r = shadows ? match_add(shadows, match) : 0;
        if (r < 0)
            return r;
    }
    if (ruleset->has_shadows)
        matches->count = kept;
    return 0;
}

uint32_t effect_of_rule(const struct rule *rule)
{
    if (rule->is_shadow)
        return 0;
    return rule->action == ACTION_DROP_RECORD  ? BLOT_DROP_RECORD
           : rule->action == ACTION_QUARANTINE ? BLOT_QUARANTINE
                                               : 0u;
}

uint32_t effect_of(const struct blot_ruleset *ruleset, const struct match *matches, size_t count,
                   uint16_t *ret_rule)
{
    uint32_t effects = 0;
    for (size_t i = 0; ruleset->effects && i < count; i++) {
        bool nested = matches[i].kind == MATCH_BASE64;
        if (!nested && (matches[i].kind == MATCH_WITHHELD || matches[i].is_foreign ||
                        matches[i].reason != BLOT_REDACTED))
            continue;
        uint16_t rule = effect_rule(ruleset, &matches[i]);
        uint32_t own = nested ? matches[i].effects : effect_of_rule(&ruleset->rules[rule]);
        if (own & ~effects & BLOT_DROP_RECORD)
            *ret_rule = rule;
        effects |= own;
    }
    return effects;
}
