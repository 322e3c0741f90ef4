#include "test/reference/column.h"

#include "test/reference/class.h"
#include "test/reference/cvv.h"
#include "test/reference/pin.h"

enum {
    GAP_MOST = 16,
    TABLE_MOST = 128,
    LIST_MOST = 1024,
    COLUMNS_MOST = 64,
    PARENTHESES_MOST = 8,
};

struct columns {
    int count;
    struct sad_label names[COLUMNS_MOST]; /* units [first, end) */
};

/* What is looked for in a view. */
struct search {
    const struct view *view;
    struct sad_labels cvv;
    struct sad_labels pin;
    bool cut_end;
    struct findings *findings;
};

static bool in_gap(uint32_t character)
{
    return class_blank(character) || character == '\n' || character == '\r';
}

/* Behind a gap, or -1 when it is too long. */
static ptrdiff_t gap_end(const struct view *view, ptrdiff_t place)
{
    int count = 0;
    while (in_gap(view_at(view, place + count))) {
        count++;
    }
    return count > GAP_MOST ? -1 : place + count;
}

/* Behind a word, without case, or -1. */
static ptrdiff_t word_end(const struct view *view, ptrdiff_t place, const char *word)
{
    for (; *word != '\0'; word++, place++) {
        if (class_without_case(view_at(view, place)) != (unsigned char)*word) {
            return -1;
        }
    }
    return place;
}

static bool in_word(uint32_t character)
{
    return class_letter_or_digit(character) || character == '_';
}

static bool ends_text(uint32_t character)
{
    return character == VIEW_BOUNDARY || character == VIEW_OUTSIDE;
}

/* Behind the `(` after a gap and the table's name, or -1. Blanks may be of either. */
static ptrdiff_t table_end(const struct view *view, ptrdiff_t gap)
{
    ptrdiff_t end = gap;
    ptrdiff_t place = gap;
    while (!ends_text(view_at(view, end)) && !class_one_of(view_at(view, end), "(),;'=")) {
        end++;
    }
    while (in_gap(view_at(view, place)) && place - gap < GAP_MOST && place + 1 < end) {
        place++;
    }
    return place > gap && end - place <= TABLE_MOST && view_at(view, end) == '(' ? end + 1 : -1;
}

static bool around_name(uint32_t character)
{
    return in_gap(character) || class_quote(character) || class_one_of(character, "[]");
}

static struct sad_label trimmed(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    while (first < end && around_name(view_at(view, first))) {
        first++;
    }
    while (first < end && around_name(view_at(view, end - 1))) {
        end--;
    }
    return (struct sad_label){first, end};
}

/* Behind the column list that begins at a place, its `)` included, or -1. */
static ptrdiff_t list_end(const struct view *view, ptrdiff_t place, struct columns *ret_columns)
{
    ptrdiff_t first = place;
    ret_columns->count = 0;
    for (ptrdiff_t i = place;; i++) {
        uint32_t character = view_at(view, i);
        if (ends_text(character) || character == '(') {
            return -1;
        }
        if (character != ',' && character != ')') {
            continue;
        }
        if (i - place > LIST_MOST) {
            return -1;
        }
        if (ret_columns->count < COLUMNS_MOST) {
            ret_columns->names[ret_columns->count++] = trimmed(view, first, i);
        }
        first = i + 1;
        if (character == ')') {
            return i + 1;
        }
    }
}

/* The `,` or `)` that ends the value at a place; -1 for none. */
static ptrdiff_t value_end(const struct view *view, ptrdiff_t place)
{
    uint32_t quote = 0;
    int depth = 0;
    for (ptrdiff_t i = place; i < view->count; i++) {
        uint32_t character = view_at(view, i);
        if (quote != 0) {
            i += character == '\\';
            quote = character == quote ? 0 : quote;
        } else if (class_quote(character)) {
            quote = character;
        } else if (character == '(') {
            if (++depth > PARENTHESES_MOST) {
                return -1;
            }
        } else if (depth == 0 && (character == ',' || character == ')')) {
            return i;
        } else if (character == ')') {
            depth--;
        }
    }
    return -1;
}

