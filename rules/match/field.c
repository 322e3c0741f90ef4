#include "rules/match/field.h"

#include "rules/match/binding.h"

#include <string.h>

enum {
    JOINERS_MAX = 2,
    NUMBER_DIGITS_MAX = 3,
    DESCRIPTION_UNITS_MAX = 63, /* after its first blank */
    ESCAPE = 0x1B,              /* begins a colour */
};

struct fields {
    const struct blot_memory *memory;
    struct buffer *storage;
    const struct view *view;
    uint32_t count;
};

/* Reads 1–3 digits with no letter or digit after them. Returns their end, or 0. */
static uint32_t read_number(const struct view *view, uint32_t at, uint32_t *ret_number)
{
    uint32_t end = at, number = 0;
    while (end - at <= NUMBER_DIGITS_MAX && symbol_is(binding_unit(view, end), CLASS_DIGIT))
        number = number * 10 + (view->symbols[end++] - '0');
    if (end == at || end - at > NUMBER_DIGITS_MAX ||
        symbol_is(binding_unit(view, end), CLASS_LETTER))
        return 0;
    *ret_number = number;
    return end;
}

static bool is_known(uint32_t number)
{
    return number == FIELD_PAN || number == FIELD_EXTENDED_PAN || number == FIELD_TRACK2 ||
           number == FIELD_TRACK1 || number == FIELD_PIN_BLOCK;
}

/* Adds the value of the label that ends before `label`, unless a colour stands between, in order;
 * it begins behind those that were added, or not far before. */
static int add_value(struct fields *fields, uint32_t label, const struct binding *binding,
                     uint32_t number)
{
    if (memchr(fields->view->symbols + label, ESCAPE, binding->value - label))
        return 0;
    int r = buffer_reserve(fields->memory, fields->storage,
                           (fields->count + 1) * sizeof(struct view_field),
                           fields->count * sizeof(struct view_field));
    if (r < 0)
        return r;
    struct view_field *values = fields->storage->data;
    uint32_t place = fields->count++;
    for (; place > 0 && values[place - 1].value > binding->value; place--)
        values[place] = values[place - 1];
    values[place] = (struct view_field){
        .value = binding->value, .number = (uint16_t)number, .quote = binding->quote};
    return 0;
}

/* Adds what an assignment binds to the label that ends before `at`. */
static int add_assigned(struct fields *fields, uint32_t at, uint32_t number)
{
    struct binding binding;
    if (!binding_plain(fields->view, binding_skip_closings(fields->view, at), &binding) ||
        !binding.assignment)
        return 0;
    return add_value(fields, at, &binding, number);
}

static bool is_description_unit(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_LETTER | CLASS_BLANK) || symbol == '.' || symbol == '-' ||
           symbol == '_' || symbol == '/' || symbol == '(' || symbol == ')';
}

/* `DE 2 (primary account number): `. */
static int add_described(struct fields *fields, uint32_t at, uint32_t number)
{
    const struct view *view = fields->view;
    uint32_t label = at;
    at = binding_skip_closings(view, at);
    if (!symbol_is(binding_unit(view, at), CLASS_BLANK))
        return 0;
    uint32_t begin = ++at;
    while (at - begin < DESCRIPTION_UNITS_MAX && is_description_unit(binding_unit(view, at)))
        at++;
    if (binding_unit(view, at) != ':' && binding_unit(view, at) != '=')
        return 0;
    struct binding binding =
        binding_open(view, binding_skip_type(view, binding_skip_blanks(view, at + 1)));
    return add_value(fields, label, &binding, number);
}

/* `field id="2" value=`, from behind `field` on. */
static int add_attribute(struct fields *fields, uint32_t at)
{
    const struct view *view = fields->view;
    uint32_t next = binding_skip_blanks(view, at), number = 0;
    if (next == at || !(at = binding_skip_word(view, next, "id")))
        return 0;
    at = binding_skip_blanks(view, at);
    if (binding_unit(view, at) != '=')
        return 0;
    at = binding_skip_blanks(view, at + 1);
    uint8_t quote = symbol_is(binding_unit(view, at), CLASS_QUOTE) ? view->symbols[at] : 0;
    at = read_number(view, at + (quote != 0), &number);
    if (!at || !is_known(number) || (quote && binding_unit(view, at) != quote))
        return 0;
    at += quote != 0;
    next = binding_skip_blanks(view, at);
    if (next == at || !(at = binding_skip_word(view, next, "value")))
        return 0;
    return add_assigned(fields, at, number);
}

static int add_numbered(struct fields *fields, uint32_t at)
{
    const struct view *view = fields->view;
    uint32_t number = 0;
    for (unsigned n = 0; n < JOINERS_MAX; n++, at++) {
        uint8_t symbol = binding_unit(view, at);
        if (!symbol_is(symbol, CLASS_BLANK) && symbol != '_' && symbol != '-' && symbol != '.' &&
            symbol != '[' && symbol != '#')
            break;
    }
    at = read_number(view, at, &number);
    if (!at || !is_known(number))
        return 0;
    int r = add_assigned(fields, at, number);
    return r < 0 ? r : add_described(fields, at, number);
}

/* Adds the values of the label that begins at `at`. */
static int add_label(struct fields *fields, uint32_t at)
{
    const struct view *view = fields->view;
    uint8_t first = symbol_lower(view->symbols[at]);
    uint32_t end = 0;
    if (first == 'f' && (end = binding_skip_word(view, at, "field"))) {
        int r = add_attribute(fields, end);
        return r < 0 ? r : add_numbered(fields, end);
    }
    if (view->symbols[at] == 'F')
        end = at + 1;
    else if (first == 'd')
        end = binding_skip_word(view, at, "de");
    else if (first == 'b' && !(end = binding_skip_word(view, at, "bit")))
        end = binding_skip_word(view, at, "bmp");
    return end ? add_numbered(fields, end) : 0;
}

int field_list(const struct blot_memory *memory, struct buffer *storage, struct view *view)
{
    const uint8_t *s = view->symbols;
    struct fields fields = {.memory = memory, .storage = storage, .view = view};
    int r = 0;
    for (uint32_t at = 0; r == 0 && (at = view_next(view, view->marks.initials, at)) < view->size;
         at++) {
        uint8_t first = s[at] | 0x20;
        if ((first != 'd' && first != 'f' && first != 'b') ||
            (at > 0 && (symbol_is(s[at - 1], CLASS_WORD) || s[at - 1] == SYMBOL_INERT)))
            continue;
        r = add_label(&fields, at);
    }
    if (r < 0)
        return r;
    view->fields = storage->data;
    view->field_count = fields.count;
    return 0;
}

bool field_begins(const struct view *view, uint32_t at, enum field_number number)
{
    uint32_t low = 0, high = view->field_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (view->fields[middle].value < at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < view->field_count && view->fields[low].value == at; low++) {
        if (view->fields[low].number == number)
            return true;
    }
    return false;
}
