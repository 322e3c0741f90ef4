#include "rules/match/binding.h"

enum {
    TAG_UNITS_MAX = 128,
    TAG_NAME_UNITS_MAX = 64,
    CLOSINGS_MAX = 2,
    OPENINGS_MAX = 2,
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

uint32_t binding_skip_closings(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < CLOSINGS_MAX; n++, at++) {
        uint8_t closing = binding_unit(view, at);
        if (!symbol_is(closing, CLASS_QUOTE) && closing != ']' && closing != ')')
            break;
    }
    return at;
}

uint32_t binding_assignment_end(const struct view *view, uint32_t at)
{
    uint8_t first = binding_unit(view, at), second = binding_unit(view, at + 1);
    if (first != '=' && first != ':')
        return 0;
    return at + (second == '=' || (first == '=' && second == '>') ? 2 : 1);
}

struct binding binding_open(const struct view *view, uint32_t at)
{
    struct binding binding = {.value = at};
    for (unsigned n = 0; n < OPENINGS_MAX; n++, binding.value++) {
        uint8_t symbol = binding_unit(view, binding.value);
        bool quote = symbol_is(symbol, CLASS_QUOTE);
        if (!quote && symbol != '(' && symbol != '[' && symbol != '{')
            break;
        /* The second of two equal quotes closes an empty value. */
        binding.quote = quote && symbol != binding.quote ? symbol : 0;
    }
    return binding;
}

bool binding_plain(const struct view *view, uint32_t at, struct binding *ret_binding)
{
    uint32_t begin = at, end;
    bool assignment = true;
    at = binding_skip_blanks(view, at);
    if ((end = binding_assignment_end(view, at))) {
        at = binding_skip_blanks(view, end);
    } else if (at == begin) {
        return false;
    } else if (symbol_lower(binding_unit(view, at)) == 'i' &&
               symbol_lower(binding_unit(view, at + 1)) == 's' &&
               symbol_is(binding_unit(view, at + 2), CLASS_BLANK)) {
        at = binding_skip_blanks(view, at + 2);
    } else {
        assignment = false;
    }
    *ret_binding = binding_open(view, at);
    ret_binding->assignment = assignment;
    ret_binding->blanks_only = !assignment;
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

bool binding_element(const struct view *view, uint32_t at, struct binding *ret_binding)
{
    static const char cdata[] = "<![CDATA[";
    uint32_t begin = at;
    while (at - begin <= TAG_UNITS_MAX && binding_unit(view, at) != '>') {
        if (at >= view->size || view->symbols[at] == '<')
            return false;
        at++;
    }
    if (at - begin > TAG_UNITS_MAX)
        return false;
    at = binding_skip_blanks(view, at + 1);
    if (view_has(view, at, cdata, sizeof(cdata) - 1))
        at += sizeof(cdata) - 1;
    *ret_binding = binding_open(view, at);
    return true;
}
