#include "agent/command/explain_line.h"

#include "agent/command/mask.h"
#include "agent/command/pack.h"
#include "agent/command/span.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CANDIDATES_MAX = 1000, /* of one line */
    HIDDEN_DIGITS_MIN = 12,
};

struct whole {
    struct explain_line line; /* first: what the caller has */
    struct blot_ruleset *all;
    struct blot_scratch *scratch, *mask_scratch;
    struct mask *mask;
    struct span_list spans;
    const struct blot_ruleset *rules;
    uint32_t state, mask_state; /* blot_state_after of the lines before */
};

int explain_line_new(const struct blot_ruleset *rules, struct explain_line **ret_line)
{
    struct whole *whole = calloc(1, sizeof(*whole));
    if (!whole)
        return -ENOMEM;
    whole->rules = rules;
    whole->line.candidates = calloc(CANDIDATES_MAX, sizeof(*whole->line.candidates));
    int error = whole->line.candidates ? pack_load_all(&whole->all) : -ENOMEM;
    if (error == 0)
        error = blot_scratch_new(rules, NULL, &whole->scratch);
    if (error == 0)
        error = blot_scratch_new(whole->all, NULL, &whole->mask_scratch);
    if (error == 0)
        error = mask_new(whole->all, rules, &whole->mask);
    if (error < 0)
        explain_line_free(&whole->line);
    else
        *ret_line = &whole->line;
    return error;
}

struct explain_line *explain_line_free(struct explain_line *line)
{
    struct whole *whole = (struct whole *)line;
    if (!whole)
        return NULL;
    mask_free(whole->mask);
    blot_scratch_free(whole->mask_scratch);
    blot_scratch_free(whole->scratch);
    blot_ruleset_free(whole->all);
    span_free(&whole->spans);
    free(line->findings);
    free(line->candidates);
    free(line->text);
    free(whole);
    return NULL;
}

static int take_candidate(void *user, const struct blot_candidate *given)
{
    struct explain_line *line = user;
    if (line->candidate_count == CANDIDATES_MAX)
        return 0;
    struct explain_candidate *one = &line->candidates[line->candidate_count++];
    *one = (struct explain_candidate){
        .offset = given->size ? given->offset : given->label_offset,
        .size = given->size ? given->size : given->label_size,
        .view = given->view,
        .passed = given->passed,
    };
    snprintf(one->detector, sizeof(one->detector), "%s", given->detector);
    snprintf(one->shape, sizeof(one->shape), "%s", given->size ? given->shape : "(no value)");
    for (size_t i = 0; i < given->gate_count && i < EXPLAIN_GATES_MAX; i++) {
        struct explain_gate *gate = &one->gates[one->gate_count++];
        gate->name = given->gates[i].name;
        gate->clause = given->gates[i].clause;
        gate->failed = given->gates[i].failed;
        snprintf(gate->why, sizeof(gate->why), "%s", given->gates[i].why);
        one->failed_count += gate->failed;
        if (gate->failed && !one->first_failed)
            one->first_failed = gate->name;
    }
    return 0;
}

/* Lets a CVV or PIN that failed go over the digits that go on behind it: they may be a value that
 * is spelled otherwise. */
static void extend(struct explain_candidate *one, const char *text, size_t size)
{
    size_t end = one->offset + one->size, shape = strlen(one->shape), digits_end = end;
    if (one->passed || (strcmp(one->detector, "cvv") != 0 && strcmp(one->detector, "pin") != 0))
        return;
    while (end < size && text[end] && strchr("0123456789 .-", text[end])) {
        bool digit = text[end] >= '0' && text[end] <= '9';
        end++;
        digits_end = digit ? end : digits_end;
    }
    for (size_t at = one->offset + one->size; at < digits_end; at++) {
        if (shape + 1 < sizeof(one->shape))
            one->shape[shape++] = strchr(" .-", text[at]) ? text[at] : 'd';
    }
    one->shape[shape] = '\0';
    one->size = digits_end - one->offset;
}

/* Nothing that a finder took for a candidate is shown, found or not; a name is. */
static int add_candidates(struct whole *whole, const char *text, size_t size)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < whole->line.candidate_count; i++) {
        struct explain_candidate *one = &whole->line.candidates[i];
        if (strcmp(one->shape, "(no value)") == 0)
            continue;
        extend(one, text, size);
        struct span span = {.begin = one->offset,
                            .end = one->offset + one->size,
                            .text = one->shape,
                            .text_size = strlen(one->shape)};
        error = span_add(&whole->spans, &span);
    }
    return error;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Whether a byte may stand in a number and what separates its digits. */
static bool may_continue(char byte)
{
    return is_digit(byte) || (unsigned char)byte >= 0x80 || (byte && strchr(" .-+d?", byte));
}

/* Digits in a row that no finder took for a candidate, also beside one, may still be most of a
 * number: their shape. */
