#include "rules/secret.h"

#include "rules/action/effect.h"
#include "rules/allow.h"
#include "rules/match/detector.h"
#include "rules/unite.h"
#include "rules/validate/validator.h"
#include "rules/view/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MASK_MIN = 4,    /* `*` that make digits beside them a masked number */
    MASK_HEAD = 8,   /* digits that a mask may show before it */
    MASK_TAIL = 4,   /* and after it */
    ESCAPE_MAX = 32, /* bytes, more than any escape has */
    REJECTED_MAX = 256,
    /* Keywords, from which on Vectorscan is faster than the own kernels: with 500 it makes 1.4 GB/s
     * and they 3.6, with 2,000 it is 2.2 and 1.8, with 8,000 1.9 and 0.7. */
    VECTORSCAN_FROM = 1500,
    TRACED_GAP = 8,     /* units between a keyword and what it may name */
    TRACED_UNITS = 256, /* of that */
};

static bool has_patterns(const struct rule *rule)
{
    return (rule->pattern || rule->detector) && !rule->disabled;
}

/* Adds an item to a rule. `item`: its number, or an error. */
static int add_item(struct rule *rule, int item)
{
    if (item >= 0)
        rule->items[rule->item_count++] = (uint32_t)item;
    return item < 0 ? item : 0;
}

/* A keyword, and where it has a `/`, how JSON may spell that: the kernel does not point at `\/`. */
static int add_keyword(struct blot_ruleset *ruleset, struct rule *rule, const char *keyword)
{
    char escaped[2 * KEYWORD_MAX + 1], *end = escaped;
    int r = add_item(rule, prefilter_add_keyword(&ruleset->prefilter, keyword));
    if (r < 0 || !strchr(keyword, '/'))
        return r;
    for (; *keyword && end < escaped + sizeof(escaped) - 2; keyword++) {
        if (*keyword == '/')
            *end++ = '\\';
        *end++ = *keyword;
    }
    *end = '\0';
    return add_item(rule, prefilter_add_keyword(&ruleset->prefilter, escaped));
}

static int add_items(struct blot_ruleset *ruleset, struct rule *rule)
{
    const char *const *shape = rule->detector ? rule->detector->shapes : NULL;
    int r = 0;
    rule->items = calloc(2 * rule->keyword_count + DETECTOR_SHAPES_MAX, sizeof(*rule->items));
    if (!rule->items)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < rule->keyword_count; i++)
        r = add_keyword(ruleset, rule, rule->keywords[i]);
    for (; r == 0 && shape && *shape; shape++)
        r = add_item(rule,
                     prefilter_add_shape(&ruleset->prefilter, *shape, rule->detector->window));
    return r;
}

/* Lists for each item the rules that have it: those of item i are item_rules[item_first[i]] up to
 * item_first[i + 1]. */
static int index_items(struct blot_ruleset *ruleset)
{
    size_t items = prefilter_item_count(&ruleset->prefilter), total = 0;
    for (size_t i = 0; i < ruleset->rule_count; i++)
        total += ruleset->rules[i].item_count;
    ruleset->item_first = calloc(items + 2, sizeof(*ruleset->item_first));
    ruleset->item_rules = calloc(total + 1, sizeof(*ruleset->item_rules));
    if (!ruleset->item_first || !ruleset->item_rules)
        return -ENOMEM;
    uint32_t *first = ruleset->item_first + 1;
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        for (size_t n = 0; n < ruleset->rules[i].item_count; n++)
            first[ruleset->rules[i].items[n]]++;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i <= items; i++) {
        uint32_t count = first[i];
        first[i] = sum;
        sum += count;
    }
    /* Filling moves each begin on to the next one's, which is where it is wanted. */
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        for (size_t n = 0; n < ruleset->rules[i].item_count; n++)
            ruleset->item_rules[first[ruleset->rules[i].items[n]]++] = (uint16_t)i;
    }
    return 0;
}

