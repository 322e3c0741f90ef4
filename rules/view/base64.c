#include "rules/view/base64.h"

#include <string.h>

enum {
    RUN_UNITS_MIN = 12,
    NO_VALUE = 0xFF,
};

static uint8_t unit_at(const struct view *view, uint32_t at)
{
    return at < view->size ? view->symbols[at] : (uint8_t)SYMBOL_INVALID;
}

static uint8_t value_of(uint8_t symbol)
{
    if (symbol_is(symbol, CLASS_UPPER))
        return symbol - 'A';
    if (symbol_is(symbol, CLASS_LOWER))
        return symbol - 'a' + 26;
    if (symbol_is(symbol, CLASS_DIGIT))
        return symbol - '0' + 52;
    if (symbol == '+' || symbol == '-')
        return 62;
    return symbol == '/' || symbol == '_' ? 63 : NO_VALUE;
}

bool base64_stretch(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    while (at < view->size && value_of(view->symbols[at]) == NO_VALUE)
        at++;
    *ret_begin = at;
    while (at < view->size && value_of(view->symbols[at]) != NO_VALUE)
        at++;
    *ret_end = at;
    return *ret_begin < at;
}

/* All of these texts are triggers (trigger.h), so that the view's keys mark where they stand. */
static bool has_beginning(const struct view *view, uint32_t at)
{
    switch (view->symbols[at]) {
    case 'e':
        return view_has(view, at, "eyJ", 3);
    case 'P':
        return view_has(view, at, "PD94", 4) || view_has(view, at, "PHNv", 4);
    case 'W':
        return view_has(view, at, "W3si", 4);
    default:
        return false;
    }
}

static bool begins_run(const struct view *view, uint32_t at, uint32_t end)
{
    return end - at >= RUN_UNITS_MIN && !(at > 0 && symbol_is(view->symbols[at - 1], CLASS_WORD)) &&
           has_beginning(view, at);
}

bool base64_next(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    uint32_t begin = at;
    while ((begin = view_next(view, view->marks.keys, begin)) < view->size &&
           !has_beginning(view, begin))
        begin++;
    if (begin == view->size)
        return false;
    while (begin > at && value_of(view->symbols[begin - 1]) != NO_VALUE)
        begin--;
    return base64_stretch(view, begin, ret_begin, ret_end);
}

/* Behind the padding of a run of `units` that ends before `at`; `at`: it has none. */
static uint32_t skip_padding(const struct view *view, uint32_t at, uint32_t units)
{
    uint32_t count = units % 4 < 2 ? 0 : 4 - units % 4;
    for (uint32_t i = 0; i < count; i++) {
        if (unit_at(view, at + i) != '=')
            return at;
    }
    return at + count;
}

unsigned base64_runs(const struct view *view, uint32_t begin, uint32_t end,
                     struct base64_run ret_runs[BASE64_RUNS_MAX])
{
    unsigned count = 0, taken = 0; /* bit n: a run begins n behind a multiple of 4 */
    for (uint32_t at = begin; at < end && taken != 0xF; at++) {
        unsigned bit = 1u << (at - begin) % 4;
        if ((taken & bit) || !begins_run(view, at, end))
            continue;
        taken |= bit;
        ret_runs[count++] = (struct base64_run){
            .begin = at, .end = end, .padded_end = skip_padding(view, end, end - at)};
    }
    return count;
}

uint32_t base64_decoded_size(const struct base64_run *run)
{
    uint32_t units = run->end - run->begin, rest = units % 4;
    return units / 4 * 3 + (rest < 2 ? 0 : rest - 1);
}

void base64_decode(const struct view *view, const struct base64_run *run, uint8_t *output)
{
    uint32_t size = base64_decoded_size(run), at = run->begin, bits = 0;
    unsigned count = 0;
    for (uint32_t i = 0; i < size;) {
        bits = bits << 6 | value_of(view->symbols[at++]);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        output[i++] = (uint8_t)(bits >> count);
    }
}

size_t base64_encoded_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static bool is_url_safe(const struct view *view, const struct base64_run *run)
{
    const uint8_t *s = view->symbols + run->begin;
    uint32_t size = run->end - run->begin;
    return (memchr(s, '-', size) || memchr(s, '_', size)) && !memchr(s, '+', size) &&
           !memchr(s, '/', size);
}

/* A JWT has none, and says so only where its length leaves it open. */
static bool wants_padding(const struct view *view, const struct base64_run *run)
{
    if ((run->end - run->begin) % 4 >= 2)
        return run->padded_end > run->end;
    return !(run->begin > 0 && view->symbols[run->begin - 1] == '.') &&
           unit_at(view, run->end) != '.';
}

size_t base64_encode(const struct view *view, const struct base64_run *run, const uint8_t *text,
                     size_t size, uint8_t *output)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *rest = is_url_safe(view, run) ? "-_" : "+/";
    size_t written = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)text[i] << 16 | (left > 1 ? (uint32_t)text[i + 1] << 8 : 0) |
                        (left > 2 ? text[i + 2] : 0u);
        for (unsigned n = 0; n < (left > 2 ? 4 : left + 1); n++) {
            unsigned value = bits >> (18 - 6 * n) & 63;
            output[written++] = (uint8_t)(value < 62 ? letters[value] : rest[value - 62]);
        }
    }
    while (wants_padding(view, run) && written % 4)
        output[written++] = '=';
    return written;
}
