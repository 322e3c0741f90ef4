#include "rules/match/column.h"

#include <errno.h>
#include <string.h>

enum {
    GAP_UNITS_MAX = 16,
    TABLE_UNITS_MAX = 128,
    LIST_UNITS_MAX = 1024,
    COLUMNS_MAX = 64,
    PHRASES_MAX = 4, /* labels that end with one name */
    DEPTH_MAX = 8,
};

struct column {
    unsigned count;
    struct phrase phrases[PHRASES_MAX];
};

struct columns {
    unsigned count;
    bool any_labelled;
    struct column columns[COLUMNS_MAX];
};

static bool is_gap(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_BLANK) || symbol == '\n' || symbol == '\r';
}

static uint32_t skip_gap(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < GAP_UNITS_MAX && is_gap(binding_unit(view, at)); n++)
        at++;
    return at;
}

static int keep_label(void *user, const struct phrase *phrase)
{
    struct column *column = user;
    if (column->count < PHRASES_MAX)
        column->phrases[column->count++] = *phrase;
    return 0;
}

static bool is_name_edge(uint8_t symbol)
{
    return is_gap(symbol) || symbol_is(symbol, CLASS_QUOTE) || symbol == '[' || symbol == ']';
}

/* The column whose name is what is left of [begin, end). */
static void read_name(const struct view *view, uint32_t begin, uint32_t end,
                      struct columns *columns)
{
    struct column *column = &columns->columns[columns->count++];
    while (begin < end && is_name_edge(view->symbols[begin]))
        begin++;
    while (begin < end && is_name_edge(view->symbols[end - 1]))
        end--;
    struct view name = {.symbols = view->symbols + begin, .size = end - begin};
    column->count = 0;
    const struct phrase_user user = {.use = keep_label, .user = column, .unmarked = true};
    phrase_each(&name, &user);
    unsigned kept = 0;
    for (unsigned i = 0; i < column->count; i++) {
        if (column->phrases[i].end == name.size)
            column->phrases[kept++] = column->phrases[i];
    }
    column->count = kept;
    columns->any_labelled |= kept > 0;
}

/* The list that begins at `at`. Returns the unit behind its `)`; 0: it is none. */
static uint32_t read_columns(const struct view *view, uint32_t at, struct columns *columns)
{
    uint32_t end = at;
    while (binding_unit(view, end) != ')') {
        uint8_t symbol = binding_unit(view, end);
        if (end - at == LIST_UNITS_MAX || symbol == '(' || symbol_is(symbol, CLASS_BOUNDARY))
            return 0;
        end++;
    }
    columns->count = 0;
    columns->any_labelled = false;
    for (uint32_t begin = at; begin <= end && columns->count < COLUMNS_MAX;) {
        const uint8_t *comma = memchr(view->symbols + begin, ',', end - begin);
        uint32_t next = comma ? (uint32_t)(comma - view->symbols) : end;
        read_name(view, begin, next, columns);
        begin = next + 1;
    }
    return end + 1;
}

/* From behind `into` to the first unit of the first row; 0: it is no such statement. */
static uint32_t read_head(const struct view *view, uint32_t at, struct columns *columns)
{
    uint32_t begin = skip_gap(view, at), end = at + 1, word;
    if (begin == at)
        return 0;
    for (; binding_unit(view, end) != '('; end++) {
        uint8_t symbol = binding_unit(view, end);
        if ((end >= begin && end - begin == TABLE_UNITS_MAX) || symbol == ')' || symbol == ',' ||
            symbol == ';' || symbol == '\'' || symbol == '=' || symbol_is(symbol, CLASS_BOUNDARY))
            return 0;
    }
    if (end == at + 1)
        return 0;
    at = read_columns(view, end + 1, columns);
    if (!at)
        return 0;
    at = skip_gap(view, at);
    word = binding_skip_word(view, at, "value");
    if (!word)
        return 0;
    word += symbol_lower(binding_unit(view, word)) == 's';
    at = skip_gap(view, word);
    return binding_unit(view, at) == '(' ? at + 1 : 0;
}

/* End of the value that begins at `at`: its `,` or `)`; 0: it is not there whole. */
static uint32_t value_end(const struct view *view, uint32_t at)
{
    unsigned depth = 0;
    uint8_t quote = 0;
    for (; at < view->size; at++) {
        uint8_t symbol = view->symbols[at];
        if (quote) {
            if (symbol == '\\')
                at++;
            else if (symbol == quote)
                quote = 0;
        } else if (symbol_is(symbol, CLASS_QUOTE)) {
            quote = symbol;
        } else if (symbol == '(') {
            if (depth++ == DEPTH_MAX)
                return 0;
        } else if (depth == 0 && (symbol == ',' || symbol == ')')) {
            return at;
        } else if (symbol == ')') {
            depth--;
        }
    }
    return 0;
}

static int judge(struct keyed *search, const struct column *column, uint32_t value, bool whole)
{
    struct binding binding =
        binding_open(search->view, binding_skip_type(search->view, skip_gap(search->view, value)));
    binding.assignment = true;
    int r = 0;
    for (unsigned i = 0; r == 0 && i < column->count; i++) {
        if (whole)
            r = keyed_judge(search, &column->phrases[i], &binding);
        else if (keyed_judge_cut(search, &column->phrases[i], &binding) < 0)
            return -ENOMEM;
    }
    return r;
}

/* The rows from unit `at` on; `ret_at` is set behind the last value. */
static int find_values(struct keyed *search, const struct columns *columns, uint32_t at,
                       uint32_t *ret_at)
{
    const struct view *view = search->view;
    for (unsigned index = 0;;) {
        uint32_t end = value_end(view, at);
        int r = index < columns->count ? judge(search, &columns->columns[index], at, end != 0) : 0;
        if (r < 0 || !end)
            return r;
        *ret_at = end;
        index++;
        at = end + 1;
        if (view->symbols[end] == ',')
            continue;
        at = skip_gap(view, at);
        if (binding_unit(view, at) != ',')
            return 0;
        at = skip_gap(view, at + 1);
        if (binding_unit(view, at) != '(')
            return 0;
        at++;
        index = 0;
    }
}

static bool is_word_unit(uint8_t symbol)
{
    return symbol_is(symbol, CLASS_WORD) || symbol == '_';
}

int column_find(struct keyed *search)
{
    const struct view *view = search->view;
    const uint8_t *s = view->symbols;
    struct columns columns;
    int r = 0;
    for (uint32_t at = 0; r == 0 && (at = view_next(view, view->marks.initials, at)) < view->size;
         at++) {
        if ((s[at] | 0x20) != 'i' || (at > 0 && is_word_unit(s[at - 1])))
            continue;
        uint32_t end = binding_skip_word(view, at, "into");
        if (!end || is_word_unit(binding_unit(view, end)))
            continue;
        uint32_t first = read_head(view, end, &columns);
        at = end - 1;
        if (first)
            r = find_values(search, &columns, first, &at);
    }
    return r;
}