/* Secrets before personal data, each in the order in which they were loaded. */
static int order_rules(struct blot_ruleset *ruleset)
{
    ruleset->order = calloc(ruleset->rule_count + 1, sizeof(*ruleset->order));
    if (!ruleset->order)
        return -ENOMEM;
    for (unsigned personal = 0; personal < 2; personal++) {
        for (size_t i = 0; i < ruleset->rule_count; i++) {
            const struct rule *rule = &ruleset->rules[i];
            if (has_patterns(rule) && rule->personal == personal)
                ruleset->order[ruleset->pattern_count++] = (uint16_t)i;
            ruleset->slow_count += rule->slow && has_patterns(rule) && personal == 0;
        }
    }
    return 0;
}

static int add_key_block(struct blot_ruleset *ruleset, uint16_t rule)
{
    int item = prefilter_add_keyword(&ruleset->prefilter, "-----BEGIN");
    if (item < 0)
        return item;
    ruleset->has_key_blocks = true;
    ruleset->key_rule = rule;
    ruleset->key_item = (uint32_t)item;
    return 0;
}

int secret_compile(struct blot_ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        if (rule->kind != MATCH_PATTERN && rule->disabled)
            ruleset->rule_of_kind[rule->kind] = -1;
    }
    int r = order_rules(ruleset);
    for (size_t i = 0; r == 0 && i < ruleset->rule_count; i++) {
        if (has_patterns(&ruleset->rules[i]))
            r = add_items(ruleset, &ruleset->rules[i]);
    }
    for (size_t i = 0; r == 0 && i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        if (rule->is_key_block && !rule->disabled && !rule->is_shadow)
            r = add_key_block(ruleset, (uint16_t)i);
    }
    if (r == 0)
        prefilter_compile(&ruleset->prefilter);
    if (r == 0 && ruleset->prefilter.keyword_count >= VECTORSCAN_FROM)
        r = prefilter_use_vectorscan(&ruleset->prefilter);
    r = r == -ENOTSUP ? 0 : r;
    return r == 0 ? index_items(ruleset) : r;
}

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

