/* Card verification codes by their place: the fields after a PAN in a row of values or in a list of
 * parameters (contract 3.6). */
#include "rules/match/binding.h"
#include "rules/match/match.h"
#include "rules/match/run.h"

enum {
    FIELDS_MAX = 3, /* after the PAN */
    FIELD_UNITS_MAX = 64,
    TYPE_UNITS_MAX = 16,
    PARAMETER_DIGITS_MAX = 5,
    CVV_DIGITS_MIN = 3,
    CVV_DIGITS_MAX = 4,
};

static bool is_delimiter(uint8_t symbol)
{
    return symbol == '|' || symbol == ',' || symbol == ';';
}

static bool ends_row(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_BOUNDARY) || symbol == '\n' || symbol == '\r';
}

/* Behind units of `classes`, at most `most`; `at` where there are none or more. */
static uint32_t skip_run(const struct view *view, uint32_t at, unsigned classes, uint32_t most)
{
    uint32_t end = at;
    while (end - at <= most && symbol_is(binding_unit(view, end), classes))
        end++;
    return end - at <= most ? end : at;
}

/* Behind a type in parentheses, such as `(String)`. */
static uint32_t skip_type(const struct view *view, uint32_t at)
{
    if (binding_unit(view, at) != '(')
        return at;
    uint32_t end = skip_run(view, at + 1, CLASS_LETTER, TYPE_UNITS_MAX);
    return end > at + 1 && binding_unit(view, end) == ')' ? end + 1 : at;
}

static bool is_bracket(uint8_t symbol)
{
    return symbol == '(' || symbol == '[' || symbol == '{' || symbol == ')' || symbol == ']' ||
           symbol == '}';
}

/* Behind blanks and the name of a parameter, such as `$1 = `. */
static uint32_t skip_parameter(const struct view *view, uint32_t at)
{
    at = binding_skip_blanks(view, at);
    if (binding_unit(view, at) != '$')
        return at;
    uint32_t end = skip_run(view, at + 1, CLASS_DIGIT, PARAMETER_DIGITS_MAX);
    if (end == at + 1)
        return at;
    end = binding_skip_blanks(view, end);
    return binding_unit(view, end) == '=' ? binding_skip_blanks(view, end + 1) : at;
}

/* A field of a row: where its text begins, and the quote it is in, or 0. */
struct field {
    uint32_t begin, text;
    uint8_t quote;
};

static struct field read_field(const struct view *view, uint32_t at)
{
    struct field field = {.begin = at, .text = skip_parameter(view, at)};
    uint8_t first = binding_unit(view, field.text);
    if (symbol_is(first, CLASS_QUOTE)) {
        field.quote = first;
        field.text++;
    }
    return field;
}

/* Whether the field ends well after its text, which ends before `at`. */
static bool ends_field(const struct view *view, const struct field *field, uint32_t at,
                       uint8_t delimiter)
{
    if (field->quote) {
        if (binding_unit(view, at) != field->quote)
            return false;
        at++;
    }
    at = binding_skip_blanks(view, skip_type(view, at));
    uint8_t after = binding_unit(view, at);
    return at >= view->size || after == delimiter || ends_row(after) ||
           symbol_is(after, CLASS_QUOTE) || after == ')' || after == ']' || after == '}' ||
           after == '<';
}

/* Adds the field's text when it is a code. */
static int judge(struct match_list *list, const struct view *view, const struct field *field,
                 uint8_t delimiter, bool cut_end)
{
    uint32_t end = skip_run(view, field->text, CLASS_DIGIT, CVV_DIGITS_MAX);
    uint32_t digits = end - field->text;
    if (digits == 0 || (digits == CVV_DIGITS_MAX && run_is_expiry(view->symbols + field->text)))
        return 0;
    struct verdict verdict = {.all = true};
    gate_fails(&verdict, GATE_VALUE, false);
    bool whole = digits >= CVV_DIGITS_MIN && ends_field(view, field, end, delimiter);
    if (!whole && cut_end && end == view->size)
        return match_add_units(list, view, field->text, end, MATCH_CVV, BLOT_WITHHELD_LENGTH,
                               false);
    if (!whole)
        return 0;
    match_trace(list, view, field->text, end, MATCH_CVV, &verdict);
    return match_add_units(list, view, field->text, end, MATCH_CVV, BLOT_REDACTED, false);
}

