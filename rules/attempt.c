#include "rules/attempt.h"

#include "rules/allow.h"
#include "rules/match/detector.h"
#include "rules/validate/validator.h"

enum {
    TRACED_GAP = 8,     /* units between a keyword and what it may name */
    TRACED_UNITS = 256, /* of that */
};

bool attempt_is_valid(const struct rule *rule, const uint8_t *value, size_t size)
{
    for (size_t i = 0; i < rule->validator_count; i++) {
        if (!rule->validators[i]->holds(value, size))
            return false;
    }
    return true;
}

int attempt_gates(struct line *line, const struct rule *rule, const struct view *view, uint32_t at,
                  struct pattern_match *ret_match, struct verdict *verdict)
{
    ret_match->after = 0;
    if (rule->detector) {
        if (!rule->detector->find(view, at, &ret_match->begin, &ret_match->end))
            return 0;
        ret_match->after = ret_match->end;
    } else {
        int r =
            pattern_try(rule->pattern, line->patterns, view->symbols, view->size, at, ret_match);
        if (r <= 0)
            return r;
    }
    uint32_t begin = ret_match->begin, end = ret_match->end;
    if (begin >= end ||
        gate_fails(verdict, GATE_VALIDATOR,
                   !attempt_is_valid(rule, view->symbols + begin, end - begin)) ||
        gate_fails(verdict, GATE_ALLOWED, allow_has(line, rule, view, begin, end)))
        return 0;
    return verdict->failed == 0;
}

int attempt(struct line *line, const struct rule *rule, const struct view *view, uint32_t at,
            struct pattern_match *ret_match)
{
    struct verdict verdict = {.all = false};
    if (rule->path_count)
        return 1; /* only the exact search reads JSON */
    return attempt_gates(line, rule, view, at, ret_match, &verdict);
}

/* Where the keyword of the rule ends that stands at `at`; `at` when none does. */
static uint32_t keyword_end(const struct rule *rule, const struct view *view, uint32_t at)
{
    uint32_t longest = 0;
    for (size_t i = 0; i < rule->keyword_count; i++) {
        const char *keyword = rule->keywords[i];
        uint32_t length = 0;
        while (keyword[length] && at + length < view->size &&
               symbol_lower(view->symbols[at + length]) == symbol_lower((uint8_t)keyword[length]))
            length++;
        longest = !keyword[length] && length > longest ? length : longest;
    }
    return at + longest;
}

void attempt_trace(const struct line *line, uint16_t number, const struct view *view, uint32_t at,
                   const struct pattern_match *found, struct verdict *verdict, bool is_limited)
{
    const struct rule *rule = &line->ruleset->rules[number];
    struct trace_candidate candidate = {.view = view, .rule = number, .kind = MATCH_PATTERN};
    bool matched = found->after != 0 && found->begin < found->end;
    if (!matched && rule->detector)
        return; /* a shape such as `@` is in many lines */
    gate_fails(verdict, is_limited ? GATE_LIMIT : GATE_PATTERN, !matched && !is_limited);
    candidate.begin = found->begin;
    candidate.end = found->end;
    if (!matched) {
        uint32_t end = keyword_end(rule, view, at), begin = end;
        for (unsigned n = 0; n < TRACED_GAP && begin < view->size; n++, begin++) {
            if (!symbol_is(view->symbols[begin], CLASS_BLANK | CLASS_QUOTE) &&
                view->symbols[begin] != ':' && view->symbols[begin] != '=')
                break;
        }
        candidate.label_begin = at;
        candidate.label_end = end;
        candidate.begin = candidate.end = begin;
        while (candidate.end < view->size && candidate.end - begin < TRACED_UNITS &&
               !symbol_is(view->symbols[candidate.end], CLASS_BLANK | CLASS_QUOTE | CLASS_BOUNDARY))
            candidate.end++;
    }
    candidate.verdict = *verdict;
    line->matches.trace->add(line->matches.trace->user, &candidate);
}
