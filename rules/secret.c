#include "rules/secret.h"

#include "rules/action/effect.h"
#include "rules/allow.h"
#include "rules/match/detector.h"
#include "rules/match/path.h"
#include "rules/unite.h"
#include "rules/validate/validator.h"
#include "rules/view/json.h"

#include <errno.h>
#include <string.h>

enum {
    MASK_MIN = 4,  /* `*` that make digits beside them a masked number */
    MASK_HEAD = 8, /* digits that a mask may show before it */
    MASK_TAIL = 4, /* and after it */
    REJECTED_MAX = 256,
    TRACED_GAP = 8,     /* units between a keyword and what it may name */
    TRACED_UNITS = 256, /* of that */
};

static bool is_valid(const struct rule *rule, const uint8_t *value, size_t size)
{
    for (size_t i = 0; i < rule->validator_count; i++) {
        if (!rule->validators[i]->holds(value, size))
            return false;
    }
    return true;
}

/* Tries a rule at unit `at` of a view. 1: it finds something that is no exception; 0; -ELOOP: its
 * pattern ran into a limit. `ret_match->after` is set when its pattern matched. */
static int try_gates(struct line *line, const struct rule *rule, const struct view *view,
                     uint32_t at, struct pattern_match *ret_match, struct verdict *verdict)
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
        gate_fails(verdict, GATE_VALIDATOR, !is_valid(rule, view->symbols + begin, end - begin)) ||
        gate_fails(verdict, GATE_ALLOWED, allow_has(line, rule, view, begin, end)))
        return 0;
    return verdict->failed == 0;
}