/* Where the next field begins; 0: the row ends. */
static uint32_t next_field(const struct view *view, const struct field *field, uint8_t delimiter)
{
    uint8_t quote = field->quote;
    for (uint32_t at = field->text; at < view->size && at - field->begin < FIELD_UNITS_MAX; at++) {
        for (uint32_t next = at; !quote && (next = skip_type(view, at)) != at;)
            at = next;
        uint8_t symbol = binding_unit(view, at);
        if (ends_row(symbol) || (!quote && is_bracket(symbol)))
            return 0;
        if (quote && symbol == quote)
            quote = 0;
        else if (!quote && symbol == delimiter && at - field->begin < FIELD_UNITS_MAX)
            return at + 1;
    }
    return 0;
}

/* Behind one `:`, or at most 4 blanks; `at` where neither stands. */
static uint32_t skip_between(const struct view *view, uint32_t at)
{
    return binding_unit(view, at) == ':' ? at + 1 : binding_skip_blanks(view, at);
}

/* Behind MM/YY or MM/20YY; 0: none stands there. */
static uint32_t expiry_end(const struct view *view, uint32_t at)
{
    uint32_t slash = skip_run(view, at, CLASS_DIGIT, 2), year = slash + 1;
    if (slash != at + 2 || binding_unit(view, slash) != '/')
        return 0;
    uint32_t end = skip_run(view, year, CLASS_DIGIT, 4);
    unsigned month = (view->symbols[at] - 48u) * 10 + (view->symbols[at + 1] - 48u);
    bool twenty = end == year + 4 && view->symbols[year] == '2' && view->symbols[year + 1] == '0';
    return month >= 1 && month <= 12 && (end == year + 2 || twenty) ? end : 0;
}

/* `4111111111111111 12/30 123`, from behind the PAN on. */
static int find_written(struct match_list *list, const struct view *view, uint32_t at, bool cut_end)
{
    uint32_t expiry = skip_between(view, at), end = expiry > at ? expiry_end(view, expiry) : 0;
    at = end ? skip_between(view, end) : 0;
    if (!end || at == end)
        return 0;
    end = skip_run(view, at, CLASS_DIGIT, CVV_DIGITS_MAX);
    uint32_t digits = end - at;
    if (cut_end && digits > 0 && end == view->size)
        return match_add_units(list, view, at, end, MATCH_CVV, BLOT_WITHHELD_LENGTH, false);
    uint8_t after = binding_unit(view, end);
    bool goes_on = (after == '.' || after == ',' || after == '-' || after == '/' || after == ':') &&
                   symbol_is(binding_unit(view, end + 1), CLASS_DIGIT);
    if (digits < CVV_DIGITS_MIN || symbol_is(after, CLASS_WORD) || goes_on)
        return 0;
    struct verdict verdict = {.all = true};
    gate_fails(&verdict, GATE_VALUE, false);
    match_trace(list, view, at, end, MATCH_CVV, &verdict);
    return match_add_units(list, view, at, end, MATCH_CVV, BLOT_REDACTED, false);
}

/* The row that begins with the PAN which ends before `end`. */
static int find_after(struct match_list *list, const struct view *view, uint32_t end, bool cut_end)
{
    int r = find_written(list, view, end, cut_end);
    if (symbol_is(binding_unit(view, end), CLASS_QUOTE))
        end++;
    end = binding_skip_blanks(view, skip_type(view, end));
    uint8_t delimiter = binding_unit(view, end);
    if (!is_delimiter(delimiter))
        return r;
    uint32_t at = end + 1;
    for (unsigned n = 0; r == 0 && n < FIELDS_MAX && at; n++) {
        struct field field = read_field(view, at);
        r = judge(list, view, &field, delimiter, cut_end);
        at = next_field(view, &field, delimiter);
    }
    return r;
}

int row_find(struct match_list *list, const struct view *view, size_t first, bool cut_end)
{
    size_t count = list->count;
    int r = 0;
    for (size_t i = first; r == 0 && i < count; i++) {
        const struct match *match = match_list_at(list, i);
        if (match->kind == MATCH_PAN)
            r = find_after(list, view, match->after, cut_end);
    }
    return r;
}
