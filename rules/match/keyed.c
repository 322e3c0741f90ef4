/* Values that their label gives away: card verification codes and PINs (contract 3.1, 3.3, 6). */
#include "rules/match/keyed.h"

#include "rules/match/apart.h"
#include "rules/match/column.h"
#include "rules/match/field.h"

enum {
    QUOTED_UNITS_MAX = 64,
    CVV_DIGITS_MIN = 3,
    CVV_DIGITS_MAX = 4,
    PIN_DIGITS_MIN = 4,
    PIN_DIGITS_MAX = 12,
    PIN_BLOCK_DIGITS = 16,
    TRACED_UNITS = 32, /* of a value that is none */
};

/* Whether the quote before `at` rather closes a JSON string than opens a value: `["cvv:",5,"x"]`.
 */
static bool closes_string(const struct view *view, uint32_t at)
{
    while (symbol_is(binding_unit(view, at), CLASS_BLANK) || binding_unit(view, at) == '\r')
        at++;
    uint8_t first = binding_unit(view, at);
    return first == ',' || first == ':' || first == ']' || first == '}';
}

/* All between the quotes; 0: no such value, else its end. */
static uint32_t quoted_end(const struct keyed *search, const struct binding *binding)
{
    const struct view *view = search->view;
    bool digit = false;
    uint32_t end = binding->value;
    if (closes_string(view, end))
        return 0;
    for (; end - binding->value <= QUOTED_UNITS_MAX; end++) {
        uint8_t symbol = binding_unit(view, end);
        if (end < view->size && symbol == binding->quote)
            return digit ? end : 0;
        if (symbol == '\n' || symbol_is(symbol, CLASS_BOUNDARY | CLASS_QUOTE))
            return 0;
        digit |= symbol_is(symbol, CLASS_DIGIT) != 0;
    }
    return 0;
}

/* Whether nothing after the value that ends before `end` makes it part of something longer. */
static bool ends_well(const struct view *view, uint32_t end, bool blanks_only)
{
    uint8_t after = binding_unit(view, end);
    if (symbol_is(after, CLASS_WORD))
        return false;
    if (!symbol_is(binding_unit(view, end + 1), CLASS_DIGIT))
        return true;
    return after != '.' &&
           !(blanks_only && (after == '-' || after == '/' || after == ':' || after == ','));
}

/* End of at most `most` units of `classes` and one more. */
static uint32_t run_end(const struct view *view, uint32_t at, unsigned classes, uint32_t most)
{
    uint32_t end = at;
    while (end - at <= most && symbol_is(binding_unit(view, end), classes))
        end++;
    return end;
}

/* The end of a PIN block of pairs with the same space, `:` or `-` between all; 0: it is none. */
static uint32_t pairs_end(const struct view *view, uint32_t at)
{
    uint8_t between = binding_unit(view, at + 2);
    if (between != ' ' && between != ':' && between != '-')
        return 0;
    for (unsigned pair = 0; pair < PIN_BLOCK_DIGITS / 2; pair++, at += 3) {
        if ((pair && view->symbols[at - 1] != between) ||
            !symbol_is(binding_unit(view, at), CLASS_HEX) ||
            !symbol_is(binding_unit(view, at + 1), CLASS_HEX))
            return 0;
    }
    return at - 1;
}

/* The value of digits; 0: none, else its end. */
static uint32_t value_end(const struct view *view, const struct phrase *phrase,
                          const struct binding *binding)
{
    uint32_t at = binding->value, end;
    if (phrase->pin) {
        end = run_end(view, at, CLASS_HEX, PIN_BLOCK_DIGITS);
        if (end - at == PIN_BLOCK_DIGITS && ends_well(view, end, binding->blanks_only))
            return end;
        end = pairs_end(view, at);
        if (end && ends_well(view, end, binding->blanks_only))
            return end;
        if (phrase->block)
            return 0;
    }
    uint32_t least = phrase->pin ? PIN_DIGITS_MIN : CVV_DIGITS_MIN;
    uint32_t most = phrase->pin ? PIN_DIGITS_MAX : CVV_DIGITS_MAX;
    end = run_end(view, at, CLASS_DIGIT, most);
    if (end - at < least || end - at > most || !ends_well(view, end, binding->blanks_only))
        return 0;
    return end;
}

/* The open value that a cut at the line's end went through; false: there is none. */
static bool is_cut(const struct keyed *search, const struct phrase *phrase,
                   const struct binding *binding)
{
    const struct view *view = search->view;
    uint32_t at = binding->value;
    if (binding->assignment && binding->quote && search->open <= at && search->last_digit > at &&
        !closes_string(view, at))
        return true;
    return at < view->size && at >= (phrase->block ? search->last_hex : search->last_digits);
}

