#include "test/reference/key.h"

#include "test/reference/class.h"
#include "test/reference/json.h"
#include "test/reference/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    STARS_LEAST = 4,
    FRONT_MOST = 8,
    BACK_MOST = 4,
};

/* Whether the key is the name [name, name + size) of a path. */
static bool is_key(const struct view *view, const struct json_span *key, const char *name,
                   size_t size)
{
    if (size == 1 && name[0] == '*') {
        return true;
    }
    if ((size_t)(key->end - key->first) != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (class_without_case(view_at(view, key->first + (ptrdiff_t)i)) !=
            class_without_case((unsigned char)name[i])) {
            return false;
        }
    }
    return true;
}

/* Whether keys [first, end) of the value are exactly the names. */
static bool are_names(const struct view *view, const struct json_value *value, int first, int end,
                      const char *names)
{
    for (int i = first; i < end; i++) {
        size_t size = strcspn(names, ".");
        if (!is_key(view, &value->keys[i], names, size)) {
            return false;
        }
        names += size;
        if ((*names == '.') != (i + 1 < end)) {
            return false;
        }
        names += *names == '.';
    }
    return first < end;
}

/* Whether the path has the value, or an object or array around it. */
static bool path_has(const struct view *view, const struct json_value *value, const char *path)
{
    for (int end = 1; end <= value->key_count; end++) {
        for (int first = 0; first < (path[0] == '*' ? end : 1); first++) {
            if (are_names(view, value, first, end, path + 2)) {
                return true;
            }
        }
    }
    return false;
}

/* Marks source bytes of units. */
static void close(const struct view *view, ptrdiff_t first, ptrdiff_t end, bool *closed)
{
    for (ptrdiff_t i = first; i < end; i++) {
        memset(closed + view->units[i].start, true,
               (view->units[i].end - view->units[i].start) * sizeof(bool));
    }
}

/* Marks numbers that are masked within units [first, end). */
static void mark_masked(const struct view *view, ptrdiff_t first, ptrdiff_t end, bool *open)
{
    for (ptrdiff_t i = first; i < end; i++) {
        ptrdiff_t from = i;
        ptrdiff_t to = i;
        while (to < view->count && view_at(view, to) == '*') {
            to++;
        }
        if (to - from < STARS_LEAST || view_at(view, i - 1) == '*') {
            continue;
        }
        for (int n = 0; n < FRONT_MOST && class_digit(view_at(view, from - 1)); n++) {
            from--;
        }
        for (int n = 0; n < BACK_MOST && class_digit(view_at(view, to)); n++) {
            to++;
        }
        for (ptrdiff_t j = from; j < to; j++) {
            if (j >= first && j < end) {
                open[j] = false;
            }
        }
    }
}

/* Whether bytes hold a letter, a digit or a byte above ASCII. */
static bool says_something(const char *line, size_t start, size_t end)
{
    for (; start < end; start++) {
        unsigned char byte = (unsigned char)line[start];
        if (byte >= 0x80 || class_letter_or_digit(byte)) {
            return true;
        }
    }
    return false;
}

/* Adds bytes [start, end) of a view without what is closed. */
static void add_parts(const struct view *view, int rule, const char *line, size_t start, size_t end,
                      const bool *closed, struct findings *findings)
{
    while (start < end) {
        size_t stop = start;
        while (stop < end && !closed[stop]) {
            stop++;
        }
        if (stop > start && says_something(line, start, stop)) {
            struct finding finding = {.kind = FINDING_KEY,
                                      .view = view->number,
                                      .start = start,
                                      .end = stop,
                                      .key_rule = rule};
            findings_add(findings, &finding);
        }
        start = stop == start ? stop + 1 : stop;
    }
}

static bool in_view_says_something(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    for (; first < end; first++) {
        uint32_t character = view_at(view, first);
        if (class_letter_or_digit(character) || character >= 0x80) {
            return true;
        }
    }
    return false;
}

static void add_value(const struct view *view, const struct json_value *value, int rule,
                      const char *line, const bool *closed, struct findings *findings)
{
    bool *open = memory_zeroed((size_t)view->count + 1, sizeof(bool));
    for (ptrdiff_t i = value->span.first; i < value->span.end; i++) {
        const struct unit *unit = &view->units[i];
        open[i] = unit->character == unit->written;
    }
    mark_masked(view, value->span.first, value->span.end, open);
    for (ptrdiff_t i = value->span.first; i < value->span.end; i++) {
        ptrdiff_t first = i;
        while (i < value->span.end && open[i]) {
            i++;
        }
        if (i > first && in_view_says_something(view, first, i)) {
            add_parts(view, rule, line, view->units[first].start, view->units[i - 1].end, closed,
                      findings);
        }
    }
    free(open);
}

static void find_in_view(const struct view *view, int rule, const char *line, const bool *closed,
                         struct findings *findings)
{
    const struct reference_key_rule *key_rule = &view->options->key_rules[rule];
    struct json_values values;
    json_find_values(view, &values);
    for (size_t i = 0; i < values.count; i++) {
        bool has = false;
        for (const char *const *path = key_rule->paths; *path != NULL; path++) {
            has = has || path_has(view, &values.items[i], *path);
        }
        if (has) {
            add_value(view, &values.items[i], rule, line, closed, findings);
        }
    }
    json_free_values(&values);
}

static void close_structure(const struct view *view, bool *closed)
{
    struct json_values values;
    json_find_values(view, &values);
    for (ptrdiff_t i = 0; i < view->count; i++) {
        if (values.structure[i]) {
            close(view, i, i + 1, closed);
        }
    }
    json_free_values(&values);
}

void key_find(const struct views *views, const char *line, size_t size,
              const struct findings *others, struct findings *findings)
{
    const struct reference_options *options = views->items[0].options;
    bool *closed = memory_zeroed(size + 1, sizeof(bool));
    for (size_t i = 0; i < others->count; i++) {
        const struct finding *other = &others->items[i];
        if (other->kind != FINDING_BASE64) {
            memset(closed + other->start, true, (other->end - other->start) * sizeof(bool));
        }
    }
    for (int i = 0; i < views->count; i++) {
        close_structure(&views->items[i], closed);
    }
    for (size_t rule = 0; rule < options->key_rule_count; rule++) {
        size_t before = findings->count;
        for (int i = 0; i < views->count; i++) {
            find_in_view(&views->items[i], (int)rule, line, closed, findings);
        }
        for (size_t i = before; i < findings->count; i++) {
            const struct finding *finding = &findings->items[i];
            memset(closed + finding->start, true, (finding->end - finding->start) * sizeof(bool));
        }
    }
    free(closed);
}