int secret_try(struct line *line, const struct rule *rule, const struct view *view, uint32_t at,
               struct pattern_match *ret_match)
{
    struct verdict verdict = {.all = false};
    if (rule->path_count)
        return 1; /* only the exact search reads JSON */
    return try_gates(line, rule, view, at, ret_match, &verdict);
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

/* Tells of what a rule found, or did not find where the keyword at `at` stands. What may be meant
 * then is the rest of the word, or the one behind an assignment. */
static void trace(const struct line *line, uint16_t number, const struct view *view, uint32_t at,
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

/* Where the masked number that a `*` at `at` is part of ends, and where it begins; `at` when it is
 * none. */
static uint32_t masked_end(const struct view *view, uint32_t at, uint32_t *ret_begin)
{
    uint32_t begin = at, end = at;
    while (end < view->size && view->symbols[end] == '*')
        end++;
    while (begin > 0 && view->symbols[begin - 1] == '*')
        begin--;
    if (end - begin < MASK_MIN)
        return at;
    for (unsigned n = 0; n < MASK_TAIL && symbol_is(detector_unit(view, end), CLASS_DIGIT); n++)
        end++;
    for (unsigned n = 0; n < MASK_HEAD && symbol_is(detector_before(view, begin), CLASS_DIGIT); n++)
        begin--;
    *ret_begin = begin;
    return end;
}

static bool says_something(const struct view *view, uint32_t begin, uint32_t end)
{
    for (; begin < end; begin++) {
        if (symbol_is(view->symbols[begin], CLASS_WORD) || view->symbols[begin] >= 0x80)
            return true;
    }
    return false;
}

/* Adds `match` over units [begin, end), without what is replaced or masked there already. */
static int add_pieces(struct line *line, const struct view *view, uint32_t begin, uint32_t end,
                      struct match match)
{
    uint32_t at = begin;
    while (at <= end && begin < end) {
        uint32_t stop = at, next = at;
        if (at < end && view->symbols[at] == SYMBOL_INERT)
            next = at + 1;
        else if (at < end && view->symbols[at] == '*')
            next = masked_end(view, at, &stop);
        if (next == at && at < end) {
            at++;
            continue;
        }
        stop = stop > begin ? stop : begin;
        if (stop > begin && says_something(view, begin, stop)) {
            match.begin = view_place(view, begin);
            match.end = view_place(view, stop);
            match.view = (uint8_t)view->round;
            int r = match_add(&line->matches, &match);
            if (r < 0)
                return r;
        }
        if (at == end)
            break;
        begin = at = next;
    }
    return 0;
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
    int r = try_gates(line, rule, view, at, &found, &verdict);
    if (verdict.all && (found.after != 0 || at == keyword || (rule->in_line && at == 0)))
        trace(line, number, view, keyword, &found, &verdict, r == -ELOOP);
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
    r = add_pieces(line, view, found.begin, found.end, match);
    return r < 0 ? r : 1;
}

/* The search of a view for what a rule has the paths of. */
struct path_search {
    struct line *line;
    const struct view *view;
    uint16_t rule;
};

static bool has_path(const struct rule *rule, const struct path_key *keys, size_t count)
{
    for (size_t i = 0; i < rule->path_count; i++) {
        if (path_has(rule->paths[i], keys, count))
            return true;
    }
    return false;
}

/* `has`: it stands at a path of the rule; else it is only told of. */
static int add_value(struct path_search *search, uint32_t begin, uint32_t end, bool has)
{
    struct line *line = search->line;
    const struct rule *rule = &line->ruleset->rules[search->rule];
    struct match match = {.kind = MATCH_PATTERN, .rule = search->rule};
    struct verdict verdict = {.all = line->matches.trace != NULL};
    if (begin >= end)
        return 0;
    bool finds =
        !gate_fails(&verdict, GATE_PATH, !has) &&
        !gate_fails(&verdict, GATE_VALIDATOR,
                    !is_valid(rule, search->view->symbols + begin, end - begin)) &&
        !gate_fails(&verdict, GATE_ALLOWED, allow_has(line, rule, search->view, begin, end));
    if (verdict.all) {
        struct trace_candidate candidate = {.view = search->view,
                                            .begin = begin,
                                            .end = end,
                                            .rule = search->rule,
                                            .kind = MATCH_PATTERN,
                                            .verdict = verdict};
        line->matches.trace->add(line->matches.trace->user, &candidate);
    }
    return finds && verdict.failed == 0 ? add_pieces(line, search->view, begin, end, match) : 0;
}

static int use_value(void *user, const struct path_key *keys, size_t count, uint32_t begin,
                     uint32_t end)
{
    struct path_search *search = user;
    const struct rule *rule = &search->line->ruleset->rules[search->rule];
    bool has = has_path(rule, keys, count), tells = false;
    for (size_t i = 0; search->line->matches.trace && !has && i < rule->path_count; i++)
        tells |= path_has_last(rule->paths[i], keys, count);
    return has || tells ? add_value(search, begin, end, has) : 0;
}

/* What a rule finds by path in one view. */
static int find_paths(struct line *line, uint16_t number, const struct view *view)
{
    struct path_search search = {line, view, number};
    size_t count;
    int r = json_find(line->memory, view, JSON_TEXTS, &line->tokens, &count);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = path_walk(view, ((struct json_token *)line->tokens.data)[i].begin, use_value, &search);
    return r;
}

/* Whether the line is part of a field that the rule has. */
static bool has_field(const struct line *line, const struct rule *rule)
{
    return line->field.key_count && has_path(rule, line->field.keys, line->field.key_count);
}

static int find_field(struct line *line, uint16_t number)
{
    const struct view *view = &line->views[0];
    struct path_search search = {line, view, number};
    uint32_t begin = 0, end = view->size;
    while (begin < end && view_place(view, begin) < line->field.begin)
        begin++;
    while (end > begin && view_place(view, end) > line->field.end)
        end--;
    return add_value(&search, begin, end, true);
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
        return find_paths(line, number, view);
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

/* Adds a span of the line that no later rule replaces. */
static int close_span(struct line *line, uint32_t begin, uint32_t end)
{
    struct match match = {.begin = begin, .end = end};
    return begin < end ? match_add(&line->closed, &match) : 0;
}

/* Puts the closed spans in order and makes those that touch one. */
static void merge_closed(struct line *line)
{
    struct match_list *closed = &line->closed;
    size_t kept = 0;
    unite_sort(closed->matches.data, closed->count);
    for (size_t i = 0; i < closed->count; i++) {
        struct match *match = match_list_at(closed, i);
        struct match *last = kept ? match_list_at(closed, kept - 1) : NULL;
        if (last && match->begin <= last->end)
            last->end = match->end > last->end ? match->end : last->end;
        else
            *match_list_at(closed, kept++) = *match;
    }
    closed->count = kept;
}

/* Closes what is found already, and what makes up the JSON texts of the line, so that they stay
 * valid. */
static int close_first(struct line *line, size_t found)
{
    line->closed.memory = line->memory;
    line->closed.count = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < found; i++) {
        const struct match *match = match_list_at(&line->matches, i);
        /* What is encoded as a whole gives way to all others (contract 1.7). */
        if (match->kind != MATCH_BASE64)
            r = close_span(line, match->begin, match->end);
    }
    for (unsigned v = 0; r == 0 && v < line->view_count; v++) {
        const struct view *view = &line->views[v];
        size_t count = 0;
        r = json_find(line->memory, view, JSON_STRUCTURE, &line->tokens, &count);
        for (size_t i = 0; r == 0 && i < count; i++) {
            const struct json_token *token = (struct json_token *)line->tokens.data + i;
            r = close_span(line, view_place(view, token->begin), view_place(view, token->end));
        }
    }
    merge_closed(line);
    return r;
}

static bool has_word(const uint8_t *text, uint32_t begin, uint32_t end)
{
    for (; begin < end; begin++) {
        if (text[begin] >= 0x80 || symbol_is(text[begin], CLASS_WORD))
            return true;
    }
    return false;
}

/* Cuts the findings from `first` on where they are closed, and closes what is left of them. */
static int cut_closed(struct line *line, size_t first, bool closes)
{
    struct match_list *list = &line->matches;
    size_t count = list->count, c = 0, closed = line->closed.count;
    unite_sort(match_list_at(list, first), count - first);
    for (size_t i = first; i < count; i++) {
        struct match match = *match_list_at(list, i);
        uint32_t begin = match.begin, end = match.end;
        while (c > 0 && match_list_at(&line->closed, c - 1)->end > begin)
            c--;
        while (c < closed && match_list_at(&line->closed, c)->end <= begin)
            c++;
        for (; begin < end;) {
            const struct match *shut = c < closed ? match_list_at(&line->closed, c) : NULL;
            uint32_t stop = shut && shut->begin < end ? shut->begin : end;
            if (stop > begin && has_word(line->text_now, begin, stop)) {
                match.begin = begin;
                match.end = stop;
                int r = match_add(list, &match);
                if (r < 0)
                    return r;
            }
            begin = stop < end ? match_list_at(&line->closed, c++)->end : end;
        }
    }
    size_t kept = first;
    for (size_t i = count; i < list->count; i++)
        *match_list_at(list, kept++) = *match_list_at(list, i);
    list->count = kept;
    int r = 0;
    for (size_t i = first; r == 0 && closes && i < kept; i++)
        r = close_span(line, match_list_at(list, i)->begin, match_list_at(list, i)->end);
    merge_closed(line);
    return r;
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
    int taken = take_key(line, shadows);
    if (taken < 0)
        return taken;
    const struct blot_ruleset *ruleset = line->ruleset;
    size_t first[ESCAPE_ROUNDS + 2], found = line->matches.count;
    bool closed = false;
    if (ruleset->pattern_count == 0)
        return 0;
    int r = buffer_reserve(line->memory, &line->wanted, ruleset->rule_count, 0);
    if (r == 0)
        r = collect_hits(line, first);
    for (size_t i = 0; r == 0 && i < ruleset->pattern_count; i++) {
        uint16_t number = ruleset->order[i];
        bool is_field = has_field(line, &ruleset->rules[number]);
        if (!((bool *)line->wanted.data)[number] && !ruleset->rules[number].slow && !is_field)
            continue;
        if (ruleset->ignores_keys && ruleset->rules[number].path_count && number != ruleset->tested)
            continue;
        size_t before = line->matches.count;
        if (is_field)
            r = find_field(line, number);
        for (unsigned v = 0; r == 0 && v < line->view_count; v++)
            r = find_in_view(line, number, &line->views[v],
                             first[v] < first[v + 1] ? (struct hit *)line->hits.data + first[v]
                                                     : NULL,
                             first[v + 1] - first[v], flags & BLOT_CUT_END);
        if (r < 0 || line->matches.count == before)
            continue;
        if (!closed)
            r = close_first(line, found);
        closed = true;
        if (r == 0)
            r = cut_closed(line, before, !ruleset->rules[number].is_shadow);
        if (r == 0)
            r = effect_take_shadows(ruleset, &line->matches, before, shadows);
    }
    return r;
}
