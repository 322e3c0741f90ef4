#include "rules/view/json.h"

#include <string.h>

enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END,
    EXPECT_KEY,
    EXPECT_KEY_OR_END,
    EXPECT_SEPARATOR,
};

struct reader {
    const struct blot_memory *memory;
    const struct view *view;
    struct buffer *tokens;
    size_t count;
    enum json_list list;
    uint32_t structure; /* where what is not listed yet of it begins */
    uint32_t at;
    uint32_t quote;
    uint64_t objects; /* bit 0: the innermost container is an object */
    unsigned depth;
    enum expect expect;
};

static uint8_t peek(const struct reader *reader)
{
    return reader->at < reader->view->size ? reader->view->symbols[reader->at]
                                           : (uint8_t)SYMBOL_INVALID;
}

static bool is_space(uint8_t symbol)
{
    return symbol == ' ' || symbol == '\t' || symbol == '\n' || symbol == '\r';
}

static void skip_space(struct reader *reader)
{
    while (is_space(peek(reader)))
        reader->at++;
}

/* Adds a token that ends before `reader->at`. 1 or -ENOMEM. */
static int add_token(struct reader *reader, uint32_t begin)
{
    struct json_token token = {.begin = begin, .end = reader->at, .quote = reader->quote};
    int r = buffer_reserve(reader->memory, reader->tokens, (reader->count + 1) * sizeof(token),
                           reader->count * sizeof(token));
    if (r < 0)
        return r;
    ((struct json_token *)reader->tokens->data)[reader->count++] = token;
    return 1;
}

/* Lists the structure up to `end`; what follows it goes on at `reader->at`. 1 or -ENOMEM. */
static int add_structure(struct reader *reader, uint32_t end)
{
    uint32_t at = reader->at, begin = reader->structure;
    reader->structure = at;
    reader->at = end;
    int r = begin < end ? add_token(reader, begin) : 1;
    reader->at = at;
    return r;
}

/* 1: read, 0: no escape, -ENOMEM. */
static int read_string_escape(struct reader *reader)
{
    uint32_t begin = reader->at++;
    uint8_t symbol = peek(reader);
    reader->at++;
    if (symbol == 'u') {
        for (unsigned i = 0; i < 4; i++, reader->at++) {
            if (!symbol_is(peek(reader), CLASS_HEX))
                return 0;
        }
    } else if (!symbol || symbol >= 0x80 || !strchr("\"\\/bfnrt", symbol)) {
        return 0;
    }
    return reader->list == JSON_ESCAPES ? add_token(reader, begin) : 1;
}

/* Whether a symbol stands for itself in a string. */
static bool is_plain(uint8_t symbol)
{
    return symbol >= 0x20 && symbol != '"' && symbol != '\\';
}

/* Whether all of eight symbols do: in each of them the highest bit of the three terms is set when
 * it, or one before it, does not. */
static bool are_plain(const uint8_t symbols[8])
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t eight;
    memcpy(&eight, symbols, sizeof eight);
    uint64_t quote = eight ^ ones * '"', backslash = eight ^ ones * '\\';
    uint64_t control = (eight - ones * 0x20) & ~eight;
    return !((control | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & high);
}

static void skip_plain(struct reader *reader)
{
    const struct view *view = reader->view;
    uint32_t at = reader->at;
    while (at < view->size && view->size - at >= 8 && are_plain(view->symbols + at))
        at += 8;
    while (at < view->size && is_plain(view->symbols[at]))
        at++;
    reader->at = at;
}

/* From the opening quote on. 1: read, 0: no string, -ENOMEM. */
static int read_string(struct reader *reader)
{
    uint32_t begin = ++reader->at;
    for (;;) {
        skip_plain(reader);
        uint8_t symbol = peek(reader);
        if (symbol < 0x20 || reader->at >= reader->view->size)
            return 0;
        if (symbol == '"')
            break;
        int r = read_string_escape(reader);
        if (r <= 0)
            return r;
    }
    int r = reader->list == JSON_STRUCTURE ? add_structure(reader, begin) : 1;
    reader->quote = reader->at++;
    return r;
}

static bool read_digits(struct reader *reader)
{
    uint32_t begin = reader->at;
    while (symbol_is(peek(reader), CLASS_DIGIT))
        reader->at++;
    return reader->at > begin;
}

static bool read_number_units(struct reader *reader)
{
    if (peek(reader) == '-')
        reader->at++;
    if (peek(reader) == '0')
        reader->at++;
    else if (!read_digits(reader))
        return false;
    if (peek(reader) == '.') {
        reader->at++;
        if (!read_digits(reader))
            return false;
    }
    if ((peek(reader) | 0x20) == 'e') {
        reader->at++;
        if (peek(reader) == '+' || peek(reader) == '-')
            reader->at++;
        return read_digits(reader);
    }
    return true;
}

/* 1: read, 0: not a number, -ENOMEM. */
static int read_number(struct reader *reader)
{
    uint32_t begin = reader->at;
    if (!read_number_units(reader))
        return 0;
    if (reader->list == JSON_STRUCTURE)
        return add_structure(reader, begin);
    return reader->list == JSON_NUMBERS ? add_token(reader, begin) : 1;
}

