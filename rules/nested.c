#include "rules/nested.h"

#include "rules/sift.h"
#include "rules/unite.h"
#include "rules/view/base64.h"

#include <errno.h>
#include <string.h>

/* One search in one view. */
struct search {
    struct line *line;
    struct edit_pool *pool;
    const struct view *view;
    bool cut_end;
    size_t before; /* next run of the view before */
};

void nested_begin(struct line *line)
{
    line->nested.found.memory = line->memory;
    line->nested.found.count = 0;
    line->nested.run_counts[0] = line->nested.run_counts[1] = 0;
}

static int make_inner(struct line *line)
{
    if (line->nested.inner)
        return 0;
    struct line *inner = line->memory->allocate(line->memory->user, sizeof(*inner));
    if (!inner)
        return -ENOMEM;
    *inner = (struct line){
        .ruleset = line->ruleset,
        .memory = line->memory,
        .patterns = line->patterns,
        .prefilter = line->prefilter,
        .token = line->token,
        .level = line->level + 1,
    };
    line->nested.inner = inner;
    return 0;
}

/* Adds what a line of the inner text became to `changed`. */
static int add_line(struct line *line, const struct edit_pool *pool, const uint8_t *text,
                    size_t size, size_t *changed_size)
{
    struct buffer *changed = &line->nested.changed;
    const struct edit_list *edits = &line->nested.inner->found;
    size_t applied = edit_applied_size(edits, size);
    int r = buffer_reserve(line->memory, changed, *changed_size + applied + 1, *changed_size);
    if (r < 0)
        return r;
    uint8_t *output = (uint8_t *)changed->data + *changed_size;
    edit_apply(edits, pool, text, size, output);
    output[applied] = '\n';
    *changed_size += applied + 1;
    return 0;
}

/* The rule, reason and effects that the whole is reported under: of the first that is found, but
 * one that drops the record goes before. */
static void take_report(const struct edit_list *edits, struct match *match)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = edit_at(edits, i);
        bool drops = edit->effects & ~match->effects & BLOT_DROP_RECORD;
        if (match->text_size == 0 || drops) {
            match->rule = edit->rule;
            match->reason = (uint8_t)edit->reason;
        }
        match->text_size = 1;
        match->effects |= edit->effects;
    }
}

/* What rules that only report found in the text is reported over the whole. */
static int take_shadows(struct line *line, const struct match *match)
{
    const struct edit_list *found = &line->nested.inner->shadow_found;
    int r = 0;
    for (size_t i = 0; r == 0 && i < found->count; i++) {
        struct match shadow = *match;
        shadow.kind = MATCH_PATTERN;
        shadow.rule = edit_at(found, i)->rule;
        r = match_add(&line->shadows, &shadow);
    }
    return r;
}

/* Searches the decoded text. Sets the size of what it became; 0: it stays. */
static int find_in_text(struct search *search, size_t size, bool cut, struct match *match,
                        size_t *ret_size)
{
    struct line *line = search->line;
    const struct blot_ruleset *ruleset = line->ruleset;
    const uint8_t *text = line->nested.decoded.data;
    size_t changed_size = 0;
    bool has_nul = memchr(text, '\0', size) != NULL;
    *ret_size = 0;
    if (!cut && !has_nul && ruleset->pattern_count == 0 && !ruleset->normalises &&
        !sift_text(ruleset->kernel, &ruleset->sift, text, size, line->events))
        return 0;
    int r = make_inner(line);
    if (r == 0)
        line->nested.inner->has_nul = has_nul;
    for (size_t begin = 0; r == 0 && begin <= size;) {
        const uint8_t *newline = begin < size ? memchr(text + begin, '\n', size - begin) : NULL;
        size_t end = newline ? (size_t)(newline - text) : size;
        r = line_find(line->nested.inner, search->pool, text + begin, (uint32_t)(end - begin),
                      cut && !newline ? BLOT_CUT_END : 0);
        if (r < 0)
            return r;
        take_report(&line->nested.inner->found, match);
        r = take_shadows(line, match);
        if (r < 0)
            return r;
        r = add_line(line, search->pool, text + begin, end - begin, &changed_size);
        begin = end + 1;
    }
    if (r == 0 && match->text_size > 0)
        *ret_size = changed_size - 1; /* without the newline behind the last line */
    return r;
}

