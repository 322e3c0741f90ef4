#include "test/reference/row.h"

#include "test/reference/class.h"
#include "test/reference/pan.h"
#include "test/reference/run.h"

enum {
    FIELDS_MOST = 3,
    FIELD_MOST = 64,
    BLANKS_MOST = 4,
    TYPE_MOST = 16,
    PARAMETER_DIGITS_MOST = 5,
    CODE_LEAST = 3,
    CODE_MOST = 4,
};

static ptrdiff_t blanks_end(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < BLANKS_MOST && class_blank(view_at(view, place)); i++) {
        place++;
    }
    return place;
}

static ptrdiff_t digits_end(const struct view *view, ptrdiff_t place)
{
    while (class_digit(view_at(view, place))) {
        place++;
    }
    return place;
}

/* Behind `(String)`, when one stands at the place. */
static ptrdiff_t type_end(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t end = place + 1;
    while (class_letter(view_at(view, end))) {
        end++;
    }
    ptrdiff_t letters = end - (place + 1);
    bool type = view_at(view, place) == '(' && letters >= 1 && letters <= TYPE_MOST &&
                view_at(view, end) == ')';
    return type ? end + 1 : place;
}

/* Behind `$2 = `, when it stands at the place. */
static ptrdiff_t parameter_end(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t end = digits_end(view, place + 1);
    ptrdiff_t digits = end - (place + 1);
    if (view_at(view, place) != '$' || digits < 1 || digits > PARAMETER_DIGITS_MOST) {
        return place;
    }
    end = blanks_end(view, end);
    return view_at(view, end) == '=' ? blanks_end(view, end + 1) : place;
}

static bool ends_row(uint32_t character)
{
    return character == VIEW_OUTSIDE || character == VIEW_BOUNDARY || character == '\n' ||
           character == '\r' || class_quote(character) || class_one_of(character, ")]}<");
}

static bool code(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    return end - first == CODE_LEAST || (end - first == CODE_MOST && !run_expiry_at(view, first));
}

/* The field that begins at a place; returns where the next one begins, or -1. */
static ptrdiff_t read_field(const struct view *view, ptrdiff_t place, uint32_t delimiter,
                            bool cut_end, struct findings *findings)
{
    ptrdiff_t first = parameter_end(view, blanks_end(view, place));
    uint32_t quote = class_quote(view_at(view, first)) ? view_at(view, first) : 0;
    first += quote != 0;
    ptrdiff_t end = digits_end(view, first);
    bool closed = quote == 0 || view_at(view, end) == quote;
    ptrdiff_t behind = quote != 0 && closed ? end + 1 : end;
    behind = blanks_end(view, type_end(view, behind));
    uint32_t next = view_at(view, behind);
    bool whole = code(view, first, end) && closed && (next == delimiter || ends_row(next));
    bool cut = cut_end && end == view->count && end > first && end - first <= CODE_MOST &&
               !(end - first == CODE_MOST && run_expiry_at(view, first));
    if (whole || cut) {
        struct finding finding = finding_over(FINDING_CVV, view, first, end);
        finding.cut = !whole;
        findings_add(findings, &finding);
    }
    bool inside = quote != 0;
    for (ptrdiff_t i = first; i < place + FIELD_MOST; i++) {
        uint32_t character = view_at(view, i);
        if (character == VIEW_OUTSIDE || character == VIEW_BOUNDARY || character == '\n' ||
            character == '\r') {
            return -1;
        }
        if (inside) {
            inside = character != quote;
            continue;
        }
        if (character == delimiter) {
            return i + 1;
        }
        ptrdiff_t type = type_end(view, i);
        if (type > i) {
            i = type - 1;
        } else if (class_one_of(character, "()[]{}")) {
            return -1;
        }
    }
    return -1;
}

/* Behind a `:` or blanks, or -1. */
static ptrdiff_t between_end(const struct view *view, ptrdiff_t place)
{
    if (view_at(view, place) == ':') {
        return place + 1;
    }
    return class_blank(view_at(view, place)) ? blanks_end(view, place) : -1;
}

/* Behind MM/YY or MM/20YY, or -1. */
static ptrdiff_t expiry_end(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t slash = digits_end(view, place);
    ptrdiff_t end = digits_end(view, slash + 1);
    if (slash - place != 2 || view_at(view, slash) != '/') {
        return -1;
    }
    int month = 10 * (int)(view_at(view, place) - '0') + (int)(view_at(view, place + 1) - '0');
    bool year =
        end - (slash + 1) == 2 || (end - (slash + 1) == 4 && view_holds(view, slash + 1, "20"));
    return year && month >= 1 && month <= 12 ? end : -1;
}

/* A number, its expiry and its code, side by side. */
static void read_written(const struct view *view, ptrdiff_t place, bool cut_end,
                         struct findings *findings)
{
    ptrdiff_t expiry = between_end(view, place);
    ptrdiff_t behind = expiry < 0 ? -1 : expiry_end(view, expiry);
    ptrdiff_t first = behind < 0 ? -1 : between_end(view, behind);
    if (first < 0) {
        return;
    }
    ptrdiff_t end = digits_end(view, first);
    uint32_t next = view_at(view, end);
    bool whole = end - first >= CODE_LEAST && end - first <= CODE_MOST &&
                 !class_letter_or_digit(next) &&
                 !(class_one_of(next, ".,-/:") && class_digit(view_at(view, end + 1)));
    bool cut = cut_end && end == view->count && end > first && end - first <= CODE_MOST;
    if (whole || cut) {
        struct finding finding = finding_over(FINDING_CVV, view, first, end);
        finding.cut = cut;
        findings_add(findings, &finding);
    }
}

/* The row of a number that ends before a place. */
static void read_row(const struct view *view, ptrdiff_t end, bool cut_end,
                     struct findings *findings)
{
    read_written(view, end, cut_end, findings);
    ptrdiff_t place = class_quote(view_at(view, end)) ? end + 1 : end;
    place = blanks_end(view, type_end(view, place));
    uint32_t delimiter = view_at(view, place);
    if (!class_one_of(delimiter, "|,;")) {
        return;
    }
    place++;
    for (int i = 0; i < FIELDS_MOST && place >= 0; i++) {
        place = read_field(view, place, delimiter, cut_end, findings);
    }
}

void row_find(const struct view *view, bool cut_end, struct findings *findings)
{
    struct pan_spans spans = {0};
    pan_windows(view, &spans);
    for (size_t i = 0; i < spans.count; i++) {
        read_row(view, spans.items[i].end, cut_end, findings);
    }
    pan_spans_free(&spans);
}