static bool read_word(struct reader *reader, const char *word)
{
    uint32_t length = (uint32_t)strlen(word);
    if (!view_has(reader->view, reader->at, word, length))
        return false;
    reader->at += length;
    return true;
}

static bool open_container(struct reader *reader, bool object)
{
    if (reader->depth == JSON_DEPTH_MAX)
        return false;
    reader->depth++;
    reader->at++;
    reader->objects = reader->objects << 1 | object;
    reader->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return true;
}

static bool close_container(struct reader *reader, bool object)
{
    if ((reader->objects & 1) != object)
        return false;
    reader->depth--;
    reader->at++;
    reader->objects >>= 1;
    reader->expect = EXPECT_SEPARATOR;
    return true;
}

/* 1: read, 0: no string or number, -ENOMEM. */
static int read_string_or_number(struct reader *reader, bool string)
{
    uint32_t begin = reader->at;
    int r = string ? read_string(reader) : read_number(reader);
    bool member = reader->objects & 1;
    return r > 0 && member && reader->list == JSON_VALUES ? add_token(reader, begin) : r;
}

static int read_value(struct reader *reader)
{
    uint8_t symbol = peek(reader);
    if (symbol == ']' && reader->expect == EXPECT_VALUE_OR_END)
        return close_container(reader, false);
    if (symbol == '{' || symbol == '[')
        return open_container(reader, symbol == '{');
    reader->expect = EXPECT_SEPARATOR;
    switch (symbol) {
    case '"':
        return read_string_or_number(reader, true);
    case 't':
        return read_word(reader, "true");
    case 'f':
        return read_word(reader, "false");
    case 'n':
        return read_word(reader, "null");
    default:
        return read_string_or_number(reader, false);
    }
}

static int read_key(struct reader *reader)
{
    if (peek(reader) == '}' && reader->expect == EXPECT_KEY_OR_END)
        return close_container(reader, true);
    if (peek(reader) != '"')
        return 0;
    int r = read_string(reader);
    if (r <= 0)
        return r;
    skip_space(reader);
    if (peek(reader) != ':')
        return 0;
    reader->at++;
    reader->expect = EXPECT_VALUE;
    return 1;
}

static bool read_separator(struct reader *reader)
{
    uint8_t symbol = peek(reader);
    if (symbol == '}' || symbol == ']')
        return close_container(reader, symbol == '}');
    if (symbol != ',')
        return false;
    reader->at++;
    reader->expect = reader->objects & 1 ? EXPECT_KEY : EXPECT_VALUE;
    return true;
}

/* Reads the JSON text that begins at `reader->at`. 1: read, 0: it is none, -ENOMEM. */
static int read_text(struct reader *reader)
{
    reader->depth = 0;
    reader->structure = reader->at;
    reader->quote = UINT32_MAX;
    reader->expect = EXPECT_VALUE;
    do {
        int r;
        skip_space(reader);
        switch (reader->expect) {
        case EXPECT_VALUE:
        case EXPECT_VALUE_OR_END:
            r = read_value(reader);
            break;
        case EXPECT_KEY:
        case EXPECT_KEY_OR_END:
            r = read_key(reader);
            break;
        default:
            r = read_separator(reader);
        }
        if (r <= 0)
            return r;
    } while (reader->depth > 0);
    return reader->list == JSON_STRUCTURE ? add_structure(reader, reader->at) : 1;
}

/* Whether the whole line of the view is in brackets; sets where they begin. */
static bool is_in_brackets(const struct view *view, uint32_t *ret_begin)
{
    uint32_t begin = 0, end = view->size;
    while (begin < end && is_space(view->symbols[begin]))
        begin++;
    while (end > begin && is_space(view->symbols[end - 1]))
        end--;
    *ret_begin = begin;
    return begin < end && view->symbols[begin] == '[' && view->symbols[end - 1] == ']';
}

/* Whether the bracket at `at` may begin a text. */
static bool may_begin(const struct view *view, uint32_t at)
{
    uint8_t first = view->symbols[at];
    do {
        at++;
    } while (at < view->size && is_space(view->symbols[at]));
    if (at == view->size)
        return false;
    uint8_t next = view->symbols[at];
    return next == '"' || (first == '[' && (next == '{' || next == '['));
}

/* The next bracket from `at` on; `size` when there is none. */
static uint32_t next_bracket(const struct view *view, uint32_t at)
{
    return view_next(view, view->marks.brackets, at);
}

int json_find(const struct blot_memory *memory, const struct view *view, enum json_list list,
              struct buffer *tokens, size_t *ret_count)
{
    struct reader reader = {.memory = memory, .view = view, .tokens = tokens, .list = list};
    uint32_t whole;
    bool in_brackets = is_in_brackets(view, &whole);
    for (uint32_t at = next_bracket(view, 0); at < view->size; at = next_bracket(view, at)) {
        size_t before = reader.count;
        reader.at = at;
        int r = may_begin(view, at) || (in_brackets && at == whole) ? read_text(&reader) : 0;
        if (r > 0 && list == JSON_TEXTS)
            r = add_token(&reader, at);
        if (r < 0)
            return r;
        at = r > 0 ? reader.at : at + 1;
        reader.count = r > 0 ? reader.count : before;
    }
    *ret_count = reader.count;
    return 0;
}
