#include "rules/match/neighbour.h"

#include "rules/match/binding.h"

enum {
    UUID_UNITS = 36,
    TRACE_ID_UNITS = 32,
    TRACE_CONTEXT_UNITS = TRACE_ID_UNITS + 1 + 16,
    HEX_UNITS_MAX = 64,
    HEX_LETTERS_MIN = 2,
};

static bool is_digit(const struct view *view, uint32_t at)
{
    return at < view->size && symbol_is(view->symbols[at], CLASS_DIGIT);
}

static bool is_exponent(const struct view *view, uint32_t at)
{
    return at < view->size && (view->symbols[at] | 0x20) == 'e';
}

static bool is_sign(const struct view *view, uint32_t at)
{
    return at < view->size && (view->symbols[at] == '+' || view->symbols[at] == '-');
}

bool neighbour_is_number(const struct view *view, uint32_t first, uint32_t end)
{
    if (first >= 2 && view->symbols[first - 1] == '.' && is_digit(view, first - 2))
        return true;
    uint32_t before = first > 0 && is_sign(view, first - 1) ? first - 1 : first;
    if (before >= 2 && is_exponent(view, before - 1) && is_digit(view, before - 2))
        return true;
    return is_exponent(view, end) && is_digit(view, is_sign(view, end + 1) ? end + 2 : end + 1);
}

bool neighbour_clears_weak(const struct view *view, uint32_t first, uint32_t end)
{
    const uint8_t *s = view->symbols;
    if (end + 1 < view->size && s[end] == '.' && symbol_is(s[end + 1], CLASS_WORD))
        return true;
    return first > 0 && s[first - 1] == '+' && (first == 1 || !symbol_is(s[first - 2], CLASS_WORD));
}

bool neighbour_letter(const struct view *view, uint32_t first, uint32_t end)
{
    return (first > 0 && symbol_is(view->symbols[first - 1], CLASS_LETTER) &&
            !binding_after_colour(view, first)) ||
           (end < view->size && symbol_is(view->symbols[end], CLASS_LETTER));
}

static bool is_uuid_at(const struct view *view, uint32_t at)
{
    const uint8_t *s = view->symbols + at;
    if (s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-')
        return false;
    for (uint32_t i = 0; i < UUID_UNITS; i++) {
        if (i != 8 && i != 13 && i != 18 && i != 23 && !symbol_is(s[i], CLASS_HEX))
            return false;
    }
    return (at == 0 || !symbol_is(view->symbols[at - 1], CLASS_WORD)) &&
           (at + UUID_UNITS == view->size || !symbol_is(s[UUID_UNITS], CLASS_WORD));
}

/* W3C Trace Context, section 3.2: trace-id and parent-id; the same in a B3 header. */
static bool is_trace_context_at(const struct view *view, uint32_t at)
{
    const uint8_t *s = view->symbols + at;
    if (s[TRACE_ID_UNITS] != '-')
        return false;
    for (uint32_t i = 0; i < TRACE_CONTEXT_UNITS; i++) {
        if (i != TRACE_ID_UNITS && !symbol_is(s[i], CLASS_HEX))
            return false;
    }
    return (at == 0 || !symbol_is(view->symbols[at - 1], CLASS_WORD)) &&
           (at + TRACE_CONTEXT_UNITS == view->size ||
            !symbol_is(s[TRACE_CONTEXT_UNITS], CLASS_WORD));
}

bool neighbour_is_trace_context(const struct view *view, uint32_t first, uint32_t end)
{
    /* It is longer than a number, so it goes on on one side. */
    if (!(first > 0 &&
          (view->symbols[first - 1] == '-' || symbol_is(view->symbols[first - 1], CLASS_HEX))) &&
        !(end < view->size &&
          (view->symbols[end] == '-' || symbol_is(view->symbols[end], CLASS_HEX))))
        return false;
    uint32_t at = first >= TRACE_CONTEXT_UNITS ? first - TRACE_CONTEXT_UNITS + 1 : 0;
    for (; at < end && view->size - at >= TRACE_CONTEXT_UNITS; at++) {
        if (is_trace_context_at(view, at))
            return true;
    }
    return false;
}

bool neighbour_is_uuid(const struct view *view, uint32_t first, uint32_t end)
{
    uint32_t at = first >= UUID_UNITS ? first - UUID_UNITS + 1 : 0;
    for (; at < end && view->size - at >= UUID_UNITS; at++) {
        if (is_uuid_at(view, at))
            return true;
    }
    return false;
}

bool neighbour_is_hex(const struct view *view, uint32_t first, uint32_t end)
{
    uint32_t begin = first, letters = 0;
    if (!neighbour_letter(view, first, end))
        return false;
    while (begin > 0 && end - begin <= HEX_UNITS_MAX &&
           symbol_is(view->symbols[begin - 1], CLASS_WORD))
        begin--;
    while (end < view->size && end - begin <= HEX_UNITS_MAX &&
           symbol_is(view->symbols[end], CLASS_WORD))
        end++;
    uint32_t size = end - begin;
    if (size != 16 && size != 32 && size != 40 && size != 64)
        return false;
    for (uint32_t i = begin; i < end; i++) {
        if (!symbol_is(view->symbols[i], CLASS_HEX))
            return false;
        letters += symbol_is(view->symbols[i], CLASS_LETTER) != 0;
    }
    return letters >= HEX_LETTERS_MIN;
}