/* Tells what became of a label; `binding` NULL: it hangs on nothing. `end`: of the value. */
static void trace(const struct keyed *search, const struct phrase *phrase,
                  const struct binding *binding, uint32_t end)
{
    struct verdict verdict = {.all = true};
    struct trace_candidate candidate = {
        .view = search->view,
        .begin = phrase->end,
        .end = phrase->end,
        .label_begin = phrase->begin,
        .label_end = phrase->end,
        .kind = phrase->pin ? MATCH_PIN : MATCH_CVV,
    };
    gate_fails(&verdict, GATE_LABEL, phrase->partial);
    if (!phrase->partial)
        gate_fails(&verdict, GATE_BINDING, !binding);
    if (binding) {
        gate_fails(&verdict, GATE_VALUE, !end);
        candidate.begin = binding->value;
        candidate.end = end ? end : run_end(search->view, binding->value, CLASS_HEX, TRACED_UNITS);
    }
    if (phrase->needs_record)
        gate_fails(&verdict, GATE_RECORD, false); /* known when the whole line is */
    candidate.verdict = verdict;
    search->list->trace->add(search->list->trace->user, &candidate);
}

int keyed_judge_cut(struct keyed *search, const struct phrase *phrase,
                    const struct binding *binding)
{
    if (!search->cut_end || !is_cut(search, phrase, binding))
        return 0;
    if (search->list->trace)
        trace(search, phrase, binding, search->view->size);
    int r = match_add_units(search->list, search->view, binding->value, search->view->size,
                            phrase->pin ? MATCH_PIN : MATCH_CVV, BLOT_WITHHELD_LENGTH,
                            phrase->needs_record);
    return r < 0 ? r : 1;
}

int keyed_judge(struct keyed *search, const struct phrase *phrase, const struct binding *binding)
{
    enum match_kind kind = phrase->pin ? MATCH_PIN : MATCH_CVV;
    uint32_t end = 0;
    int cut = keyed_judge_cut(search, phrase, binding);
    if (cut < 0)
        return cut;
    if (binding->assignment && binding->quote && !phrase->pin)
        end = quoted_end(search, binding);
    if (!end)
        end = value_end(search->view, phrase, binding);
    if (!cut && search->list->trace && (end || !search->one_of_many))
        trace(search, phrase, binding, end);
    if (!end)
        return 0;
    return match_add_units(search->list, search->view, binding->value, end, kind, BLOT_REDACTED,
                           phrase->needs_record);
}

static int judge_label(void *user, const struct phrase *phrase)
{
    struct keyed *search = user;
    const struct view *view = search->view;
    struct binding bindings[1 + 2 + APART_BINDINGS_MAX] = {{0}};
    unsigned count = 0;
    int r = 0;
    if (phrase->partial) {
        trace(search, phrase, NULL, 0);
        return 0;
    }
    uint32_t at = binding_skip_closings(view, phrase->end);
    count += binding_plain(view, at, &bindings[0]);
    bool assigned = count > 0 && bindings[0].assignment;
    if (binding_in_tag(view, phrase->begin) ||
        binding_in_attribute(view, phrase->begin, phrase->end))
        count += binding_element(view, at, &bindings[count]);
    count += apart_list(view, phrase->begin, phrase->end, assigned, &bindings[count]);
    size_t found = search->list->count;
    search->one_of_many = true;
    for (unsigned i = 0; r == 0 && i < count; i++)
        r = keyed_judge(search, phrase, &bindings[i]);
    search->one_of_many = false;
    if (r == 0 && search->list->trace && search->list->count == found)
        trace(search, phrase, count > 0 ? &bindings[0] : NULL, 0);
    return r;
}

/* The values of fields that hold a PIN block (contract 3.7). */
static int find_fields(struct keyed *search)
{
    const struct view *view = search->view;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < view->field_count; i++) {
        struct binding binding = {
            .value = view->fields[i].value, .assignment = true, .quote = view->fields[i].quote};
        struct phrase pin_block = {
            .begin = binding.value, .end = binding.value, .pin = true, .block = true};
        if (view->fields[i].number == FIELD_PIN_BLOCK)
            r = keyed_judge(search, &pin_block, &binding);
    }
    return r;
}

int keyed_find(struct match_list *list, const struct view *view, bool cut_end)
{
    struct keyed search = {.list = list, .view = view, .cut_end = cut_end};
    for (uint32_t i = 0; cut_end && i < view->size; i++) {
        uint8_t symbol = view->symbols[i];
        if (symbol_is(symbol, CLASS_QUOTE | CLASS_BOUNDARY))
            search.open = i + 1;
        if (symbol_is(symbol, CLASS_DIGIT))
            search.last_digit = i + 1;
        else
            search.last_digits = i + 1;
        if (!symbol_is(symbol, CLASS_HEX))
            search.last_hex = i + 1;
    }
    const struct phrase_user user = {
        .use = judge_label, .user = &search, .partial = list->trace != NULL};
    int r = phrase_each(view, &user);
    if (r == 0)
        r = find_fields(&search);
    return r < 0 ? r : column_find(&search);
}