static int try_rule(struct line *line, const struct rule *rule, const struct view *view,
                    uint32_t at, struct pattern_match *ret_match)
{
    struct verdict verdict = {.all = false};
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
                  const struct pattern_match *found, struct verdict *verdict)
{
    const struct rule *rule = &line->ruleset->rules[number];
    struct trace_candidate candidate = {.view = view, .rule = number, .kind = MATCH_PATTERN};
    bool matched = found->after != 0 && found->begin < found->end;
    if (!matched && rule->detector)
        return; /* a shape such as `@` is in many lines */
    gate_fails(verdict, GATE_PATTERN, !matched);
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

/* Where a search of a text stops at the first finding. */
struct look {
    struct line *line;
    const struct view *view; /* of a line; NULL: a block, of which the line is found first */
    const uint8_t *text;
    size_t size;
    size_t begin, end; /* of the line at hand */
    bool suspect;      /* it is listed already */
    bool decoded;      /* its decoded views were searched already */
    int error;
};

/* Whether all bytes are ASCII and none may begin an escape: a cheap look that most lines pass. */
static bool is_plain(const uint8_t *text, size_t size)
{
    static const char escapes[] = "\\%&#+";
    uint64_t word, all = 0;
    for (size_t i = 0; i < sizeof(escapes) - 1; i++) {
        if (memchr(text, escapes[i], size))
            return false;
    }
    for (; size >= sizeof(word); size -= sizeof(word), text += sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        all |= word;
    }
    for (; size; size--, text++)
        all |= (uint64_t)*text << 56;
    return !(all & 0x8080808080808080);
}

/* Whether an escape, or a character above ASCII, begins in the text from `begin` to `end`. */
static bool may_decode(const uint8_t *text, size_t size, size_t begin, size_t end)
{
    uint8_t symbol;
    if (is_plain(text + begin, end - begin))
        return false;
    for (size_t i = begin; i < end; i++) {
        if (text[i] >= 0x80)
            return true;
        if (!symbol_is(text[i], CLASS_ESCAPE))
            continue;
        size_t from = i > 0 ? i - 1 : i, left = size - from;
        if (escape_read(text + from, (uint32_t)(left < ESCAPE_MAX ? left : ESCAPE_MAX),
                        (uint32_t)(i - from), 1, &symbol))
            return true;
    }
    return false;
}

/* Whether escapes may change what the rules of an item at `at` see: anywhere in the line, or for a
 * shape within its reach. */
static bool may_decode_around(const struct line *line, const struct view *view, size_t at,
                              unsigned item)
{
    if (item >= PREFILTER_SHAPES_MAX)
        return may_decode(view->symbols, view->size, 0, view->size);
    const struct blot_ruleset *ruleset = line->ruleset;
    size_t reach = 0;
    for (uint32_t i = ruleset->item_first[item]; i < ruleset->item_first[item + 1]; i++) {
        const struct detector *detector = ruleset->rules[ruleset->item_rules[i]].detector;
        reach = detector->reach > reach ? detector->reach : reach;
    }
    size_t before = reach + ESCAPE_MAX, end = at + reach + PREFILTER_SHAPE_MAX;
    return may_decode(view->symbols, view->size, at > before ? at - before : 0,
                      end < view->size ? end : view->size);
}

/* 1 when the rules of `item` find something at `at` of the view. */
static int try_item(struct line *line, const struct view *view, uint32_t at, unsigned item)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    struct pattern_match match;
    for (uint32_t i = ruleset->item_first[item]; i < ruleset->item_first[item + 1]; i++) {
        const struct rule *rule = &ruleset->rules[ruleset->item_rules[i]];
        for (uint32_t from = rule->in_line ? 0 : at; from <= view->size; from = match.after) {
            if (try_rule(line, rule, view, from, &match) != 0)
                return 1;
            if (!rule->in_line || match.after == 0)
                break;
        }
    }
    return 0;
}

static int try_slow(struct line *line, const struct view *view)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    struct pattern_match match;
    for (size_t i = 0; ruleset->slow_count && i < ruleset->rule_count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        for (uint32_t from = 0; rule->slow && !rule->disabled && from <= view->size;
             from = match.after) {
            if (try_rule(line, rule, view, from, &match) != 0)
                return 1;
            if (match.after == 0)
                break;
        }
    }
    return 0;
}

static int use_in_view(void *user, size_t at, unsigned item)
{
    struct look *look = user;
    return try_item(look->line, look->view, (uint32_t)at, item);
}

static int search_view(struct line *line, const struct view *view)
{
    struct look look = {.line = line, .view = view};
    /* A line is short, and this may be called from within a scan. */
    int r = prefilter_scan(&line->ruleset->prefilter, line->ruleset->kernel, NULL, view->symbols,
                           view->size, use_in_view, &look);
    return r != 0 ? r : try_slow(line, view);
}

int secret_in_decoded(struct line *line, const uint8_t *text, uint32_t size)
{
    int r = line_make_views(line, text, size);
    for (unsigned i = 0; r == 0 && i < line->view_count; i++) {
        if (line->views[i].symbols != text)
            r = search_view(line, &line->views[i]);
    }
    return r;
}

int secret_in_line(struct line *line, const uint8_t *text, uint32_t size)
{
    if (line->ruleset->pattern_count == 0)
        return 0;
    struct view view = {.symbols = text, .size = size};
    int r = search_view(line, &view);
    return r == 0 && may_decode(text, size, 0, size) ? secret_in_decoded(line, text, size) : r;
}

static int add_suspect(struct line *line, size_t at)
{
    size_t count = line->suspect_count;
    int r = buffer_reserve(line->memory, &line->suspects, (count + 1) * sizeof(size_t),
                           count * sizeof(size_t));
    if (r < 0)
        return r;
    ((size_t *)line->suspects.data)[line->suspect_count++] = at;
    return 0;
}

