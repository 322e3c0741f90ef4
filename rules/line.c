#include "rules/line.h"

#include "rules/action/effect.h"
#include "rules/action/mask.h"
#include "rules/action/member.h"
#include "rules/action/replace.h"
#include "rules/allow.h"
#include "rules/cover.h"
#include "rules/match/field.h"
#include "rules/nested.h"
#include "rules/secret.h"
#include "rules/sift.h"
#include "rules/suspect.h"
#include "rules/unite.h"

#include <errno.h>
#include <string.h>

enum {
    SEARCHES_MAX = 8,
};

int line_make_views(struct line *line, const uint8_t *text, uint32_t size)
{
    int r = view_of_line(line->memory, &line->storage[0], text, size, &line->ruleset->own_texts,
                         &line->ruleset->marker, &line->views[0]);
    line->view_count = 1;
    while (r >= 0 && line->view_count <= ESCAPE_ROUNDS) {
        unsigned next = line->view_count;
        r = view_decode(line->memory, &line->storage[next], &line->views[next - 1],
                        &line->views[next]);
        if (r <= 0)
            break;
        line->view_count++;
    }
    return r < 0 ? r : 0;
}

/* Nothing of contract 2, 2.10 and 3.2 has less than 12 digits, or more between two than separators.
 */
static int find_numbers(struct line *line, const struct view *view)
{
    struct match_list *list = &line->matches;
    size_t first = list->count, items = 0;
    uint32_t begin, end = 0, done = 0;
    int r = 0;
    while (r == 0 && view_next_number(view, end, &begin, &end)) {
        r = pan_find(list, view, begin, end, &line->groups);
        size_t before = list->count;
        if (r == 0)
            r = tlv_find(list, view, begin, end, &done);
        items += list->count - before;
    }
    if (r == 0 && items > 0)
        unite_windows(list, view, first);
    return r;
}

static int find_in_view(struct line *line, struct view *view, bool is_plain, bool cut_end)
{
    struct match_list *list = &line->matches;
    size_t first = list->count;
    int r = field_list(line->memory, &line->fields, view);
    if (r == 0)
        r = find_numbers(line, view);
    if (r == 0)
        r = row_find(list, view, first, cut_end);
    if (r == 0 && (line->has_nul || view->round > 0))
        r = nul_find(list, view);
    if (r == 0 && !is_plain)
        r = keyed_find(list, view, cut_end);
    view->field_count = 0; /* their room is the next view's */
    return r;
}

static int find_in_views(struct line *line, struct edit_pool *pool, bool is_plain, unsigned flags)
{
    bool cut_end = flags & BLOT_CUT_END;
    int r = 0;
    if (!is_plain)
        nested_begin(line);
    for (unsigned i = 0; r == 0 && i < line->view_count; i++) {
        r = find_in_view(line, &line->views[i], is_plain, cut_end);
        if (r == 0 && !is_plain)
            r = nested_find(line, pool, &line->views[i], cut_end);
    }
    if (r == 0 && !is_plain)
        r = nested_settle(line);
    /* A round that still reads all forms and finds none leaves nothing that is too deep. */
    if (r == 0 && line->view_count > ESCAPE_ROUNDS_SHORT)
        r = depth_find(&line->matches, &line->views[line->view_count - 1]);
    if (r == 0 && (flags & BLOT_CUT_START))
        r = cut_find_start(&line->matches, &line->views[0]);
    if (r == 0 && cut_end)
        r = cut_find_end(&line->matches, &line->views[0]);
    return r;
}

static bool is_card_record(const struct line *line)
{
    for (size_t i = 0; i < line->matches.count; i++) {
        uint8_t kind = match_list_at(&line->matches, i)->kind;
        if (kind == MATCH_PAN || kind == MATCH_TRACK1 || kind == MATCH_TRACK2)
            return true;
    }
    for (unsigned i = 0; i < line->view_count; i++) {
        if (record_in_view(&line->views[i]))
            return true;
    }
    return false;
}

