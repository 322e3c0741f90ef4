#include "test/reference/field.h"

#include "test/reference/class.h"
#include "test/reference/memory.h"

#include <stdlib.h>

enum {
    JOINERS_MOST = 2,
    DIGITS_MOST = 3,
    DESCRIPTION_MOST = 64, /* its first blank included */
    BLANKS_MOST = 4,
    BEFORE_MOST = 128, /* units from a number's word to its value, and more than there can be */
};

/* Behind the word, without case, that begins at a place; -1 when it does not. */
static ptrdiff_t word_end(const struct view *view, ptrdiff_t place, const char *word)
{
    for (; *word != '\0'; word++, place++) {
        if (class_without_case(view_at(view, place)) != (unsigned char)*word) {
            return -1;
        }
    }
    return place;
}

/* Behind `least` to 4 blanks, or -1 when there are others. */
static ptrdiff_t blanks_end(const struct view *view, ptrdiff_t place, int least)
{
    int count = 0;
    while (class_blank(view_at(view, place + count))) {
        count++;
    }
    return count < least || count > BLANKS_MOST ? -1 : place + count;
}

static bool left_fits(const struct view *view, ptrdiff_t place)
{
    uint32_t before = view_at(view, place - 1);
    if (before == VIEW_BOUNDARY && view->units[place - 1].written != VIEW_BOUNDARY) {
        return false; /* an inert unit */
    }
    return !class_letter_or_digit(before);
}

/* Behind the 1-3 digits at a place, or -1. */
static ptrdiff_t number_end(const struct view *view, ptrdiff_t place, int *ret_number)
{
    int count = 0;
    *ret_number = 0;
    while (class_digit(view_at(view, place + count))) {
        if (++count > DIGITS_MOST) {
            return -1;
        }
        *ret_number = *ret_number * 10 + (int)(view_at(view, place + count - 1) - '0');
    }
    return count > 0 ? place + count : -1;
}

static void add(struct fields *fields, int number, struct sad_binding binding)
{
    fields->items =
        memory_grow(fields->items, fields->count, &fields->capacity, sizeof fields->items[0]);
    fields->items[fields->count++] = (struct field){number, binding};
}

static bool coloured(const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    for (; first < end; first++) {
        if (view_at(view, first) == 0x1B) {
            return true;
        }
    }
    return false;
}

/* The assignment behind a label, if there is one. */
static void add_assigned(const struct view *view, struct sad_label label, int number,
                         struct fields *fields)
{
    struct sad_binding bindings[SAD_BINDINGS_MOST];
    int count = sad_bind(view, label, bindings);
    for (int i = 0; i < count; i++) {
        if (bindings[i].assignment && !coloured(view, label.end, bindings[i].value)) {
            add(fields, number, bindings[i]);
        }
    }
}

/* `F2   Primary Account Number..: ` */
static void add_described(const struct view *view, ptrdiff_t place, int number,
                          struct fields *fields)
{
    ptrdiff_t label = place;
    ptrdiff_t end = place = sad_closers_end(view, place);
    if (!class_blank(view_at(view, place))) {
        return;
    }
    while (class_letter(view_at(view, end)) || class_blank(view_at(view, end)) ||
           class_one_of(view_at(view, end), ".-_/()")) {
        end++;
    }
    if (end - place > DESCRIPTION_MOST || !class_one_of(view_at(view, end), ":=")) {
        return;
    }
    end = blanks_end(view, end + 1, 0);
    if (end >= 0 && !coloured(view, label, sad_assigned(view, end).value)) {
        add(fields, number, sad_assigned(view, end));
    }
}

static void numbered(const struct view *view, ptrdiff_t place, struct fields *fields)
{
    ptrdiff_t end = word_end(view, place, "field");
    int number;

    static const char *const words[] = {"de", "bit", "bmp"};
    for (int i = 0; end < 0 && i < 3; i++) {
        end = word_end(view, place, words[i]);
    }
    if (end < 0 && view_at(view, place) == 'F') {
        end = place + 1;
    }
    for (int i = 0; end >= 0 && i < JOINERS_MOST; i++) {
        if (class_blank(view_at(view, end)) || class_one_of(view_at(view, end), "_-.[#")) {
            end++;
        }
    }
    end = end < 0 ? -1 : number_end(view, end, &number);
    if (end < 0 || class_letter(view_at(view, end))) {
        return;
    }
    add_assigned(view, (struct sad_label){place, end}, number, fields);
    add_described(view, end, number, fields);
}

/* `field id="2" value=` */
static void with_id(const struct view *view, ptrdiff_t place, struct fields *fields)
{
    int number;
    ptrdiff_t end = word_end(view, place, "field");

    end = end < 0 ? -1 : blanks_end(view, end, 1);
    end = end < 0 ? -1 : word_end(view, end, "id");
    end = end < 0 ? -1 : blanks_end(view, end, 0);
    if (end < 0 || view_at(view, end) != '=') {
        return;
    }
    end = blanks_end(view, end + 1, 0);
    if (end < 0) {
        return;
    }
    uint32_t quote = class_quote(view_at(view, end)) ? view_at(view, end) : 0;
    end = number_end(view, quote != 0 ? end + 1 : end, &number);
    if (end < 0 || (quote != 0 && view_at(view, end) != quote)) {
        return;
    }
    end = blanks_end(view, quote != 0 ? end + 1 : end, 1);
    ptrdiff_t value = end < 0 ? -1 : word_end(view, end, "value");
    if (value >= 0) {
        add_assigned(view, (struct sad_label){end, value}, number, fields);
    }
}

/* Those whose words begin from `first` on and before `end`. */
static void find_between(const struct view *view, ptrdiff_t first, ptrdiff_t end,
                         struct fields *ret_fields)
{
    *ret_fields = (struct fields){0};
    for (ptrdiff_t i = first; i < end; i++) {
        uint32_t initial = class_without_case(view_at(view, i));
        if ((initial == 'd' || initial == 'f' || initial == 'b') && left_fits(view, i)) {
            numbered(view, i, ret_fields);
            with_id(view, i, ret_fields);
        }
    }
}

void fields_find(const struct view *view, struct fields *ret_fields)
{
    find_between(view, 0, view->count, ret_fields);
}

void fields_free(struct fields *fields)
{
    free(fields->items);
    *fields = (struct fields){0};
}

bool field_value_at(const struct view *view, ptrdiff_t place, int number, int other)
{
    struct fields fields;
    bool found = false;
    find_between(view, place < BEFORE_MOST ? 0 : place - BEFORE_MOST, place, &fields);
    for (size_t i = 0; i < fields.count; i++) {
        const struct field *field = &fields.items[i];
        found = found || (field->binding.value == place &&
                          (field->number == number || field->number == other));
    }
    fields_free(&fields);
    return found;
}
