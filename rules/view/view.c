#include "rules/view/view.h"

#include <string.h>

/* Length of the replacement text that begins with the `[` at `at` (contract 1.6), or 0. */
static uint32_t inert_length(const uint8_t *symbols, uint32_t size, uint32_t at)
{
    static const char redacted[] = "[REDACTED_", withheld[] = "[WITHHELD ";
    enum { PREFIX = sizeof(redacted) - 1, REDACTED_MOST = 32, WITHHELD_MOST = 16 };
    if (size - at < PREFIX + 2)
        return 0;
    bool is_redacted = memcmp(symbols + at, redacted, PREFIX) == 0;
    if (!is_redacted && memcmp(symbols + at, withheld, PREFIX) != 0)
        return 0;
    uint32_t begin = at + PREFIX, place = begin, most = is_redacted ? REDACTED_MOST : WITHHELD_MOST;
    while (place < size && place - begin < most &&
           (symbols[place] == '_' || (!is_redacted && symbols[place] == ' ') ||
            symbol_is(symbols[place], is_redacted ? CLASS_UPPER | CLASS_DIGIT : CLASS_LOWER)))
        place++;
    return place > begin && place < size && symbols[place] == ']' ? place + 1 - at : 0;
}

/* The first `[` from `at` on that begins a replacement; `size` when there is none. */
static uint32_t find_inert(const uint8_t *symbols, uint32_t size, uint32_t at, uint32_t *ret_length)
{
    while (at < size) {
        const uint8_t *bracket = memchr(symbols + at, '[', size - at);
        if (!bracket)
            return size;
        at = (uint32_t)(bracket - symbols);
        *ret_length = inert_length(symbols, size, at);
        if (*ret_length)
            return at;
        at++;
    }
    return size;
}

static void mark_inert(uint8_t *symbols, uint32_t size, uint32_t at)
{
    uint32_t length;
    while ((at = find_inert(symbols, size, at, &length)) < size) {
        memset(symbols + at, SYMBOL_INERT, length);
        at += length;
    }
}

static bool is_ascii(const uint8_t *line, uint32_t size)
{
    uint64_t word, all = 0;
    uint32_t i = 0;
    for (; i + sizeof(word) <= size; i += (uint32_t)sizeof(word)) {
        memcpy(&word, line + i, sizeof(word));
        all |= word;
    }
    for (; i < size; i++)
        all |= (uint64_t)line[i] << 56;
    return !(all & 0x8080808080808080);
}

static int reserve(const struct blot_memory *memory, struct view_storage *storage, uint32_t size,
                   bool with_begins)
{
    int r = buffer_reserve(memory, &storage->symbols, size, 0);
    if (r == 0 && with_begins)
        r = buffer_reserve(memory, &storage->begins, ((size_t)size + 1) * sizeof(uint32_t), 0);
    return r;
}

int view_of_line(const struct blot_memory *memory, struct view_storage *storage,
                 const uint8_t *line, uint32_t size, struct view *ret_view)
{
    if (is_ascii(line, size)) {
        uint32_t length, inert = find_inert(line, size, 0, &length);
        *ret_view = (struct view){.symbols = line, .size = size};
        if (inert == size)
            return 0;
        int r = reserve(memory, storage, size, false);
        if (r < 0)
            return r;
        memcpy(storage->symbols.data, line, size);
        mark_inert(storage->symbols.data, size, inert);
        ret_view->symbols = storage->symbols.data;
        return 0;
    }
    int r = reserve(memory, storage, size, true);
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
    mark_inert(symbols, count, 0);
    *ret_view = (struct view){.symbols = symbols, .begins = begins, .size = count};
    return 0;
}

/* The first escape from `at` on; `size` when there is none. */
static uint32_t next_escape(const struct view *view, uint32_t at, unsigned round,
                            uint32_t *ret_length, uint8_t *ret_symbol)
{
    for (; at < view->size; at++) {
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
    mark_inert(symbols, count, 0);
    *ret_view = (struct view){.symbols = symbols, .begins = begins, .size = count, .round = round};
    return 1;
}

bool view_has(const struct view *view, uint32_t at, const char *text, uint32_t length)
{
    return at <= view->size && view->size - at >= length &&
           memcmp(view->symbols + at, text, length) == 0;
}