/* The first unit that begins at `place` or behind it. */
static uint32_t unit_of(const struct view *view, uint32_t place)
{
    uint32_t low = 0, high = view->size;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (view_place(view, middle) < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether the allow list of the rule on card numbers has it. A union of several is on none. */
static bool is_allowed(struct line *line, const struct match *match)
{
    int number = match->kind == MATCH_PAN ? line->ruleset->rule_of_kind[MATCH_PAN] : -1;
    if (number < 0 || match->reason != BLOT_REDACTED || match->view >= line->view_count ||
        !allow_is_set(&line->ruleset->rules[number]))
        return false;
    const struct view *view = &line->views[match->view];
    uint32_t begin = unit_of(view, match->begin), end = unit_of(view, match->end);
    if (!allow_has(line, &line->ruleset->rules[number], view, begin, end))
        return false;
    if (line->matches.trace)
        line->matches.trace->allow(line->matches.trace->user, match->begin, match->end);
    return true;
}

/* Drops the matches that count in a card record only, in a line that is none, and those of rules
 * that are not in the set. */
static void drop_idle(struct line *line)
{
    struct match_list *list = &line->matches;
    bool asked = false, record = false;
    size_t kept = 0;
    if (list->trace)
        list->trace->is_record = is_card_record(line);
    for (size_t i = 0; i < list->count; i++) {
        struct match *match = match_list_at(list, i);
        if (match->needs_record && !asked) {
            asked = true;
            record = is_card_record(line);
        }
        if ((match->needs_record && !record) ||
            (match->kind < MATCH_PATTERN && match->kind != MATCH_WITHHELD &&
             line->ruleset->rule_of_kind[match->kind] < 0) ||
            is_allowed(line, match))
            continue;
        *match_list_at(list, kept++) = *match;
    }
    list->count = kept;
}

/* The matches, in order, as united findings in `line->united`. */
static int unite(struct line *line, struct match_list *list, size_t *ret_count)
{
    struct match *matches = list->matches.data;
    unite_sort(matches, list->count);
    int r = buffer_reserve(line->memory, &line->united, list->count * sizeof(struct united), 0);
    if (r == 0)
        *ret_count = unite_matches(matches, list->count, line->united.data);
    return r;
}

/* Adds the edit of a finding, whose replacement the pool has from `edit->text` on. */
static int add_edit(struct line *line, struct edit *edit, const struct edit_pool *pool,
                    struct edit_list *list)
{
    edit->text_size = (uint32_t)(pool->size - edit->text);
    return edit_add(line->memory, list, edit);
}

static int write_edits(struct line *line, const struct replacer *replacer, uint32_t effects,
                       size_t count, struct edit_list *ret_list)
{
    const struct united *units = line->united.data;
    int r = 0;
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct edit edit = {
            .begin = units[i].begin,
            .end = units[i].end,
            .text = replacer->pool->size,
            .rule = effect_rule(line->ruleset, &units[i].match),
            .reason = units[i].match.reason,
            .effects = effects,
        };
        if (units[i].match.kind == MATCH_BASE64) {
            edit.text = units[i].match.text;
            edit.text_size = units[i].match.text_size;
            r = edit_add(line->memory, ret_list, &edit);
            continue;
        }
        r = replace_write(replacer, &units[i], &line->ruleset->rules[edit.rule]);
        if (r == 0)
            r = add_edit(line, &edit, replacer->pool, ret_list);
    }
    return r;
}

/* The line as a record that `rule` drops. */
static int drop_record(struct line *line, const struct replacer *replacer, uint32_t size,
                       uint16_t rule, uint32_t effects, struct edit_list *ret_list)
{
    struct edit edit = {
        .end = size, .text = replacer->pool->size, .rule = rule, .effects = effects};
    int r = replace_write_dropped(replacer, &line->ruleset->rules[rule]);
    return r < 0 ? r : add_edit(line, &edit, replacer->pool, ret_list);
}

static int drop_fields(struct line *line, size_t *count)
{
    struct united *units = line->united.data;
    for (size_t i = 0; i < *count; i++) {
        const struct match *match = &units[i].match;
        units[i].drops_field =
            match->kind != MATCH_WITHHELD && match->kind != MATCH_BASE64 && !match->is_foreign &&
            line->ruleset->rules[effect_rule(line->ruleset, match)].action == ACTION_DROP_FIELD;
    }
    return member_drop(line->memory, line->text_now, line->views, line->view_count, &line->tokens,
                       units, count);
}

/* What rules that only report have found. */
static int report_shadows(struct line *line)
{
    size_t count;
    int r = line->shadows.count ? unite(line, &line->shadows, &count) : 1;
    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct united *unit = (const struct united *)line->united.data + i;
        struct edit edit = {.begin = unit->begin,
                            .end = unit->end,
                            .rule = effect_rule(line->ruleset, &unit->match),
                            .reason = unit->match.reason};
        r = edit_add(line->memory, &line->shadow_found, &edit);
    }
    return r < 0 ? r : 0;
}

