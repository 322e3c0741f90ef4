#include "test/reference/apart.h"

#include "test/reference/class.h"

#include <string.h>

enum {
    BLANKS_MOST = 4,
    BETWEEN_MOST = 64,
    REMARK_MOST = 32,
    HEADER_MOST = 192,
    TAGS_MOST = 4,
};

static ptrdiff_t over_blanks(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < BLANKS_MOST && class_blank(view_at(view, place)); i++) {
        place++;
    }
    return place;
}

static ptrdiff_t back_over_blanks(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < BLANKS_MOST && class_blank(view_at(view, place - 1)); i++) {
        place--;
    }
    return place;
}

static int bind_pair(const struct view *view, struct sad_label label,
                     struct sad_binding *ret_binding)
{
    if (class_quote(view_at(view, label.end))) {
        if (view_at(view, label.first - 1) != view_at(view, label.end)) {
            return 0;
        }
        label.first--;
        label.end++;
    }
    ptrdiff_t comma = over_blanks(view, label.end);
    if (view_at(view, comma) != ',' ||
        !class_one_of(view_at(view, back_over_blanks(view, label.first) - 1), "([{")) {
        return 0;
    }
    ptrdiff_t value = over_blanks(view, comma + 1);
    *ret_binding = sad_opened(view, sad_type_end(view, value));
    return 1;
}

static bool word_at(const struct view *view, ptrdiff_t place, const char *word)
{
    uint32_t before = view_at(view, place - 1);
    if ((class_letter_or_digit(before) || before == '_') &&
        !(class_lower(before) && class_upper(view_at(view, place)))) {
        return false;
    }
    for (ptrdiff_t i = 0; word[i] != '\0'; i++) {
        if (class_without_case(view_at(view, place + i)) != (unsigned char)word[i]) {
            return false;
        }
    }
    return true;
}

/* What is assigned to a word that begins behind at most 64 units. */
static int bind_word(const struct view *view, ptrdiff_t place, int words,
                     struct sad_binding *ret_binding)
{
    static const char *const all[] = {"value", "val", "number", "s", "n"};
    for (ptrdiff_t at = place; at <= place + BETWEEN_MOST; at++) {
        for (int i = 0; i < words; i++) {
            ptrdiff_t end = at + (ptrdiff_t)strlen(all[i]);
            ptrdiff_t assigned = word_at(view, at, all[i])
                                     ? sad_assignment_end(view, sad_closers_end(view, end))
                                     : -1;
            if (assigned >= 0) {
                *ret_binding = sad_assigned(view, assigned);
                return 1;
            }
        }
        uint32_t unit = view_at(view, at);
        if (unit == VIEW_BOUNDARY || unit == VIEW_OUTSIDE || class_one_of(unit, "()[]{}<>")) {
            return 0;
        }
    }
    return 0;
}

static int bind_member(const struct view *view, struct sad_label label,
                       struct sad_binding *ret_binding)
{
    ptrdiff_t place = sad_closers_end(view, label.end);
    ptrdiff_t behind = over_blanks(view, place);
    if (class_one_of(view_at(view, behind), ",;&")) {
        return bind_word(view, behind + 1, 2, ret_binding);
    }
    if (class_quote(view_at(view, label.end)) && behind > place) {
        return bind_word(view, behind, 2, ret_binding);
    }
    return 0;
}

static int bind_object(const struct view *view, struct sad_label label,
                       struct sad_binding *ret_binding)
{
    ptrdiff_t assigned = sad_assignment_end(view, sad_closers_end(view, label.end));
    if (assigned < 0) {
        return 0;
    }
    ptrdiff_t inside = sad_type_end(view, assigned);
    inside += class_quote(view_at(view, inside));
    return class_one_of(view_at(view, inside), "([{") ? bind_word(view, inside + 1, 5, ret_binding)
                                                      : 0;
}

static int bind_serialized(const struct view *view, struct sad_label label,
                           struct sad_binding *ret_binding)
{
    ptrdiff_t type = label.end + 2;
    ptrdiff_t value = -1;
    if (!class_quote(view_at(view, label.end)) || view_at(view, label.end + 1) != ';') {
        return 0;
    }
    if (view_holds(view, type, "i:")) {
        value = type + 2;
    } else if (view_holds(view, type, "s:") && class_digit(view_at(view, type + 2))) {
        value = type + (class_digit(view_at(view, type + 3)) ? 4 : 3);
        value = view_at(view, value) == ':' ? value + 1 : -1;
    }
    if (value < 0) {
        return 0;
    }
    *ret_binding = sad_opened(view, value);
    return 1;
}

