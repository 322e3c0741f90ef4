#include "rules/secret.h"

#include "rules/action/effect.h"
#include "rules/attempt.h"
#include "rules/closed.h"
#include "rules/key_rule.h"
#include "rules/piece.h"

#include <errno.h>
#include <string.h>

enum {
    REJECTED_MAX = 256,
};

/* A place where a keyword or shape stands. */
struct hit {
    uint32_t at;
    uint32_t item;
};

struct collect {
    struct line *line;
    size_t count;
    size_t first; /* of the view at hand */
};

/* Adds it in the order of places: they come nearly so. */
static int collect_hit(void *user, size_t at, unsigned item)
{
    struct collect *collect = user;
    struct line *line = collect->line;
    int r = buffer_reserve(line->memory, &line->hits, (collect->count + 1) * sizeof(struct hit),
                           collect->count * sizeof(struct hit));
    if (r < 0)
        return r;
    struct hit *hits = line->hits.data;
    size_t place = collect->count++;
    for (; place > collect->first && hits[place - 1].at > at; place--)
        hits[place] = hits[place - 1];
    hits[place] = (struct hit){.at = (uint32_t)at, .item = item};
    return 0;
}

/* The hits of view v are [first[v], first[v + 1]). */
static int collect_hits(struct line *line, size_t *first)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    struct collect collect = {.line = line};
    memset(line->wanted.data, 0, ruleset->rule_count);
    for (unsigned i = 0; i < line->view_count; i++) {
        const struct view *view = &line->views[i];
        first[i] = collect.first = collect.count;
        int r = prefilter_scan(&ruleset->prefilter, ruleset->kernel, NULL, view->symbols,
                               view->size, collect_hit, &collect);
        if (r < 0)
            return r;
    }
    first[line->view_count] = collect.count;
    for (size_t i = 0; i < collect.count; i++) {
        uint32_t item = ((struct hit *)line->hits.data)[i].item;
        for (uint32_t n = ruleset->item_first[item]; n < ruleset->item_first[item + 1]; n++)
            ((bool *)line->wanted.data)[ruleset->item_rules[n]] = true;
    }
    return 0;
}

static bool rule_has_item(const struct rule *rule, uint32_t item)
{
    for (size_t i = 0; i < rule->item_count; i++) {
        if (rule->items[i] == item)
            return true;
    }
    return false;
}

/* Tries a rule at `at`, adds what it finds, and sets where to go on; 0: its pattern did not match.
 * `keyword`: from where on a line is withheld whose pattern runs into a limit. Returns 1 when it
 * found something, 0 or -ENOMEM. */
static int find_at(struct line *line, uint16_t number, const struct view *view, uint32_t at,
                   uint32_t keyword, bool cut_end, uint32_t *ret_after)
{
    const struct rule *rule = &line->ruleset->rules[number];
    struct match match = {.kind = MATCH_PATTERN, .rule = number};
    struct pattern_match found;
    struct verdict verdict = {.all = line->matches.trace != NULL};
    int r = attempt_gates(line, rule, view, at, &found, &verdict);
    if (verdict.all && (found.after != 0 || at == keyword || (rule->in_line && at == 0)))
        attempt_trace(line, number, view, keyword, &found, &verdict, r == -ELOOP);
    if (r == 0 && cut_end && rule->pattern && found.after == 0 &&
        pattern_is_cut(rule->pattern, line->patterns, view->symbols, view->size, at)) {
        match.reason = BLOT_WITHHELD_LENGTH;
        found = (struct pattern_match){.begin = at, .end = view->size, .after = view->size};
        r = 1;
    }
    if (r == -ELOOP) {
        match.kind = MATCH_WITHHELD;
        match.reason = BLOT_WITHHELD_LIMIT;
        found = (struct pattern_match){
            .begin = at > keyword ? at : keyword, .end = view->size, .after = view->size + 1};
        r = 1;
    }
    *ret_after = found.after;
    if (r <= 0)
        return r;
    r = piece_add(line, view, found.begin, found.end, match);
    return r < 0 ? r : 1;
}