/* What others have masked, where nothing else is found. */
static int find_foreign(struct line *line)
{
    uint8_t shown[MATCH_NUMBER_DIGITS + 1];
    for (uint32_t digits = 0; digits <= MATCH_NUMBER_DIGITS; digits++)
        shown[digits] = (uint8_t)mask_front(line->ruleset->keep, digits);
    size_t others = line->matches.count;
    int r = 0;
    for (unsigned i = 0; r == 0 && i < line->view_count; i++)
        r = foreign_find(&line->matches, &line->views[i], shown, others);
    return r;
}

/* All matches of the line; those of rules that only report are kept in the first search. */
static int find_matches(struct line *line, struct edit_pool *pool, const uint8_t *text,
                        uint32_t size, unsigned flags, bool is_first)
{
    struct match_list *shadows = is_first ? &line->shadows : NULL;
    line->matches.memory = line->shadows.memory = line->memory;
    line->matches.count = 0;
    line->matches.trace = is_first ? line->trace : NULL;
    line->matches.any_issuer = line->ruleset->any_issuer;
    int r = line_make_views(line, text, size);
    if (r == 0)
        r = find_in_views(line, pool, is_first && line->is_plain && line->view_count == 1, flags);
    if (r < 0)
        return r;
    drop_idle(line);
    if (line->ruleset->normalises)
        r = find_foreign(line);
    if (r < 0)
        return r;
    r = effect_take_shadows(line->ruleset, &line->matches, 0, shadows);
    line->text_now = text;
    return r < 0 ? r : secret_find(line, flags, shadows);
}

/* One search: the edits of `text` into `ret_list`. */
static int search(struct line *line, struct edit_pool *pool, const uint8_t *text, uint32_t size,
                  unsigned flags, struct edit_list *ret_list)
{
    bool is_first = ret_list == &line->found;
    struct replacer replacer = {line->memory, pool, line->ruleset, line->token, text};
    ret_list->count = 0;
    /* Room in the pool, so that it is somewhere when all that is found goes without a text. */
    int r = buffer_reserve(line->memory, &pool->bytes, pool->size + 1, pool->size);
    if (r == 0)
        r = find_matches(line, pool, text, size, flags, is_first);
    if (r == 0 && is_first)
        r = report_shadows(line);
    size_t count = line->matches.count;
    if (r < 0 || count == 0)
        return r;
    r = cover_escapes(line);
    if (r == 0)
        r = unite(line, &line->matches, &count);
    if (r < 0)
        return r;
    uint16_t rule = 0;
    uint32_t effects =
        effect_of(line->ruleset, line->matches.matches.data, line->matches.count, &rule);
    if (effects & BLOT_DROP_RECORD)
        return drop_record(line, &replacer, size, rule, effects, ret_list);
    r = cover_numbers(line, line->united.data, &count);
    if (r == 0 && line->ruleset->drops_fields)
        r = drop_fields(line, &count);
    return r < 0 ? r : write_edits(line, &replacer, effects, count, ret_list);
}