static void enter_line(struct look *look, size_t at)
{
    const uint8_t *before = at > 0 ? memrchr(look->text, '\n', at) : NULL;
    const uint8_t *after = memchr(look->text + at, '\n', look->size - at);
    look->begin = before ? (size_t)(before - look->text) + 1 : 0;
    look->end = after ? (size_t)(after - look->text) : look->size;
    look->suspect = look->decoded = false;
}

static int use_in_block(void *user, size_t at, unsigned item)
{
    struct look *look = user;
    if (at >= look->end || at < look->begin)
        enter_line(look, at);
    if (look->suspect || look->end - look->begin > VIEW_LINE_BYTES_MAX)
        return 0;
    struct view view = {.symbols = look->text + look->begin,
                        .size = (uint32_t)(look->end - look->begin)};
    const struct blot_ruleset *ruleset = look->line->ruleset;
    int r = ruleset->has_key_blocks && item == ruleset->key_item;
    if (r == 0)
        r = try_item(look->line, &view, (uint32_t)(at - look->begin), item);
    if (r == 0 && !look->decoded && may_decode_around(look->line, &view, at - look->begin, item)) {
        look->decoded = true;
        r = secret_in_decoded(look->line, view.symbols, view.size);
    }
    if (r > 0) {
        look->suspect = true;
        r = add_suspect(look->line, at);
    }
    return r;
}

/* All lines of the block, for rules without keywords. */
static int suspect_lines(struct look *look)
{
    for (size_t at = 0; at < look->size; at = look->end + 1) {
        enter_line(look, at);
        if (look->end - look->begin > VIEW_LINE_BYTES_MAX)
            continue;
        int r = secret_in_line(look->line, look->text + look->begin,
                               (uint32_t)(look->end - look->begin));
        if (r > 0)
            r = add_suspect(look->line, at);
        if (r < 0)
            return r;
    }
    return 0;
}

int secret_suspect(struct line *line, const uint8_t *text, size_t size)
{
    struct look look = {.line = line, .text = text, .size = size};
    line->suspect_count = 0;
    if (line->ruleset->slow_count)
        return suspect_lines(&look);
    return prefilter_scan(&line->ruleset->prefilter, line->ruleset->kernel, line->prefilter, text,
                          size, use_in_block, &look);
}

bool secret_is_hidden(const struct line *line, const uint8_t *text, size_t size, size_t at)
{
    uint8_t symbol = text[at];
    if (symbol == '\\') {
        /* What `\\` leaves may be an escape again. */
        size_t end = at;
        while (end < size && text[end] == '\\')
            end++;
        if (end - at > 1)
            return end < size && strchr("ux/%&#", text[end]);
    }
    /* Of a numeric reference the kernel points at the second character. */
    if (symbol == '#' && at > 0 && text[at - 1] == '&')
        at--;
    size_t left = size - at;
    uint32_t length = 0;
    if (symbol < 0x80) {
        length = escape_read(text + at, (uint32_t)(left < ESCAPE_MAX ? left : ESCAPE_MAX), 0, 1,
                             &symbol);
    } else {
        uint32_t code_point;
        length = symbol_utf8(text + at, size - at, &code_point);
        symbol = length ? symbol_of(code_point) : symbol;
    }
    if (!length)
        return false;
    return symbol >= SYMBOL_DIGIT || line->ruleset->prefilter.alphabet[symbol] || symbol == '%' ||
           symbol == '&' || symbol == '#' || symbol == '\\';
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
        trace(line, number, view, keyword, &found, &verdict);
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

/* Puts what of the line is part of a private key in the place of all that was found within. */
static int take_key(struct line *line)
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
    int taken = take_key(line);
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
        if (!((bool *)line->wanted.data)[number] && !ruleset->rules[number].slow)
            continue;
        size_t before = line->matches.count;
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
