#include "rules/action/member.h"

#include "rules/view/json.h"

#include <string.h>

#define NONE UINT32_MAX

/* A member in units of a view that is known to be valid JSON there. */
struct member {
    uint32_t begin, end;   /* from the key's quote to behind the value */
    uint32_t key_end;      /* the key's other quote */
    uint32_t comma_before; /* or NONE */
    uint32_t comma_after;  /* or NONE */
};

static bool is_space(uint8_t symbol)
{
    return symbol == ' ' || symbol == '\t' || symbol == '\n' || symbol == '\r';
}

/* The last unit before `at` that is no white space. */
static uint32_t before(const struct view *view, uint32_t at)
{
    do {
        at--;
    } while (is_space(view->symbols[at]));
    return at;
}

/* The opening quote of the string that `close` ends. */
static uint32_t open_quote(const struct view *view, uint32_t close)
{
    for (uint32_t at = close - 1;; at--) {
        if (view->symbols[at] != '"')
            continue;
        uint32_t escape = at;
        while (escape > 0 && view->symbols[escape - 1] == '\\')
            escape--;
        if ((at - escape) % 2 == 0)
            return at;
    }
}

static struct member member_of(const struct view *view, const struct json_token *value)
{
    uint32_t key_end = before(view, before(view, value->begin));
    struct member member = {
        .begin = open_quote(view, key_end), .end = value->end, .key_end = key_end};
    uint32_t left = before(view, member.begin), right = value->end;
    while (is_space(view->symbols[right]))
        right++;
    member.comma_before = view->symbols[left] == ',' ? left : NONE;
    member.comma_after = view->symbols[right] == ',' ? right : NONE;
    return member;
}

static bool is_alike(const struct view *view, const uint8_t *line, uint32_t left, uint32_t right)
{
    uint32_t left_place = view_place(view, left), right_place = view_place(view, right);
    uint32_t size = view_place(view, left + 1) - left_place;
    return size == view_place(view, right + 1) - right_place &&
           memcmp(line + left_place, line + right_place, size) == 0;
}

/* Whether all quotes of the member are spelled alike: else one of them may be that of a string
 * around it: `{"m":"{\"cvv\":\"123}"}`. */
static bool is_of_one_text(const struct view *view, const uint8_t *line,
                           const struct member *member, const struct json_token *value)
{
    return is_alike(view, line, member->begin, member->key_end) &&
           (view->symbols[value->begin] != '"' ||
            (is_alike(view, line, member->begin, value->begin) &&
             is_alike(view, line, member->begin, value->end - 1)));
}

/* Whether the finding is all of the value, white space in a string aside. */
static bool is_whole(const struct view *view, const struct json_token *value,
                     const struct united *unit)
{
    uint32_t begin = value->begin, end = value->end;
    if (view->symbols[begin] == '"') {
        begin++;
        end--;
        while (begin < end && is_space(view->symbols[begin]))
            begin++;
        while (end > begin && is_space(view->symbols[end - 1]))
            end--;
    }
    return view_place(view, begin) == unit->begin && view_place(view, end) == unit->end;
}

/* Of neighbouring members that go, each takes the comma before it when the first of them has one,
 * else the comma after it. */
struct row {
    uint32_t next_comma; /* after the last member that went, or NONE */
    bool leads;          /* the first member had a comma before it */
};

static void drop(const struct view *view, const struct member *member, struct row *row,
                 struct united *unit)
{
    uint32_t begin = member->begin, end = member->end;
    if (row->next_comma == NONE || row->next_comma != member->comma_before)
        row->leads = member->comma_before != NONE;
    row->next_comma = member->comma_after;
    if (row->leads)
        begin = member->comma_before;
    else if (member->comma_after != NONE)
        end = member->comma_after + 1;
    unit->begin = view_place(view, begin);
    unit->end = view_place(view, end);
    unit->is_dropped = true;
    unit->quoted = false;
}

static bool wants(const struct united *unit)
{
    return unit->drops_field && !unit->is_dropped;
}

static void drop_in_view(const struct view *view, const uint8_t *line,
                         const struct json_token *values, size_t value_count, struct united *units,
                         size_t count)
{
    struct row row = {.next_comma = NONE};
    size_t unit = 0;
    for (size_t v = 0; v < value_count; v++) {
        while (unit < count && units[unit].end <= view_place(view, values[v].begin))
            unit++;
        for (size_t u = unit; u < count && units[u].begin < view_place(view, values[v].end); u++) {
            if (!wants(&units[u]) || !is_whole(view, &values[v], &units[u]))
                continue;
            struct member member = member_of(view, &values[v]);
            if (is_of_one_text(view, line, &member, &values[v]))
                drop(view, &member, &row, &units[u]);
            break;
        }
    }
}

/* Puts units that grew to the left in order again; they move over what lies in their keys. */
static void sort_again(struct united *units, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct united unit = units[i];
        size_t at = i;
        for (; at > 0 && units[at - 1].begin > unit.begin; at--)
            units[at] = units[at - 1];
        units[at] = unit;
    }
}

int member_drop(const struct blot_memory *memory, const uint8_t *line, const struct view *views,
                unsigned view_count, struct buffer *tokens, struct united *units, size_t *count)
{
    size_t wanting = 0;
    for (size_t i = 0; i < *count; i++)
        wanting += wants(&units[i]);
    for (unsigned v = 0; wanting && v < view_count; v++) {
        size_t value_count;
        int r = json_find(memory, &views[v], JSON_VALUES, tokens, &value_count);
        if (r < 0)
            return r;
        drop_in_view(&views[v], line, tokens->data, value_count, units, *count);
        sort_again(units, *count);
    }
    if (wanting)
        *count = unite_again(units, *count);
    return 0;
}