static void hide_long_numbers(struct explain_line *line)
{
    for (size_t at = 0, end; at < line->text_size; at = end + 1) {
        size_t digits = 0;
        for (end = at; end < line->text_size && may_continue(line->text[end]); end++)
            digits += is_digit(line->text[end]) || line->text[end] == 'd';
        for (; digits >= HIDDEN_DIGITS_MIN && at < end; at++) {
            if (is_digit(line->text[at]))
                line->text[at] = 'd';
        }
    }
}

/* What is shown must hold nothing that any pack finds; if it does, nothing is shown. */
static int check_text(struct whole *whole)
{
    const char *masked;
    size_t size;
    int error = mask_text(whole->mask, whole->line.text, whole->line.text_size, &masked, &size);
    if (error < 0 || masked == whole->line.text)
        return error;
    char *copy = malloc(size + 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, masked, size);
    free(whole->line.text);
    whole->line.text = copy;
    whole->line.text_size = size;
    for (size_t i = 0; i < whole->spans.count; i++) { /* the places are no longer known */
        whole->spans.spans[i].shown_begin = 0;
        whole->spans.spans[i].shown_end = size;
    }
    return 0;
}

/* Where a candidate is in the text that is shown. */
static void place(const struct whole *whole, struct explain_candidate *one)
{
    span_place(&whole->spans, one->offset, one->size, &one->shown_begin, &one->shown_end);
    if (one->shown_end > whole->line.text_size)
        one->shown_begin = one->shown_end = 0;
}

/* Which of two came further. */
static bool is_better(const struct explain_candidate *a, const struct explain_candidate *b)
{
    if (a->failed_count != b->failed_count)
        return a->failed_count < b->failed_count;
    return a->size > b->size;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct explain_candidate *a = left, *b = right;
    if (a->shown_begin != b->shown_begin)
        return a->shown_begin < b->shown_begin ? -1 : 1;
    if (a->is_lesser != b->is_lesser)
        return a->is_lesser ? 1 : -1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void order_candidates(struct whole *whole)
{
    struct explain_line *line = &whole->line;
    for (size_t i = 0; i < line->candidate_count; i++) {
        struct explain_candidate *one = &line->candidates[i];
        place(whole, one);
        for (size_t k = 0; k < line->candidate_count && !one->is_lesser; k++) {
            const struct explain_candidate *other = &line->candidates[k];
            bool overlaps = other->offset < one->offset + one->size &&
                            one->offset < other->offset + other->size;
            one->is_lesser = k != i && overlaps && strcmp(one->detector, other->detector) == 0 &&
                             !one->passed &&
                             (is_better(other, one) || (k < i && !is_better(one, other)));
        }
    }
    qsort(line->candidates, line->candidate_count, sizeof(*line->candidates), compare_candidates);
}

static int keep_findings(struct whole *whole, const struct blot_finding *findings, size_t count)
{
    struct explain_line *line = &whole->line;
    free(line->findings);
    line->findings = calloc(count + 1, sizeof(*line->findings));
    line->finding_count = 0;
    if (!line->findings)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct explain_finding *one = &line->findings[line->finding_count++];
        *one = (struct explain_finding){
            .offset = findings[i].offset, .size = findings[i].size, .rule = findings[i].rule};
        for (size_t k = 0; k < line->candidate_count; k++) {
            const struct explain_candidate *candidate = &line->candidates[k];
            one->is_explained |= candidate->passed && candidate->offset < one->offset + one->size &&
                                 one->offset < candidate->offset + candidate->size;
        }
    }
    return 0;
}

int explain_line_run(struct explain_line *line, const char *text, size_t size)
{
    struct whole *whole = (struct whole *)line;
    const struct blot_finding *findings, *masks;
    size_t count, mask_count;
    line->candidate_count = 0;
    whole->spans.count = 0;
    blot_resume(whole->scratch, whole->state);
    blot_resume(whole->mask_scratch, whole->mask_state);
    whole->state = blot_state_after(whole->rules, whole->state, text, size);
    whole->mask_state = blot_state_after(whole->all, whole->mask_state, text, size);
    int error =
        blot_explain(whole->scratch, text, size, 0, take_candidate, line, &findings, &count);
    if (error == 0)
        error = keep_findings(whole, findings, count);
    if (error == 0)
        error = blot_find(whole->mask_scratch, text, size, 0, &masks, &mask_count);
    if (error == 0)
        error = span_add_findings(&whole->spans, findings, count);
    if (error == 0)
        error = span_add_findings(&whole->spans, masks, mask_count);
    if (error == 0)
        error = add_candidates(whole, text, size);
    if (error < 0)
        return error;
    free(line->text);
    line->text = NULL;
    error = span_write(&whole->spans, text, size, &line->text, &line->text_size);
    if (error == 0) {
        hide_long_numbers(&whole->line);
        error = check_text(whole);
    }
    if (error == 0)
        order_candidates(whole);
    return error;
}
