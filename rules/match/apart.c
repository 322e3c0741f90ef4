/* The shapes are those of request and response logs: lists of pairs (bind parameters), forms as
 * lists of members, nested objects, PHP's serialize, multipart/form-data (RFC 7578), tables. */
#include "rules/match/apart.h"

enum {
    BETWEEN_UNITS_MAX = 64,
    REMARK_UNITS_MAX = 32,
    HEADER_UNITS_MAX = 192,
    TAGS_MAX = 4,
    LENGTH_DIGITS_MAX = 2,
};

static bool is_open_bracket(uint8_t symbol)
{
    return symbol == '(' || symbol == '[' || symbol == '{';
}

static bool is_newline(uint8_t symbol)
{
    return symbol == '\n' || symbol == '\r';
}

/* Behind the blanks before `at`, at most 4, to the left. */
static uint32_t skip_blanks_left(const struct view *view, uint32_t at)
{
    for (unsigned n = 0;
         n < BINDING_BLANKS_MAX && at > 0 && symbol_is(view->symbols[at - 1], CLASS_BLANK); n++)
        at--;
    return at;
}

/* `["cvv", "123"]`. */
static bool read_pair(const struct view *view, uint32_t begin, uint32_t end,
                      struct binding *ret_binding)
{
    uint8_t quote = binding_unit(view, end);
    if (symbol_is(quote, CLASS_QUOTE)) {
        if (begin == 0 || view->symbols[begin - 1] != quote)
            return false;
        begin--;
        end++;
    }
    begin = skip_blanks_left(view, begin);
    end = binding_skip_blanks(view, end);
    if (begin == 0 || !is_open_bracket(view->symbols[begin - 1]) || binding_unit(view, end) != ',')
        return false;
    end = binding_skip_type(view, binding_skip_blanks(view, end + 1));
    *ret_binding = binding_open(view, end);
    return true;
}

/* Whether a word may begin at `at`. */
static bool word_begins(const struct view *view, uint32_t at)
{
    uint8_t before = view->symbols[at - 1];
    if (!symbol_is(before, CLASS_WORD) && before != '_')
        return true;
    return symbol_is(before, CLASS_LOWER) && symbol_is(view->symbols[at], CLASS_UPPER);
}

/* What is assigned to one of the words `value val`, or with `object` `number s n`, that begins at
 * `at`. */
static bool read_word(const struct view *view, uint32_t at, bool object,
                      struct binding *ret_binding)
{
    static const char *const words[] = {"value", "val", "number", "s", "n"};
    for (unsigned i = 0; i < (object ? 5 : 2); i++) {
        uint32_t end = binding_skip_word(view, at, words[i]);
        uint32_t value = end ? binding_skip_assignment(view, binding_skip_closings(view, end)) : 0;
        if (!value)
            continue;
        *ret_binding = binding_open(view, binding_skip_type(view, value));
        ret_binding->assignment = true;
        return true;
    }
    return false;
}

/* What is assigned to the first such word behind `begin`. */
static bool read_words(const struct view *view, uint32_t begin, bool object,
                       struct binding *ret_binding)
{
    for (uint32_t at = begin; at < view->size && at - begin <= BETWEEN_UNITS_MAX; at++) {
        if (word_begins(view, at) && read_word(view, at, object, ret_binding))
            return true;
        uint8_t symbol = view->symbols[at];
        if (symbol_is(symbol, CLASS_BOUNDARY) || is_open_bracket(symbol) || symbol == ')' ||
            symbol == ']' || symbol == '}' || symbol == '<' || symbol == '>')
            return false;
    }
    return false;
}

/* `"cvv","value":"123"`, `"cvv" value="123"`. */
static bool read_member(const struct view *view, uint32_t end, struct binding *ret_binding)
{
    uint32_t at = binding_skip_closings(view, end), after = binding_skip_blanks(view, at);
    uint8_t symbol = binding_unit(view, after);
    if (symbol == ',' || symbol == ';' || symbol == '&')
        return read_words(view, after + 1, false, ret_binding);
    return after > at && symbol_is(binding_unit(view, end), CLASS_QUOTE) &&
           read_words(view, after, false, ret_binding);
}

/* `"cvv":{"value":"123"}`. */
static bool read_object(const struct view *view, uint32_t end, struct binding *ret_binding)
{
    uint32_t at = binding_skip_assignment(view, binding_skip_closings(view, end));
    if (!at)
        return false;
    at = binding_skip_type(view, at);
    at += symbol_is(binding_unit(view, at), CLASS_QUOTE) != 0;
    return is_open_bracket(binding_unit(view, at)) && read_words(view, at + 1, true, ret_binding);
}