static int bind_part(const struct view *view, struct sad_label label,
                     struct sad_binding *ret_binding)
{
    if (!class_quote(view_at(view, label.end)) ||
        !class_one_of(view_at(view, label.end + 1), "\r\n")) {
        return 0;
    }
    for (ptrdiff_t at = label.end + 1; at <= label.end + HEADER_MOST; at++) {
        ptrdiff_t empty = view_holds(view, at, "\n\n")     ? at + 2
                          : view_holds(view, at, "\n\r\n") ? at + 3
                                                           : -1;
        if (empty >= 0) {
            *ret_binding = sad_opened(view, empty);
            return 1;
        }
    }
    return 0;
}

/* Behind a tag and the white space after it, or -1. */
static ptrdiff_t over_tag(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t end = place + 1;
    if (view_at(view, place) != '<') {
        return -1;
    }
    while (!class_one_of(view_at(view, end), "<>") && view_at(view, end) != VIEW_OUTSIDE) {
        end++;
    }
    if (view_at(view, end) != '>' || end - (place + 1) > BETWEEN_MOST) {
        return -1;
    }
    end++;
    for (int i = 0; i < BLANKS_MOST &&
                    (class_blank(view_at(view, end)) || class_one_of(view_at(view, end), "\r\n"));
         i++) {
        end++;
    }
    return end;
}

static int bind_cell(const struct view *view, struct sad_label label,
                     struct sad_binding *ret_binding)
{
    if (view_at(view, back_over_blanks(view, label.first) - 1) != '>') {
        return 0;
    }
    ptrdiff_t place = over_blanks(view, label.end);
    if (view_at(view, place) == ':') {
        place = over_blanks(view, place + 1);
    }
    if (!view_holds(view, place, "</")) {
        return 0;
    }
    for (int i = 0; i < TAGS_MOST && over_tag(view, place) >= 0; i++) {
        place = over_tag(view, place);
    }
    *ret_binding = sad_opened(view, place);
    return 1;
}

/* Whether a word of results stands between two places. */
static bool of_results(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    static const char *const stems[] = {"check",    "result", "indicator", "status", "present",
                                        "response", "match",  "error",     "fail"};
    for (ptrdiff_t at = first; at < end; at++) {
        for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
            ptrdiff_t same = 0;
            while (stems[i][same] != '\0' &&
                   class_without_case(view_at(view, at + same)) == (unsigned char)stems[i][same]) {
                same++;
            }
            if (stems[i][same] == '\0') {
                return true;
            }
        }
    }
    return false;
}

static int bind_remark(const struct view *view, struct sad_label label,
                       struct sad_binding *ret_binding)
{
    ptrdiff_t first = over_blanks(view, label.end) + 1;
    ptrdiff_t end = first;
    uint32_t bracket = view_at(view, first - 1);
    if (!class_one_of(bracket, "([")) {
        return 0;
    }
    while (!class_one_of(view_at(view, end), "()[]\n") && !class_quote(view_at(view, end)) &&
           view_at(view, end) != VIEW_BOUNDARY && view_at(view, end) != VIEW_OUTSIDE) {
        end++;
    }
    if (end - first > REMARK_MOST || view_at(view, end) != (bracket == '(' ? ')' : ']') ||
        of_results(view, first, end)) {
        return 0;
    }
    ptrdiff_t assigned = sad_assignment_end(view, sad_closers_end(view, end + 1));
    if (assigned < 0) {
        return 0;
    }
    *ret_binding = sad_assigned(view, assigned);
    return 1;
}

int apart_bind(const struct view *view, struct sad_label label,
               struct sad_binding ret_bindings[APART_MOST])
{
    bool assigned = sad_assignment_end(view, sad_closers_end(view, label.end)) >= 0;
    int count = bind_cell(view, label, &ret_bindings[0]);
    if (assigned) {
        return count + bind_object(view, label, &ret_bindings[count]);
    }
    count += bind_pair(view, label, &ret_bindings[count]);
    count += bind_member(view, label, &ret_bindings[count]);
    count += bind_serialized(view, label, &ret_bindings[count]);
    count += bind_part(view, label, &ret_bindings[count]);
    count += bind_remark(view, label, &ret_bindings[count]);
    return count;
}