/* Decodes and searches one run. Sets `ret_match` to what it becomes; 1: it changes, 0: it stays. */
static int find_in_run(struct search *search, const struct base64_run *run, struct match *ret_match)
{
    struct line *line = search->line;
    const struct view *view = search->view;
    size_t size = base64_decoded_size(run), changed_size;
    bool cut = search->cut_end && run->padded_end == view->size;
    struct match match = {
        .begin = view_place(view, run->begin),
        .end = view_place(view, run->padded_end),
        .kind = MATCH_BASE64,
        .view = (uint8_t)view->round,
    };
    int r = buffer_reserve(line->memory, &line->nested.decoded, size, 0);
    if (r < 0)
        return r;
    base64_decode(view, run, line->nested.decoded.data);
    r = find_in_text(search, size, cut, &match, &changed_size);
    if (r < 0 || match.text_size == 0)
        return r;
    struct edit_pool *pool = search->pool;
    r = buffer_reserve(line->memory, &pool->bytes, pool->size + base64_encoded_size(changed_size),
                       pool->size);
    if (r < 0)
        return r;
    match.text = pool->size;
    pool->size += base64_encode(view, run, line->nested.changed.data, changed_size,
                                (uint8_t *)pool->bytes.data + pool->size);
    match.text_size = (uint32_t)(pool->size - match.text);
    *ret_match = match;
    return 1;
}

static bool is_same(const struct nested_run *left, const struct nested_run *right)
{
    return left->begin == right->begin && left->end == right->end &&
           left->padded_end == right->padded_end && left->as_written && right->as_written;
}

/* The very run in the view before, of which is known what it becomes; NULL: none. */
static const struct nested_run *find_known(struct search *search, const struct nested_run *run)
{
    const struct nested *nested = &search->line->nested;
    const struct nested_run *runs = nested->runs[(search->view->round + 1) % 2].data;
    size_t count = search->view->round ? nested->run_counts[(search->view->round + 1) % 2] : 0;
    while (search->before < count && runs[search->before].begin < run->begin)
        search->before++;
    return search->before < count && is_same(&runs[search->before], run) ? &runs[search->before]
                                                                         : NULL;
}

/* Keeps the run for the next view. -ENOMEM. */
static int keep_run(struct search *search, const struct nested_run *run)
{
    struct nested *nested = &search->line->nested;
    size_t side = search->view->round % 2, *count = &nested->run_counts[side];
    int r = buffer_reserve(search->line->memory, &nested->runs[side], (*count + 1) * sizeof(*run),
                           *count * sizeof(*run));
    if (r == 0)
        ((struct nested_run *)nested->runs[side].data)[(*count)++] = *run;
    return r;
}

/* What the runs of one stretch become; `changed` of them do. */
struct outcome {
    struct match all;
    unsigned changed;
    bool is_known; /* the view before has it */
};

static int judge_run(struct search *search, const struct base64_run *base64,
                     struct outcome *outcome)
{
    const struct view *view = search->view;
    struct match match = {.kind = MATCH_BASE64};
    struct nested_run run = {
        .begin = view_place(view, base64->begin),
        .end = view_place(view, base64->end),
        .padded_end = view_place(view, base64->padded_end),
    };
    run.as_written = run.padded_end - run.begin == base64->padded_end - base64->begin;
    const struct nested_run *known = find_known(search, &run);
    int r = known ? known->changed : find_in_run(search, base64, &match);
    if (r < 0)
        return r;
    run.changed = r > 0;
    uint32_t end = outcome->changed ? outcome->all.end : 0;
    if (run.changed && outcome->changed++ == 0) {
        outcome->all = match;
        outcome->all.begin = run.begin;
        outcome->is_known = known;
    }
    if (run.changed)
        outcome->all.end = run.padded_end > end ? run.padded_end : end;
    return keep_run(search, &run);
}

