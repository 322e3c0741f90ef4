#include "test/reference/json.h"

#include "test/reference/class.h"
#include "test/reference/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 64 };

/* RFC 8259, one function for a production. Each returns the place behind what it read, or -1. */
struct reader {
    const struct view *view;
    struct json_tokens *tokens;
    struct json_members *members;
    struct json_values *values;
    int depth;
    int key_count; /* of the value at hand */
    struct json_span keys[DEPTH_MOST];
};

static uint32_t at(const struct reader *reader, ptrdiff_t place)
{
    const struct view *view = reader->view;
    return place < 0 || place >= view->count ? VIEW_OUTSIDE : view->units[place].written;
}

static void add(struct reader *reader, enum json_token_kind kind, ptrdiff_t first, ptrdiff_t end)
{
    struct json_tokens *tokens = reader->tokens;
    tokens->items =
        memory_grow(tokens->items, tokens->count, &tokens->capacity, sizeof tokens->items[0]);
    tokens->items[tokens->count++] = (struct json_token){kind, first, end, -1};
}

static void add_value(struct reader *reader, ptrdiff_t first, ptrdiff_t end)
{
    struct json_values *values = reader->values;
    struct json_value value = {.span = {first, end}, .key_count = reader->key_count};
    memcpy(value.keys, reader->keys, sizeof value.keys);
    values->items =
        memory_grow(values->items, values->count, &values->capacity, sizeof values->items[0]);
    values->items[values->count++] = value;
}

static void add_content(struct reader *reader, ptrdiff_t first, ptrdiff_t end)
{
    struct json_values *values = reader->values;
    values->contents = memory_grow(values->contents, values->content_count,
                                   &values->content_capacity, sizeof values->contents[0]);
    values->contents[values->content_count++] = (struct json_span){first, end};
}

static bool is_white(uint32_t character)
{
    return class_one_of(character, " \t\r\n");
}

static ptrdiff_t read_white(const struct reader *reader, ptrdiff_t place)
{
    while (is_white(at(reader, place))) {
        place++;
    }
    return place;
}

static ptrdiff_t read_word(const struct reader *reader, ptrdiff_t place, const char *word)
{
    for (; *word != '\0'; word++, place++) {
        if (at(reader, place) != (unsigned char)*word) {
            return -1;
        }
    }
    return place;
}

static ptrdiff_t read_digits(const struct reader *reader, ptrdiff_t place)
{
    ptrdiff_t first = place;
    while (class_digit(at(reader, place))) {
        place++;
    }
    return place > first ? place : -1;
}

static ptrdiff_t read_number(struct reader *reader, ptrdiff_t first)
{
    ptrdiff_t place = first;
    if (at(reader, place) == '-') {
        place++;
    }
    place = at(reader, place) == '0' ? place + 1 : read_digits(reader, place);
    if (place >= 0 && at(reader, place) == '.') {
        place = read_digits(reader, place + 1);
    }
    if (place >= 0 && class_one_of(at(reader, place), "eE")) {
        place++;
        if (class_one_of(at(reader, place), "+-")) {
            place++;
        }
        place = read_digits(reader, place);
    }
    if (place >= 0) {
        add(reader, JSON_NUMBER, first, place);
        add_value(reader, first, place);
        add_content(reader, first, place);
    }
    return place;
}

static ptrdiff_t read_escape(struct reader *reader, ptrdiff_t first)
{
    ptrdiff_t end = -1;
    if (class_one_of(at(reader, first + 1), "\"\\/bfnrt")) {
        end = first + 2;
    } else if (at(reader, first + 1) == 'u' && class_hex(at(reader, first + 2)) &&
               class_hex(at(reader, first + 3)) && class_hex(at(reader, first + 4)) &&
               class_hex(at(reader, first + 5))) {
        end = first + 6;
    }
    if (end >= 0) {
        add(reader, JSON_ESCAPE, first, end);
    }
    return end;
}

static ptrdiff_t read_string(struct reader *reader, ptrdiff_t place)
{
    ptrdiff_t first = place + 1;
    if (at(reader, place) != '"') {
        return -1;
    }
    for (place++; place >= 0;) {
        uint32_t character = at(reader, place);
        if (character == '"') {
            add_content(reader, first, place);
            return place + 1;
        }
        if (character == VIEW_OUTSIDE || character < 0x20) {
            return -1;
        }
        place = character == '\\' ? read_escape(reader, place) : place + 1;
    }
    return -1;
}

static ptrdiff_t read_value(struct reader *reader, ptrdiff_t place);

static ptrdiff_t white_begin(const struct reader *reader, ptrdiff_t place)
{
    while (is_white(at(reader, place - 1))) {
        place--;
    }
    return place;
}

static void add_member(struct reader *reader, ptrdiff_t first, ptrdiff_t key_end, ptrdiff_t value,
                       ptrdiff_t end)
{
    struct json_members *members = reader->members;
    ptrdiff_t before = white_begin(reader, first) - 1;
    ptrdiff_t after = read_white(reader, end);
    if (at(reader, value) != '"' && at(reader, value) != '-' && !class_digit(at(reader, value))) {
        return;
    }
    members->items =
        memory_grow(members->items, members->count, &members->capacity, sizeof members->items[0]);
    members->items[members->count++] = (struct json_member){
        .first = first,
        .end = end,
        .key_end = key_end,
        .value = value,
        .comma_before = at(reader, before) == ',' ? before : -1,
        .comma_after = at(reader, after) == ',' ? after : -1,
    };
}

