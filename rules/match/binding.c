#include "rules/match/binding.h"

enum {
    TAG_UNITS_MAX = 128,
    TAG_NAME_UNITS_MAX = 64,
    CLOSINGS_MAX = 2,
    OPENINGS_MAX = 2,
    COLOURS_MAX = 4,
    COLOUR_UNITS_MAX = 16,
    INNER_TAG_UNITS_MAX = 64,
    TYPE_UNITS_MAX = 16,
    LENGTH_DIGITS_MAX = 2,
    ESCAPE = 0x1B,
};

uint32_t binding_skip_blanks(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < BINDING_BLANKS_MAX && symbol_is(binding_unit(view, at), CLASS_BLANK);
         n++)
        at++;
    return at;
}

uint32_t binding_skip_word(const struct view *view, uint32_t at, const char *word)
{
    for (; *word; word++, at++) {
        if (symbol_lower(binding_unit(view, at)) != (uint8_t)*word)
            return 0;
    }
    return at;
}

static bool is_colour_unit(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_DIGIT) || symbol == ';';
}

uint32_t binding_skip_colours(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < COLOURS_MAX && binding_unit(view, at) == ESCAPE; n++) {
        uint32_t end = at + 2;
        if (binding_unit(view, at + 1) != '[')
            break;
        while (end - at - 2 < COLOUR_UNITS_MAX && is_colour_unit(binding_unit(view, end)))
            end++;
        if (binding_unit(view, end) != 'm')
            break;
        at = end + 1;
    }
    return at;
}

/* Where the colour begins that ends before `at`; `at` where none does. */
static uint32_t colour_begin(const struct view *view, uint32_t at)
{
    const uint8_t *s = view->symbols;
    if (at < 3 || s[at - 1] != 'm')
        return at;
    uint32_t begin = at - 1;
    while (begin > 0 && at - 1 - begin < COLOUR_UNITS_MAX && is_colour_unit(s[begin - 1]))
        begin--;
    return begin > 1 && s[begin - 1] == '[' && s[begin - 2] == ESCAPE ? begin - 2 : at;
}

bool binding_after_colour(const struct view *view, uint32_t at)
{
    return colour_begin(view, at) != at;
}

uint32_t binding_skip_colours_left(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < COLOURS_MAX; n++)
        at = colour_begin(view, at);
    return at;
}

uint32_t binding_skip_closings(const struct view *view, uint32_t at)
{
    at = binding_skip_colours(view, at);
    for (unsigned n = 0; n < CLOSINGS_MAX; n++, at++) {
        uint8_t closing = binding_unit(view, at);
        if (!symbol_is(closing, CLASS_QUOTE) && closing != ']' && closing != ')')
            break;
    }
    return binding_skip_colours(view, at);
}

uint32_t binding_assignment_end(const struct view *view, uint32_t at)
{
    uint8_t first = binding_unit(view, at), second = binding_unit(view, at + 1);
    if (first == '-' || first == '<')
        return second == '>' ? at + 2 : 0;
    if (first == '!')
        return second == '=' ? at + 2 : 0;
    if (first != '=' && first != ':' && first != '#')
        return 0;
    bool two = second == '=' || (first == '=' && second == '>') || (first == '#' && second == ':');
    return at + (two ? 2 : 1);
}

static bool is_opening(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_QUOTE) || symbol == '(' || symbol == '[' || symbol == '{';
}

uint32_t binding_skip_type(const struct view *view, uint32_t at)
{
    uint8_t first = binding_unit(view, at), second = binding_unit(view, at + 1);
    if ((first == '<' && second == '<') || (first == '0' && (second | 0x20) == 'x'))
        return at + 2;
    if (!symbol_is(first, CLASS_LETTER))
        return at;
    uint32_t end = at + 1;
    for (; end - at < TYPE_UNITS_MAX; end++) {
        uint8_t symbol = binding_unit(view, end);
        if (!symbol_is(symbol, CLASS_WORD) && symbol != '.' && symbol != '_' && symbol != ':')
            break;
    }
    if (!is_opening(binding_unit(view, end)))
        return at;
    uint32_t length = view_has(view, at, "string(", 7) ? at + 7 : 0, digits = length;
    while (length && digits - length < LENGTH_DIGITS_MAX &&
           symbol_is(binding_unit(view, digits), CLASS_DIGIT))
        digits++;
    if (digits > length && binding_unit(view, digits) == ')' &&
        symbol_is(binding_unit(view, digits + 1), CLASS_BLANK))
        return digits + 2;
    return end;
}