/* All runs of one stretch; what several of them become cannot be put into one. */
static int find_in_stretch(struct search *search, const struct base64_run *runs, unsigned count)
{
    struct outcome outcome = {.changed = 0};
    for (unsigned i = 0; i < count; i++) {
        int r = judge_run(search, &runs[i], &outcome);
        if (r < 0)
            return r;
    }
    if (outcome.changed == 0 || (outcome.changed == 1 && outcome.is_known))
        return 0;
    outcome.all.view = (uint8_t)search->view->round;
    if (outcome.changed > 1) {
        outcome.all.kind = MATCH_WITHHELD;
        outcome.all.reason = BLOT_WITHHELD_ENCODING;
    }
    return match_add(&search->line->nested.found, &outcome.all);
}

static int withhold_runs(struct search *search, const struct base64_run *runs, unsigned count)
{
    int r = 0;
    for (unsigned i = 0; r == 0 && i < count; i++)
        r = match_add_units(&search->line->matches, search->view, runs[i].begin, runs[i].padded_end,
                            MATCH_WITHHELD, BLOT_WITHHELD_DEPTH, false);
    return r;
}

int nested_find(struct line *line, struct edit_pool *pool, const struct view *view, bool cut_end)
{
    struct search search = {.line = line, .pool = pool, .view = view, .cut_end = cut_end};
    struct base64_run runs[BASE64_RUNS_MAX];
    int r = 0;
    line->nested.run_counts[view->round % 2] = 0;
    for (uint32_t at = 0, begin, end; r == 0 && base64_next(view, at, &begin, &end); at = end) {
        unsigned count = base64_runs(view, begin, end, runs);
        r = line->level == NESTED_LEVELS_MAX ? withhold_runs(&search, runs, count)
                                             : find_in_stretch(&search, runs, count);
    }
    return r;
}

/* What the findings [first, first + count) that overlap become. */
static struct match settle(const struct match *findings, size_t count, uint32_t end)
{
    struct match one = findings[0];
    for (size_t i = 1; i < count && findings[i].end == end && findings[i].begin == one.begin; i++) {
        if (findings[i].view < one.view)
            one = findings[i];
    }
    if (one.end < end) {
        one.kind = MATCH_WITHHELD;
        one.reason = BLOT_WITHHELD_ENCODING;
        one.end = end;
    }
    return one;
}

int nested_settle(struct line *line)
{
    struct match *findings = line->nested.found.matches.data;
    size_t count = line->nested.found.count;
    int r = 0;
    unite_sort(findings, count);
    for (size_t i = 0, next; r == 0 && i < count; i = next) {
        uint32_t end = findings[i].end;
        for (next = i + 1; next < count && findings[next].begin < end; next++)
            end = findings[next].end > end ? findings[next].end : end;
        struct match match = settle(findings + i, next - i, end);
        r = match_add(&line->matches, &match);
    }
    return r;
}

void nested_free(struct line *line)
{
    struct nested *nested = &line->nested;
    struct buffer *const buffers[] = {&nested->decoded, &nested->changed, &nested->found.matches,
                                      &nested->runs[0], &nested->runs[1]};
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        buffer_free(line->memory, buffers[i]);
    if (!nested->inner)
        return;
    /* These are the outermost line's. */
    nested->inner->patterns = NULL;
    nested->inner->prefilter = NULL;
    nested->inner->token = NULL;
    line_free(nested->inner);
    explicit_bzero(nested->inner, sizeof(*nested->inner));
    line->memory->release(line->memory->user, nested->inner, sizeof(*nested->inner));
    nested->inner = NULL;
}
