#include "rules/view/view.h"

#include "rules/view/inert.h"

#include <string.h>

enum {
    NUMBER_DIGITS_MIN = 12, /* of a card number */
};

static int reserve(const struct blot_memory *memory, struct view_storage *storage, uint32_t size,
                   bool with_begins)
{
    int r = buffer_reserve(memory, &storage->symbols, size, 0);
    if (r == 0 && with_begins)
        r = buffer_reserve(memory, &storage->begins, ((size_t)size + 1) * sizeof(uint32_t), 0);
    return r;
}

/* The first unit that begins an inert text; the view's size when there is none. */
static uint32_t first_inert(const struct view *view)
{
    for (size_t word = 0; word <= view->size / 64; word++) {
        uint64_t bits = view->marks.brackets[word] | view->marks.keys[word];
        for (; bits; bits &= bits - 1) {
            uint32_t at = (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits);
            if ((view->symbols[at] == '[' || view->symbols[at] == 't') &&
                inert_length(view->symbols, view->size, at, view->own))
                return at;
        }
    }
    return view->size;
}

/* Sets the marks of the view's symbols. Returns whether any is above ASCII, or -ENOMEM. */
static int mark_symbols(const struct blot_memory *memory, struct view_storage *storage,
                        struct view *view)
{
    size_t words = (size_t)view->size / 64 + 1;
    int r = buffer_reserve(memory, &storage->marks, 6 * words * sizeof(uint64_t), 0);
    if (r < 0)
        return r;
    uint64_t *all = storage->marks.data;
    view->marks = (struct kernel_marks){
        .digits = all,
        .escapes = all + words,
        .brackets = all + 2 * words,
        .keys = all + 3 * words,
        .numbers = all + 4 * words,
        .initials = all + 5 * words,
    };
    return view->marker->mark(view->marker->keys, view->symbols, view->size, &view->marks);
}

/* Makes the inert texts of the view inert. `symbols`: where they may be changed; NULL: they are the
 * line's, and are copied into the storage first. */
static int mark_inert(const struct blot_memory *memory, struct view_storage *storage,
                      struct view *view, uint8_t *symbols)
{
    uint32_t inert = first_inert(view);
    if (inert == view->size)
        return 0;
    if (!symbols) {
        int r = reserve(memory, storage, view->size, false);
        if (r < 0)
            return r;
        symbols = storage->symbols.data;
        memcpy(symbols, view->symbols, view->size);
        view->symbols = symbols;
    }
    inert_mark(symbols, view->size, inert, view->own);
    view->marker->mark(view->marker->keys, view->symbols, view->size, &view->marks);
    return 0;
}

int view_of_line(const struct blot_memory *memory, struct view_storage *storage,
                 const uint8_t *line, uint32_t size, const struct inert *own,
                 const struct view_marker *marker, struct view *ret_view)
{
    *ret_view = (struct view){.symbols = line, .size = size, .own = own, .marker = marker};
    int r = mark_symbols(memory, storage, ret_view);
    if (r <= 0)
        return r < 0 ? r : mark_inert(memory, storage, ret_view, NULL);
    r = reserve(memory, storage, size, true);
    if (r < 0)
        return r;
    uint8_t *symbols = storage->symbols.data;
    uint32_t *begins = storage->begins.data, count = 0;
    for (uint32_t i = 0; i < size; count++) {
        uint32_t code_point;
        unsigned length = symbol_utf8(line + i, size - i, &code_point);
        begins[count] = i;
        symbols[count] = length ? symbol_of(code_point) : (uint8_t)SYMBOL_INVALID;
        i += length ? length : 1;
    }
    begins[count] = size;
    ret_view->symbols = symbols;
    ret_view->begins = begins;
    ret_view->size = count;
    r = mark_symbols(memory, storage, ret_view);
    return r < 0 ? r : mark_inert(memory, storage, ret_view, symbols);
}

/* The first escape from `at` on; `size` when there is none. */
static uint32_t next_escape(const struct view *view, uint32_t at, unsigned round,
                            uint32_t *ret_length, uint8_t *ret_symbol)
{
    for (; (at = view_next(view, view->marks.escapes, at)) < view->size; at++) {
        if (!symbol_is(view->symbols[at], CLASS_ESCAPE))
            continue;
        *ret_length = escape_read(view->symbols, view->size, at, round, ret_symbol);
        if (*ret_length)
            return at;
    }
    return view->size;
}

int view_decode(const struct blot_memory *memory, struct view_storage *storage,
                const struct view *from, struct view *ret_view)
{
    unsigned round = from->round + 1;
    uint32_t length = 0, at = 0, count = 0;
    uint8_t symbol = 0;
    uint32_t escape = next_escape(from, 0, round, &length, &symbol);
    if (escape == from->size)
        return 0;
    int r = reserve(memory, storage, from->size, true);
    if (r < 0)
        return r;
    uint8_t *symbols = storage->symbols.data;
    uint32_t *begins = storage->begins.data;
    for (;;) {
        memcpy(symbols + count, from->symbols + at, escape - at);
        for (; at < escape; at++)
            begins[count++] = view_place(from, at);
        if (at == from->size)
            break;
        begins[count] = view_place(from, at);
        symbols[count++] = symbol;
        at += length;
        escape = next_escape(from, at, round, &length, &symbol);
    }
    begins[count] = view_place(from, from->size);
    *ret_view = (struct view){
        .symbols = symbols,
        .begins = begins,
        .size = count,
        .round = round,
        .own = from->own,
        .marker = from->marker,
    };
    r = mark_symbols(memory, storage, ret_view);
    if (r >= 0)
        r = mark_inert(memory, storage, ret_view, symbols);
    return r < 0 ? r : 1;
}

/* Of the units of a word, those that are marked and the `NUMBER_DIGITS_MIN - 1` after them too. */
static uint64_t long_runs(const uint64_t *marks, uint32_t word, uint32_t last)
{
    static const unsigned steps[] = {1, 2, 4, 4};
    uint64_t here = marks[word], behind = word < last ? marks[word + 1] : 0;
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        here &= here >> steps[i] | behind << (64 - steps[i]);
        behind &= behind >> steps[i];
    }
    return here;
}

static bool has_digits(const struct view *view, uint32_t begin, uint32_t end)
{
    return view_digits_end(view, begin) - begin >= NUMBER_DIGITS_MIN ||
           view_count(view->marks.digits, begin, end) >= NUMBER_DIGITS_MIN;
}

bool view_next_number(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end)
{
    const uint64_t *numbers = view->marks.numbers;
    uint32_t last = view->size / 64;
    for (uint32_t word = at / 64; word <= last; word++) {
        uint64_t runs = long_runs(numbers, word, last);
        for (;;) {
            runs = at / 64 > word ? 0 : at / 64 == word ? runs >> at % 64 << at % 64 : runs;
            if (!runs)
                break;
            uint32_t place = word * 64 + (uint32_t)__builtin_ctzll(runs);
            uint32_t begin = view_next(view, view->marks.digits, place);
            at = view_marks_end(numbers, place);
            if (begin < at && has_digits(view, begin, at)) {
                *ret_begin = begin;
                *ret_end = at;
                return true;
            }
        }
    }
    return false;
}

bool view_has(const struct view *view, uint32_t at, const char *text, uint32_t length)
{
    return at <= view->size && view->size - at >= length &&
           memcmp(view->symbols + at, text, length) == 0;
}