struct binding binding_open(const struct view *view, uint32_t at)
{
    struct binding binding = {.value = binding_skip_colours(view, at)};
    for (unsigned n = 0; n < OPENINGS_MAX; n++, binding.value++) {
        uint8_t symbol = binding_unit(view, binding.value);
        if (!is_opening(symbol))
            break;
        /* The second of two equal quotes closes an empty value. */
        bool quote = symbol_is(symbol, CLASS_QUOTE);
        binding.quote = quote && symbol != binding.quote ? symbol : 0;
    }
    return binding;
}

/* Behind the word `is`, `like` or, before a parenthesis, `in` and the blanks after it; 0: it does
 * not stand there. */
static uint32_t skip_word_of_assignment(const struct view *view, uint32_t at)
{
    static const char *const words[] = {"is", "like", "in"};
    for (unsigned i = 0; i < 3; i++) {
        uint32_t end = binding_skip_word(view, at, words[i]);
        if (!end || !symbol_is(binding_unit(view, end), CLASS_BLANK))
            continue;
        end = binding_skip_blanks(view, end);
        return i < 2 || binding_unit(view, end) == '(' ? end : 0;
    }
    return 0;
}

uint32_t binding_skip_assignment(const struct view *view, uint32_t at)
{
    uint32_t begin = at, end;
    at = binding_skip_blanks(view, at);
    if ((end = binding_assignment_end(view, at)))
        return binding_skip_blanks(view, end);
    return at > begin ? skip_word_of_assignment(view, at) : 0;
}

bool binding_plain(const struct view *view, uint32_t at, struct binding *ret_binding)
{
    uint32_t assigned = binding_skip_assignment(view, at), next = binding_skip_blanks(view, at);
    if (!assigned && next == at && binding_unit(view, at) != '(')
        return false;
    *ret_binding = binding_open(view, assigned ? binding_skip_type(view, assigned) : next);
    ret_binding->assignment = assigned != 0;
    ret_binding->blanks_only = !assigned;
    return true;
}

bool binding_in_tag(const struct view *view, uint32_t label)
{
    const uint8_t *s = view->symbols;
    uint32_t name = label;
    while (name > 0 && label - name < TAG_NAME_UNITS_MAX &&
           (symbol_is(s[name - 1], CLASS_WORD) || s[name - 1] == '_' || s[name - 1] == '-' ||
            s[name - 1] == '.' || s[name - 1] == ':'))
        name--;
    return name > 0 && s[name - 1] == '<';
}

bool binding_in_attribute(const struct view *view, uint32_t begin, uint32_t end)
{
    const uint8_t *s = view->symbols;
    return begin > 1 && symbol_is(s[begin - 1], CLASS_QUOTE) && s[begin - 2] == '=' &&
           binding_unit(view, end) == s[begin - 1];
}

/* Behind the tag whose name begins at `at`, or goes on there; 0: there is none. */
static uint32_t tag_end(const struct view *view, uint32_t at, uint32_t most)
{
    uint32_t begin = at;
    while (binding_unit(view, at) != '>') {
        if (at >= view->size || at - begin >= most || view->symbols[at] == '<')
            return 0;
        at++;
    }
    return at + 1;
}

static struct binding open_text(const struct view *view, uint32_t at)
{
    static const char cdata[] = "<![CDATA[";
    if (view_has(view, at, cdata, sizeof(cdata) - 1))
        at += sizeof(cdata) - 1;
    return binding_open(view, at);
}

unsigned binding_element(const struct view *view, uint32_t at, struct binding ret_bindings[2])
{
    uint32_t end = tag_end(view, at, TAG_UNITS_MAX);
    if (!end)
        return 0;
    at = binding_skip_blanks(view, end);
    ret_bindings[0] = open_text(view, at);
    if (view->symbols[end - 2] == '/' || binding_unit(view, at) != '<' ||
        !symbol_is(binding_unit(view, at + 1), CLASS_LETTER))
        return 1;
    end = tag_end(view, at + 1, INNER_TAG_UNITS_MAX);
    if (!end || view->symbols[end - 2] == '/')
        return 1;
    ret_bindings[1] = open_text(view, binding_skip_blanks(view, end));
    return 2;
}
