/* Values that their label gives away: card verification codes and PINs (contract 3.1, 3.3, 6). */
#include "rules/match/match.h"
#include "rules/match/phrase.h"

enum {
    BLANKS_MAX = 4,
    TAG_UNITS_MAX = 128,
    TAG_NAME_UNITS_MAX = 64,
    CLOSINGS_MAX = 2,
    OPENINGS_MAX = 2,
    QUOTED_UNITS_MAX = 64,
    CVV_DIGITS_MIN = 3,
    CVV_DIGITS_MAX = 4,
    PIN_DIGITS_MIN = 4,
    PIN_DIGITS_MAX = 12,
    PIN_BLOCK_DIGITS = 16,
    TRACED_UNITS = 32, /* of a value that is none */
};

struct search {
    struct match_list *list;
    const struct view *view;
    bool cut_end;
    /* For cut_end only: */
    uint32_t open;        /* no quote and no boundary stands from here on */
    uint32_t last_digit;  /* the unit after it; 0: none */
    uint32_t last_digits; /* where the digits begin that reach the end */
    uint32_t last_hex;    /* the same, of hex digits */
};

/* How a label hangs on its value. */
struct binding {
    uint32_t value; /* unit */
    bool assignment, blanks_only;
    uint8_t quote; /* the last opening unit when it is one, else 0 */
};

static uint8_t at_unit(const struct view *view, uint32_t at)
{
    return at < view->size ? view->symbols[at] : (uint8_t)SYMBOL_INVALID;
}

static uint32_t skip_blanks(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < BLANKS_MAX && symbol_is(at_unit(view, at), CLASS_BLANK); n++)
        at++;
    return at;
}

static void read_openings(const struct view *view, struct binding *binding)
{
    for (unsigned n = 0; n < OPENINGS_MAX; n++, binding->value++) {
        uint8_t symbol = at_unit(view, binding->value);
        bool quote = symbol_is(symbol, CLASS_QUOTE);
        if (!quote && symbol != '(' && symbol != '[' && symbol != '{')
            break;
        /* The second of two equal quotes closes an empty value. */
        binding->quote = quote && symbol != binding->quote ? symbol : 0;
    }
}

static uint32_t assignment_end(const struct view *view, uint32_t at)
{
    uint8_t first = at_unit(view, at), second = at_unit(view, at + 1);
    if (first != '=' && first != ':')
        return 0;
    return at + (second == '=' || (first == '=' && second == '>') ? 2 : 1);
}

/* An assignment, `is`, or blanks alone, after the label that ends before `at`. */
static bool bind_plain(const struct view *view, uint32_t at, struct binding *ret_binding)
{
    uint32_t begin = at, end;
    at = skip_blanks(view, at);
    struct binding binding = {0};
    if ((end = assignment_end(view, at))) {
        binding.assignment = true;
        at = skip_blanks(view, end);
    } else if (at == begin) {
        return false;
    } else if (symbol_lower(at_unit(view, at)) == 'i' &&
               symbol_lower(at_unit(view, at + 1)) == 's' &&
               symbol_is(at_unit(view, at + 2), CLASS_BLANK)) {
        binding.assignment = true;
        at = skip_blanks(view, at + 2);
    } else {
        binding.blanks_only = true;
    }
    binding.value = at;
    read_openings(view, &binding);
    *ret_binding = binding;
    return true;
}

/* The text of the element whose tag the label is in. */
static bool bind_element(const struct view *view, uint32_t label, uint32_t at,
                         struct binding *ret_binding)
{
    static const char cdata[] = "<![CDATA[";
    const uint8_t *s = view->symbols;
    uint32_t name = label;
    while (name > 0 && label - name < TAG_NAME_UNITS_MAX &&
           (symbol_is(s[name - 1], CLASS_WORD) || s[name - 1] == '_' || s[name - 1] == '-' ||
            s[name - 1] == '.' || s[name - 1] == ':'))
        name--;
    if (name == 0 || s[name - 1] != '<')
        return false;
    uint32_t begin = at;
    while (at - begin <= TAG_UNITS_MAX && at_unit(view, at) != '>') {
        if (at == view->size || s[at] == '<')
            return false;
        at++;
    }
    if (at - begin > TAG_UNITS_MAX)
        return false;
    at = skip_blanks(view, at + 1);
    if (view_has(view, at, cdata, sizeof(cdata) - 1))
        at += sizeof(cdata) - 1;
    struct binding binding = {.value = at};
    read_openings(view, &binding);
    *ret_binding = binding;
    return true;
}