static ptrdiff_t read_member(struct reader *reader, ptrdiff_t first)
{
    ptrdiff_t key_end = read_string(reader, first);
    if (key_end < 0) {
        return -1;
    }
    ptrdiff_t place = read_white(reader, key_end);
    if (at(reader, place) != ':') {
        return -1;
    }
    ptrdiff_t value = read_white(reader, place + 1);
    reader->keys[reader->key_count++] = (struct json_span){first + 1, key_end - 1};
    ptrdiff_t end = read_value(reader, value);
    reader->key_count--;
    if (end >= 0) {
        add_member(reader, first, key_end, value, end);
    }
    return end;
}

/* An object or an array: items between `place` and the closing character. */
static ptrdiff_t read_items(struct reader *reader, ptrdiff_t place, char closing)
{
    place = read_white(reader, place + 1);
    if (at(reader, place) == (unsigned char)closing) {
        return place + 1;
    }
    for (;;) {
        place = closing == '}' ? read_member(reader, place) : read_value(reader, place);
        if (place < 0) {
            return -1;
        }
        place = read_white(reader, place);
        if (at(reader, place) == (unsigned char)closing) {
            return place + 1;
        }
        if (at(reader, place) != ',') {
            return -1;
        }
        place = read_white(reader, place + 1);
    }
}

static ptrdiff_t read_value(struct reader *reader, ptrdiff_t place)
{
    place = read_white(reader, place);
    switch (at(reader, place)) {
    case '{':
    case '[': {
        if (reader->depth == DEPTH_MOST) {
            return -1;
        }
        reader->depth++;
        ptrdiff_t end = read_items(reader, place, at(reader, place) == '{' ? '}' : ']');
        reader->depth--;
        return end;
    }
    case '"': {
        ptrdiff_t end = read_string(reader, place);
        if (end >= 0) {
            add_value(reader, place + 1, end - 1);
        }
        return end;
    }
    case 't':
        return read_word(reader, place, "true");
    case 'f':
        return read_word(reader, place, "false");
    case 'n':
        return read_word(reader, place, "null");
    default:
        return read_number(reader, place);
    }
}

static bool may_begin(const struct reader *reader, ptrdiff_t place, bool line_is_array)
{
    uint32_t next = at(reader, read_white(reader, place + 1));
    if (at(reader, place) == '{') {
        return next == '"';
    }
    if (at(reader, place) != '[') {
        return false;
    }
    return class_one_of(next, "{\"[") || (line_is_array && place == read_white(reader, 0));
}

static bool is_array(const struct reader *reader)
{
    ptrdiff_t last = reader->view->count - 1;
    while (is_white(at(reader, last))) {
        last--;
    }
    return at(reader, read_white(reader, 0)) == '[' && at(reader, last) == ']';
}

static void find_quotes(const struct reader *reader, ptrdiff_t region, size_t first_token)
{
    for (size_t i = first_token; i < reader->tokens->count; i++) {
        struct json_token *token = &reader->tokens->items[i];
        ptrdiff_t quote = token->first - 1;
        while (quote >= region && at(reader, quote) != '"') {
            quote--;
        }
        token->quote = quote >= region ? quote : -1;
    }
}

static void mark_structure(struct json_values *values, ptrdiff_t first, ptrdiff_t end,
                           size_t first_content)
{
    memset(values->structure + first, true, (size_t)(end - first) * sizeof(bool));
    for (size_t i = first_content; i < values->content_count; i++) {
        const struct json_span *span = &values->contents[i];
        memset(values->structure + span->first, false,
               (size_t)(span->end - span->first) * sizeof(bool));
    }
}

static void find(const struct view *view, struct json_tokens *ret_tokens,
                 struct json_members *ret_members, struct json_values *ret_values)
{
    struct json_tokens tokens = {0};
    struct json_members members = {0};
    struct json_values values = {.structure = memory_zeroed((size_t)view->count + 1, sizeof(bool))};
    struct reader reader = {
        .view = view, .tokens = &tokens, .members = &members, .values = &values};
    bool line_is_array = is_array(&reader);

    for (ptrdiff_t place = 0; place < view->count;) {
        size_t count = tokens.count;
        size_t member_count = members.count;
        size_t value_count = values.count;
        size_t content_count = values.content_count;
        reader.depth = 0;
        reader.key_count = 0;
        ptrdiff_t end = may_begin(&reader, place, line_is_array) ? read_value(&reader, place) : -1;
        if (end < 0) {
            tokens.count = count;
            members.count = member_count;
            values.count = value_count;
            values.content_count = content_count;
            place++;
            continue;
        }
        find_quotes(&reader, place, count);
        mark_structure(&values, place, end, content_count);
        place = end;
    }
    *ret_tokens = tokens;
    *ret_members = members;
    *ret_values = values;
}

void json_find(const struct view *view, struct json_tokens *ret_tokens)
{
    struct json_members members;
    struct json_values values;
    find(view, ret_tokens, &members, &values);
    json_free_values(&values);
    json_free_members(&members);
}

void json_find_members(const struct view *view, struct json_members *ret_members)
{
    struct json_tokens tokens;
    struct json_values values;
    find(view, &tokens, ret_members, &values);
    json_free_values(&values);
    json_free(&tokens);
}

void json_find_values(const struct view *view, struct json_values *ret_values)
{
    struct json_tokens tokens;
    struct json_members members;
    find(view, &tokens, &members, ret_values);
    json_free(&tokens);
    json_free_members(&members);
}

void json_free_values(struct json_values *values)
{
    free(values->items);
    free(values->contents);
    free(values->structure);
    *values = (struct json_values){0};
}

void json_free_members(struct json_members *members)
{
    free(members->items);
    *members = (struct json_members){0};
}

void json_free(struct json_tokens *tokens)
{
    free(tokens->items);
    *tokens = (struct json_tokens){0};
}