/* Writes what `text` becomes into one of the two buffers. */
static int apply(struct line *line, struct buffer *into, const struct edit_pool *pool,
                 const struct edit_list *list, const uint8_t *text, size_t *size)
{
    size_t applied = edit_applied_size(list, *size);
    if (applied > VIEW_LINE_BYTES_MAX)
        return -ENOMEM;
    int r = buffer_reserve(line->memory, into, applied, 0);
    if (r < 0)
        return r;
    edit_apply(list, pool, text, *size, into->data);
    *size = applied;
    return 0;
}

static int withhold_line(struct line *line, struct edit_pool *pool, size_t size)
{
    struct edit edit = {
        .end = size,
        .text = pool->size,
        .rule = edit_at(&line->found, 0)->rule,
        .reason = BLOT_WITHHELD_LIMIT,
        .effects = edit_at(&line->found, 0)->effects,
    };
    int r = replace_write_withheld(line->memory, pool, BLOT_WITHHELD_LIMIT);
    edit.text_size = (uint32_t)(pool->size - edit.text);
    line->found.count = 0;
    return r < 0 ? r : edit_add(line->memory, &line->found, &edit);
}

/* Whether `now`, which `text` became by the edits `last`, may hold more. `is_first`: it is the
 * line's own text. 1, 0 or -ENOMEM. */
static int may_hold_more(struct line *line, const struct edit_pool *pool, const uint8_t *text,
                         size_t size, bool is_first, const uint8_t *now, size_t now_size)
{
    const struct blot_ruleset *ruleset = line->ruleset;
    bool worth;
    if (ruleset->normalises)
        return 1;
    if (!is_first || !recheck_line(&line->recheck, &ruleset->sift, &line->found, pool, text, size,
                                   now, now_size, &worth))
        worth = sift_text(ruleset->kernel, &ruleset->sift, now, now_size, line->events);
    return worth ? 1 : suspect_in_line(line, now, (uint32_t)now_size);
}

int line_find(struct line *line, struct edit_pool *pool, const uint8_t *text, uint32_t size,
              unsigned flags)
{
    line->shadows.count = 0;
    line->shadow_found.count = 0;
    int r = search(line, pool, text, size, flags, &line->found);
    line->field.key_count = 0; /* what it became is a text like any other */
    if (r < 0 || line->found.count == 0)
        return r;
    const struct edit_list *last = &line->found;
    const uint8_t *now = text;
    size_t now_size = size;
    for (unsigned searches = 1; searches < SEARCHES_MAX; searches++) {
        struct buffer *into = &line->text[searches % 2];
        r = apply(line, into, pool, last, now, &now_size);
        if (r < 0)
            return r;
        now = into->data;
        r = may_hold_more(line, pool, text, size, searches == 1, now, now_size);
        if (r <= 0)
            return r;
        r = search(line, pool, now, (uint32_t)now_size, 0, &line->round);
        if (r < 0 || line->round.count == 0)
            return r;
        r = edit_compose(line->memory, pool, &line->found, now, &line->round, &line->composed);
        if (r < 0)
            return r;
        struct edit_list swap = line->found;
        line->found = line->composed;
        line->composed = swap;
        last = &line->round;
    }
    return withhold_line(line, pool, size);
}

void line_free(struct line *line)
{
    nested_free(line);
    pattern_scratch_free(line->patterns);
    prefilter_scratch_free(line->prefilter);
    token_maker_free(line->token);
    for (unsigned i = 0; i <= ESCAPE_ROUNDS; i++) {
        buffer_free(line->memory, &line->storage[i].symbols);
        buffer_free(line->memory, &line->storage[i].begins);
        buffer_free(line->memory, &line->storage[i].marks);
    }
    struct buffer *const buffers[] = {
        &line->matches.matches, &line->groups,
        &line->fields,          &line->tokens,
        &line->united,          &line->round.edits,
        &line->found.edits,     &line->composed.edits,
        &line->text[0],         &line->text[1],
        &line->shadows.matches, &line->shadow_found.edits,
        &line->closed.matches,  &line->hits,
        &line->wanted,          &line->suspects,
    };
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        buffer_free(line->memory, buffers[i]);
}