/* What one rule finds in one view, none of it twice. */
static int find_in_view(struct line *line, uint16_t number, const struct view *view,
                        const struct hit *hits, size_t count, bool cut_end)
{
    const struct rule *rule = &line->ruleset->rules[number];
    uint32_t after = 0, done = 0;
    size_t first = 0;
    while (first < count && !rule_has_item(rule, hits[first].item))
        first++;
    if (first == count && !rule->slow)
        return 0;
    if (rule->path_count)
        return key_rule_find(line, number, view);
    if (rule->in_line || rule->slow) {
        uint32_t keyword = first < count ? hits[first].at : 0;
        for (uint32_t at = 0; at <= view->size; at = after) {
            int r = find_at(line, number, view, at, keyword, cut_end, &after);
            if (r < 0 || after == 0)
                return r < 0 ? r : 0;
        }
        return 0;
    }
    for (size_t i = first; i < count; i++) {
        if (hits[i].at < done || !rule_has_item(rule, hits[i].item))
            continue;
        int r = find_at(line, number, view, hits[i].at, hits[i].at, cut_end, &after);
        if (r < 0)
            return r;
        /* A long match that is no finding is not searched again from within: that would take the
         * square of its length. */
        if (r > 0 || after - hits[i].at > REJECTED_MAX)
            done = after > done ? after : done;
    }
    return 0;
}

/* Puts what of the line is part of a private key in the place of all that was found within; one
 * that is only reported, in the place of nothing. */
static int take_key(struct line *line, struct match_list *shadows)
{
    static const char inert[] = "[REDACTED_";
    struct match match = {.begin = line->key_begin,
                          .end = line->key_end,
                          .kind = MATCH_PATTERN,
                          .rule = line->ruleset->key_rule};
    const uint8_t *text = line->text_now + match.begin;
    size_t kept = 0, size = match.end - match.begin;
    line->key_begin = line->key_end = 0;
    if (size == 0 || (size > sizeof(inert) && memcmp(text, inert, sizeof(inert) - 1) == 0 &&
                      memchr(text, ']', size) == text + size - 1))
        return 0;
    if (line->ruleset->has_shadows && line->ruleset->rules[match.rule].is_shadow)
        return shadows ? match_add(shadows, &match) : 0;
    for (size_t i = 0; i < line->matches.count; i++) {
        const struct match *other = match_list_at(&line->matches, i);
        if (other->end <= match.begin || other->begin >= match.end)
            *match_list_at(&line->matches, kept++) = *other;
    }
    line->matches.count = kept;
    return match_add(&line->matches, &match);
}

int secret_find(struct line *line, unsigned flags, struct match_list *shadows)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    if (ruleset->pattern_count == 0)
        return 0;
    int taken = take_key(line, shadows);
    if (taken < 0)
        return taken;
    size_t first[ESCAPE_ROUNDS + 2], found = line->matches.count;
    bool closed = false;
    int r = buffer_reserve(line->memory, &line->wanted, ruleset->rule_count, 0);
    if (r == 0)
        r = collect_hits(line, first);
    for (size_t i = 0; r == 0 && i < ruleset->pattern_count; i++) {
        uint16_t number = ruleset->order[i];
        bool is_field = key_rule_has_field(line, &ruleset->rules[number]);
        if (!((bool *)line->wanted.data)[number] && !ruleset->rules[number].slow && !is_field)
            continue;
        if (ruleset->ignores_keys && ruleset->rules[number].path_count && number != ruleset->tested)
            continue;
        size_t before = line->matches.count;
        if (is_field)
            r = key_rule_find_field(line, number);
        for (unsigned v = 0; r == 0 && v < line->view_count; v++)
            r = find_in_view(line, number, &line->views[v],
                             first[v] < first[v + 1] ? (struct hit *)line->hits.data + first[v]
                                                     : NULL,
                             first[v + 1] - first[v], flags & BLOT_CUT_END);
        if (r < 0 || line->matches.count == before)
            continue;
        if (!closed)
            r = closed_begin(line, found);
        closed = true;
        if (r == 0)
            r = closed_cut(line, before, !ruleset->rules[number].is_shadow);
        if (r == 0)
            r = effect_take_shadows(ruleset, &line->matches, before, shadows);
    }
    return r;
}