/* Whether the quote before `at` rather closes a JSON string than opens a value: `["cvv:",5,"x"]`.
 */
static bool closes_string(const struct view *view, uint32_t at)
{
    while (symbol_is(at_unit(view, at), CLASS_BLANK) || at_unit(view, at) == '\r')
        at++;
    uint8_t first = at_unit(view, at);
    return first == ',' || first == ':' || first == ']' || first == '}';
}

/* All between the quotes; 0: no such value, else its end. */
static uint32_t quoted_end(const struct search *search, const struct binding *binding)
{
    const struct view *view = search->view;
    bool digit = false;
    uint32_t end = binding->value;
    if (closes_string(view, end))
        return 0;
    for (; end - binding->value <= QUOTED_UNITS_MAX; end++) {
        uint8_t symbol = at_unit(view, end);
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
    uint8_t after = at_unit(view, end);
    if (symbol_is(after, CLASS_WORD))
        return false;
    if (!symbol_is(at_unit(view, end + 1), CLASS_DIGIT))
        return true;
    return after != '.' &&
           !(blanks_only && (after == '-' || after == '/' || after == ':' || after == ','));
}

/* End of at most `most` units of `classes` and one more. */
static uint32_t run_end(const struct view *view, uint32_t at, unsigned classes, uint32_t most)
{
    uint32_t end = at;
    while (end - at <= most && symbol_is(at_unit(view, end), classes))
        end++;
    return end;
}

/* The value of digits; 0: none, else its end. */
static uint32_t value_end(const struct view *view, const struct phrase *phrase,
                          const struct binding *binding)
{
    uint32_t at = binding->value, end;
    if (phrase->pin) {
        end = run_end(view, at, CLASS_HEX, PIN_BLOCK_DIGITS);
        if (end - at == PIN_BLOCK_DIGITS && ends_well(view, end, binding->blanks_only) &&
            !symbol_is(view->symbols[at - 1], CLASS_WORD))
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
static bool is_cut(const struct search *search, const struct phrase *phrase,
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
static void trace(const struct search *search, const struct phrase *phrase,
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

static int judge(struct search *search, const struct phrase *phrase, const struct binding *binding)
{
    enum match_kind kind = phrase->pin ? MATCH_PIN : MATCH_CVV;
    uint32_t end = 0;
    if (search->cut_end && is_cut(search, phrase, binding)) {
        if (search->list->trace)
            trace(search, phrase, binding, search->view->size);
        return match_add_units(search->list, search->view, binding->value, search->view->size, kind,
                               BLOT_WITHHELD_LENGTH, phrase->needs_record);
    }
    if (binding->assignment && binding->quote && !phrase->pin)
        end = quoted_end(search, binding);
    if (!end)
        end = value_end(search->view, phrase, binding);
    if (search->list->trace)
        trace(search, phrase, binding, end);
    if (!end)
        return 0;
    return match_add_units(search->list, search->view, binding->value, end, kind, BLOT_REDACTED,
                           phrase->needs_record);
}

static int judge_label(void *user, const struct phrase *phrase)
{
    struct search *search = user;
    const struct view *view = search->view;
    struct binding binding;
    uint32_t at = phrase->end;
    int r = 0;
    if (phrase->partial) {
        trace(search, phrase, NULL, 0);
        return 0;
    }
    for (unsigned n = 0; n < CLOSINGS_MAX; n++, at++) {
        uint8_t closing = at_unit(view, at);
        if (!symbol_is(closing, CLASS_QUOTE) && closing != ']' && closing != ')')
            break;
    }
    bool plain = bind_plain(view, at, &binding);
    if (plain)
        r = judge(search, phrase, &binding);
    if (r < 0)
        return r;
    if (bind_element(view, phrase->begin, at, &binding))
        return judge(search, phrase, &binding);
    if (!plain && search->list->trace)
        trace(search, phrase, NULL, 0);
    return 0;
}

int keyed_find(struct match_list *list, const struct view *view, bool cut_end)
{
    struct search search = {.list = list, .view = view, .cut_end = cut_end};
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
    return phrase_each(view, &user);
}