/* The label that ends a column's name, or NULL. */
static const struct sad_label *label_of(const struct sad_labels *labels, struct sad_label name)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (labels->items[i].end == name.end && labels->items[i].first >= name.first) {
            return &labels->items[i];
        }
    }
    return NULL;
}

/* A value that begins at a place, behind its gap. `whole`: it has its end. */
static void judge(const struct search *search, struct sad_label name, ptrdiff_t place, bool whole)
{
    const struct sad_label *cvv = label_of(&search->cvv, name);
    const struct sad_label *pin = label_of(&search->pin, name);
    struct sad_binding binding = sad_assigned(search->view, place);

    if (cvv != NULL) {
        cvv_add_value(search->view, &binding, whole, search->cut_end, search->findings);
    }
    if (pin != NULL) {
        pin_add_value(search->view, &binding, pin_says_block(search->view, *pin), whole,
                      search->cut_end, search->findings);
    }
}

/* Reads rows from behind the first one's `(`; returns where the last value read whole ends, or
 * -1. */
static ptrdiff_t read_rows(const struct search *search, const struct columns *columns,
                           ptrdiff_t place)
{
    const struct view *view = search->view;
    ptrdiff_t read = -1;
    int column = 0;

    for (;;) {
        ptrdiff_t value = place;
        while (value - place < GAP_MOST && in_gap(view_at(view, value))) {
            value++;
        }
        ptrdiff_t end = value_end(view, value);
        if (column < columns->count) {
            judge(search, columns->names[column], value, end >= 0);
        }
        if (end < 0) {
            return read;
        }
        read = end;
        column++;
        place = end + 1;
        if (view_at(view, end) == ',') {
            continue;
        }
        place = gap_end(view, place);
        place = place < 0 || view_at(view, place) != ',' ? -1 : gap_end(view, place + 1);
        if (place < 0 || view_at(view, place) != '(') {
            return read;
        }
        place++;
        column = 0;
    }
}

/* The statement whose `into` is at a place; returns where the search goes on. */
static ptrdiff_t read_statement(const struct search *search, ptrdiff_t place)
{
    const struct view *view = search->view;
    struct columns columns;
    ptrdiff_t behind = word_end(view, place, "into");

    if (behind < 0 || in_word(view_at(view, place - 1)) || in_word(view_at(view, behind))) {
        return place + 1;
    }
    ptrdiff_t at = table_end(view, behind);
    at = at < 0 ? -1 : list_end(view, at, &columns);
    at = at < 0 ? -1 : gap_end(view, at);
    if (at < 0) {
        return behind;
    }
    ptrdiff_t values = word_end(view, at, "values");
    values = values < 0 ? word_end(view, at, "value") : values;
    values = values < 0 ? -1 : gap_end(view, values);
    if (values < 0 || view_at(view, values) != '(') {
        return behind;
    }
    ptrdiff_t read = read_rows(search, &columns, values + 1);
    return read < 0 ? behind : read;
}

static bool mentions_into(const struct view *view)
{
    for (ptrdiff_t i = 0; i < view->count; i++) {
        if (word_end(view, i, "into") >= 0) {
            return true;
        }
    }
    return false;
}

void column_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings)
{
    struct search search = {.view = view, .cut_end = cut_end, .findings = findings};

    if (!mentions_into(view)) {
        return; /* most views: their labels need not be found again */
    }
    cvv_labels(view, card_record, &search.cvv);
    pin_labels(view, card_record, &search.pin);
    for (ptrdiff_t i = 0; i < view->count;) {
        i = read_statement(&search, i);
    }
    sad_labels_free(&search.cvv);
    sad_labels_free(&search.pin);
}