/* `"cvv";s:3:"123"`. */
static bool read_serialized(const struct view *view, uint32_t end, struct binding *ret_binding)
{
    if (!symbol_is(binding_unit(view, end), CLASS_QUOTE) || binding_unit(view, end + 1) != ';' ||
        binding_unit(view, end + 3) != ':')
        return false;
    uint8_t type = binding_unit(view, end + 2);
    uint32_t at = end + 4;
    if (type == 's') {
        uint32_t digits = at;
        while (at - digits < LENGTH_DIGITS_MAX && symbol_is(binding_unit(view, at), CLASS_DIGIT))
            at++;
        if (at == digits || binding_unit(view, at++) != ':')
            return false;
    } else if (type != 'i') {
        return false;
    }
    *ret_binding = binding_open(view, at);
    return true;
}

/* `name="cvv"`, the rest of the header, an empty line. */
static bool read_part(const struct view *view, uint32_t end, struct binding *ret_binding)
{
    if (!symbol_is(binding_unit(view, end), CLASS_QUOTE) ||
        !is_newline(binding_unit(view, end + 1)))
        return false;
    for (uint32_t at = end + 1; at < view->size && at - end <= HEADER_UNITS_MAX; at++) {
        if (view->symbols[at] != '\n')
            continue;
        uint32_t next = at + 1 + (binding_unit(view, at + 1) == '\r');
        if (binding_unit(view, next) != '\n')
            continue;
        *ret_binding = binding_open(view, next + 1);
        return true;
    }
    return false;
}

/* Behind the tag at `at` and the white space after it; 0: there is none. */
static uint32_t skip_tag(const struct view *view, uint32_t at)
{
    uint32_t begin = at + 1;
    if (binding_unit(view, at) != '<')
        return 0;
    for (at = begin; binding_unit(view, at) != '>'; at++) {
        if (at >= view->size || at - begin >= BETWEEN_UNITS_MAX || view->symbols[at] == '<')
            return 0;
    }
    at++;
    for (unsigned n = 0;
         n < BINDING_BLANKS_MAX &&
         (symbol_is(binding_unit(view, at), CLASS_BLANK) || is_newline(binding_unit(view, at)));
         n++)
        at++;
    return at;
}

/* `<td>CVV</td><td>123</td>`. */
static bool read_cell(const struct view *view, uint32_t begin, uint32_t end,
                      struct binding *ret_binding)
{
    uint32_t at = skip_blanks_left(view, begin), next;
    if (at == 0 || view->symbols[at - 1] != '>')
        return false;
    at = binding_skip_blanks(view, end);
    if (binding_unit(view, at) == ':')
        at = binding_skip_blanks(view, at + 1);
    if (binding_unit(view, at) != '<' || binding_unit(view, at + 1) != '/')
        return false;
    for (unsigned n = 0; n < TAGS_MAX && (next = skip_tag(view, at)); n++)
        at = next;
    *ret_binding = binding_open(view, at);
    return true;
}

/* Whether a word that stands at one of the units [begin, end) says that the value is a result. */
static bool says_result(const struct view *view, uint32_t begin, uint32_t end)
{
    static const char *const words[] = {"check",    "result", "indicator", "status", "present",
                                        "response", "match",  "error",     "fail"};
    for (uint32_t at = begin; at < end; at++) {
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (binding_skip_word(view, at, words[i]))
                return true;
        }
    }
    return false;
}

/* `cvv (3 digits): 123`, `cvv[0]=123`, `getCvv() = 123`; not `cvv[result]=123`. */
static bool read_remark(const struct view *view, uint32_t end, struct binding *ret_binding)
{
    uint32_t at = binding_skip_blanks(view, end);
    uint8_t open = binding_unit(view, at), close = open == '(' ? ')' : ']';
    if (open != '(' && open != '[')
        return false;
    uint32_t begin = ++at;
    for (; binding_unit(view, at) != close; at++) {
        uint8_t symbol = binding_unit(view, at);
        if (at - begin >= REMARK_UNITS_MAX || symbol == '(' || symbol == ')' || symbol == '[' ||
            symbol == ']' || symbol_is(symbol, CLASS_QUOTE | CLASS_BOUNDARY) || symbol == '\n')
            return false;
    }
    if (says_result(view, begin, at))
        return false;
    at = binding_skip_assignment(view, binding_skip_closings(view, at + 1));
    if (!at)
        return false;
    *ret_binding = binding_open(view, binding_skip_type(view, at));
    ret_binding->assignment = true;
    return true;
}

unsigned apart_list(const struct view *view, uint32_t begin, uint32_t end, bool assigned,
                    struct binding ret_bindings[APART_BINDINGS_MAX])
{
    unsigned count = read_cell(view, begin, end, &ret_bindings[0]);
    if (assigned)
        return count + read_object(view, end, &ret_bindings[count]);
    count += read_pair(view, begin, end, &ret_bindings[count]);
    count += read_member(view, end, &ret_bindings[count]);
    count += read_serialized(view, end, &ret_bindings[count]);
    count += read_part(view, end, &ret_bindings[count]);
    count += read_remark(view, end, &ret_bindings[count]);
    return count;
}
