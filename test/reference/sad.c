#include "test/reference/sad.h"

#include "test/reference/class.h"
#include "test/reference/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    JOINERS_MOST = 2,
    AFFIXES_MOST = 4,
    PREFIX_MOST = 64,
    CLOSERS_MOST = 2,
    BLANKS_MOST = 4,
    TAG_REST_MOST = 128,
    INNER_TAG_MOST = 64,
    OPENERS_MOST = 2,
    COLOURS_MOST = 4,
    COLOUR_MOST = 16,
    TYPE_MOST = 16,
    WORDS_MOST = 40, /* units, and more than any core or affix has with its joiners */
};

static bool joiner(uint32_t character)
{
    return character == '_' || character == '-' || class_blank(character);
}

/* Tries one spelling of "word word" from `place` on: sets `bits` in `ends` wherever it ends.
 * Blanks in `words` stand for 0-2 joiners. */
static void match_words(const struct view *view, ptrdiff_t place, const char *words, unsigned bits,
                        unsigned char *ends)
{
    for (; *words != '\0' && *words != ' '; words++, place++) {
        if (class_without_case(view_at(view, place)) != (unsigned char)*words) {
            return;
        }
    }
    if (*words == '\0') {
        ends[place] |= (unsigned char)bits;
        return;
    }
    for (int joiners = 0;; joiners++, place++) {
        match_words(view, place, words + 1, bits, ends);
        if (joiners == JOINERS_MOST || !joiner(view_at(view, place))) {
            return;
        }
    }
}

static void match_list(const struct view *view, ptrdiff_t place, const char *const *list,
                       unsigned bits, unsigned char *ends)
{
    for (; bits != 0 && *list != NULL; list++) {
        match_words(view, place, *list, bits, ends);
    }
}

/* Sets bits at `place` and behind one and two joiners. */
static void mark_joined(const struct view *view, ptrdiff_t place, unsigned bits,
                        unsigned char *marks)
{
    marks[place] |= (unsigned char)bits;
    for (int joiners = 0; bits != 0 && joiners < JOINERS_MOST && joiner(view_at(view, place));
         joiners++) {
        marks[++place] |= (unsigned char)bits;
    }
}

/* One more affix: bit k says that k were taken. */
static unsigned one_more(unsigned bits)
{
    return bits << 1 & ((1u << (AFFIXES_MOST + 1)) - 1);
}

/* Marks in `ends` where a label that begins at `first` may end, and returns the place behind which
 * there is no mark. `marks` has three rows of view->count + 1 places, all clear; it is left dirty.
 */
static ptrdiff_t label_ends(const struct view *view, ptrdiff_t first,
                            const struct sad_grammar *grammar, bool card_record,
                            unsigned char *marks, unsigned char *ends)
{
    ptrdiff_t row = view->count + 1;
    unsigned char *before = marks;            /* a core or an affix before it may begin here */
    unsigned char *before_ends = marks + row; /* an affix before the core ends here */
    unsigned char *after = marks + 2 * row;   /* an affix after the core may begin here */

    ptrdiff_t last = first;

    before[first] = 1;
    for (ptrdiff_t i = first; i <= last && i <= view->count; i++) {
        if (before[i] != 0 || before_ends[i] != 0 || after[i] != 0 || ends[i] != 0) {
            last = i + WORDS_MOST;
        }
        mark_joined(view, i, before_ends[i], before);
        mark_joined(view, i, ends[i], after);
        if (view_at(view, i) == '.') {
            after[i + 1] |= ends[i];
        }
        if (before[i] != 0) {
            match_list(view, i, grammar->affixes, one_more(before[i]), before_ends);
            match_list(view, i, grammar->cores, 1, ends);
            match_list(view, i, grammar->cores_in_record, card_record, ends);
        }
        match_list(view, i, grammar->affixes, one_more(after[i]), ends);
    }
    return last < view->count ? last : view->count;
}

/* What a label may not stand directly behind. */
static bool left_fits(const struct view *view, ptrdiff_t first)
{
    uint32_t before = view_at(view, first - 1);
    if (before == VIEW_BOUNDARY && view->units[first - 1].written != VIEW_BOUNDARY) {
        return false; /* an inert unit */
    }
    if (!class_letter_or_digit(before) || sad_colour_before(view, first)) {
        return true;
    }
    if (class_upper(before) && view_holds(view, first, "cvv")) {
        return true;
    }
    return class_upper(view_at(view, first)) && (class_lower(before) || class_digit(before));
}

static bool right_fits(const struct view *view, ptrdiff_t end)
{
    uint32_t next = view_at(view, end);
    if (class_letter_or_digit(next) || next == '_') {
        return false;
    }
    return !(class_one_of(next, "-.") && class_letter(view_at(view, end + 1)));
}

static bool first_word_at(const struct view *view, ptrdiff_t place, const char *const *list)
{
    for (; *list != NULL; list++) {
        const char *word = *list;
        ptrdiff_t i = place;
        while (*word != '\0' && *word != ' ' &&
               class_without_case(view_at(view, i)) == (unsigned char)*word) {
            word++;
            i++;
        }
        if (*word == '\0' || *word == ' ') {
            return true;
        }
    }
    return false;
}

/* Whether some word that labels begin with stands at `place`. */
static bool may_begin(const struct view *view, ptrdiff_t place, const struct sad_grammar *grammar)
{
    return first_word_at(view, place, grammar->affixes) ||
           first_word_at(view, place, grammar->cores) ||
           first_word_at(view, place, grammar->cores_in_record);
}

void sad_labels_find(const struct view *view, const struct sad_grammar *grammar, bool card_record,
                     struct sad_labels *ret_labels)
{
    struct sad_labels labels = {0};
    size_t row = (size_t)view->count + 1;
    char *taken = memory_zeroed(row, 1);
    unsigned char *marks = memory_zeroed(3 * row, 1);
    unsigned char *ends = memory_zeroed(row, 1);

    for (ptrdiff_t first = 0; first < view->count; first++) {
        if (!class_letter(view_at(view, first)) || !left_fits(view, first) ||
            !may_begin(view, first, grammar)) {
            continue;
        }
        ptrdiff_t last = label_ends(view, first, grammar, card_record, marks, ends);
        for (ptrdiff_t end = first; end <= last; end++) {
            /* Starts are tried from left to right, so the first label that ends here is longest. */
            if (ends[end] && !taken[end] && right_fits(view, end)) {
                taken[end] = 1;
                labels.items = memory_grow(labels.items, labels.count, &labels.capacity,
                                           sizeof labels.items[0]);
                labels.items[labels.count++] = (struct sad_label){first, end};
            }
        }
        for (size_t i = 0; i < 3; i++) {
            memset(marks + i * row + (size_t)first, 0, (size_t)(last + 1 - first));
        }
        memset(ends + first, 0, (size_t)(last + 1 - first));
    }
    free(marks);
    free(ends);
    free(taken);
    *ret_labels = labels;
}

void sad_labels_free(struct sad_labels *labels)
{
    free(labels->items);
    *labels = (struct sad_labels){0};
}

ptrdiff_t sad_blanks(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t count = 0;
    while (class_blank(view_at(view, place + count))) {
        count++;
    }
    return count;
}

/* The length of the colour at `place`, or 0. */
static ptrdiff_t colour_length(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t count = 0;
    if (view_at(view, place) != 0x1B || view_at(view, place + 1) != '[') {
        return 0;
    }
    while (class_digit(view_at(view, place + 2 + count)) ||
           view_at(view, place + 2 + count) == ';') {
        count++;
    }
    return count <= COLOUR_MOST && view_at(view, place + 2 + count) == 'm' ? count + 3 : 0;
}

bool sad_colour_before(const struct view *view, ptrdiff_t place)
{
    if (view_at(view, place - 1) != 'm') {
        return false;
    }
    for (ptrdiff_t length = 3; length <= COLOUR_MOST + 3; length++) {
        if (colour_length(view, place - length) == length) {
            return true;
        }
    }
    return false;
}

ptrdiff_t sad_colours_begin(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < COLOURS_MOST; i++) {
        for (ptrdiff_t length = 3; length <= COLOUR_MOST + 3; length++) {
            if (colour_length(view, place - length) == length) {
                place -= length;
                break;
            }
        }
    }
    return place;
}

static ptrdiff_t colours_end(const struct view *view, ptrdiff_t place)
{
    for (int i = 0; i < COLOURS_MOST; i++) {
        place += colour_length(view, place);
    }
    return place;
}

static bool opener(uint32_t character)
{
    return class_quote(character) || class_one_of(character, "([{");
}

ptrdiff_t sad_type_end(const struct view *view, ptrdiff_t place)
{
    if (view_holds(view, place, "<<") || view_holds(view, place, "0x") ||
        view_holds(view, place, "0X")) {
        return place + 2;
    }
    if (view_holds(view, place, "string(") && class_digit(view_at(view, place + 7))) {
        ptrdiff_t end = place + (class_digit(view_at(view, place + 8)) ? 9 : 8);
        if (view_at(view, end) == ')' && class_blank(view_at(view, end + 1))) {
            return end + 2;
        }
    }
    ptrdiff_t end = place;
    while (class_letter(view_at(view, place)) &&
           (class_letter_or_digit(view_at(view, end)) || class_one_of(view_at(view, end), "._:"))) {
        end++;
    }
    return end - place <= TYPE_MOST && opener(view_at(view, end)) ? end : place;
}

static bool word_at(const struct view *view, ptrdiff_t place, const char *word)
{
    for (; *word != '\0'; word++, place++) {
        if (class_without_case(view_at(view, place)) != (unsigned char)*word) {
            return false;
        }
    }
    return class_blank(view_at(view, place));
}

/* Behind `is`, `like` or `in`, or -1. */
static ptrdiff_t word_of_assignment(const struct view *view, ptrdiff_t place)
{
    if (word_at(view, place, "is")) {
        return place + 2;
    }
    if (word_at(view, place, "like")) {
        return place + 4;
    }
    if (word_at(view, place, "in") &&
        view_at(view, place + 2 + sad_blanks(view, place + 2)) == '(') {
        return place + 2;
    }
    return -1;
}

ptrdiff_t sad_assignment_end(const struct view *view, ptrdiff_t place)
{
    static const char *const signs[] = {
        "=>", ":=", "==", "->", "<>", "!=", "#:", "#=", ":", "=", "#"};
    ptrdiff_t before = sad_blanks(view, place);
    ptrdiff_t sign = place + before;
    ptrdiff_t behind = -1;

    if (before > BLANKS_MOST) {
        return -1;
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0] && behind < 0; i++) {
        if (view_holds(view, sign, signs[i])) {
            behind = sign + (ptrdiff_t)strlen(signs[i]);
        }
    }
    if (behind < 0 && before > 0) {
        behind = word_of_assignment(view, sign);
    }
    if (behind < 0 || sad_blanks(view, behind) > BLANKS_MOST) {
        return -1;
    }
    return behind + sad_blanks(view, behind);
}

static bool in_tag(const struct view *view, ptrdiff_t label)
{
    for (int i = 0; i < PREFIX_MOST && (class_letter_or_digit(view_at(view, label - 1)) ||
                                        class_one_of(view_at(view, label - 1), "_-.:"));
         i++) {
        label--;
    }
    return view_at(view, label - 1) == '<';
}

/* Whether a label is all of an attribute. */
static bool in_attribute(const struct view *view, struct sad_label label)
{
    uint32_t quote = view_at(view, label.first - 1);
    return class_quote(quote) && view_at(view, label.first - 2) == '=' &&
           view_at(view, label.end) == quote;
}

/* Behind a tag that goes on at `place` and the blanks after it, or -1. */
static ptrdiff_t tag_end(const struct view *view, ptrdiff_t place, ptrdiff_t most)
{
    ptrdiff_t end = place;
    while (view_at(view, end) != '<' && view_at(view, end) != '>' &&
           view_at(view, end) != VIEW_OUTSIDE) {
        end++;
    }
    return view_at(view, end) == '>' && end - place <= most ? end + 1 : -1;
}

/* What stands in an element whose tag ends before `place`. */
static struct sad_binding text_of(const struct view *view, ptrdiff_t place)
{
    return sad_opened(view, view_holds(view, place, "<![CDATA[") ? place + 9 : place);
}

static ptrdiff_t few_blanks(const struct view *view, ptrdiff_t place)
{
    return sad_blanks(view, place) > BLANKS_MOST ? -1 : place + sad_blanks(view, place);
}

/* Of the element whose tag goes on at `place`, and of one in it. */
static int bind_element(const struct view *view, ptrdiff_t place, struct sad_binding *ret_bindings)
{
    ptrdiff_t end = tag_end(view, place, TAG_REST_MOST);
    ptrdiff_t text = end < 0 ? -1 : few_blanks(view, end);
    if (text < 0) {
        return 0;
    }
    ret_bindings[0] = text_of(view, text);
    if (view_at(view, end - 2) == '/' || view_at(view, text) != '<' ||
        !class_letter(view_at(view, text + 1))) {
        return 1;
    }
    end = tag_end(view, text + 1, INNER_TAG_MOST);
    text = end < 0 || view_at(view, end - 2) == '/' ? -1 : few_blanks(view, end);
    if (text < 0) {
        return 1;
    }
    ret_bindings[1] = text_of(view, text);
    return 2;
}

struct sad_binding sad_opened(const struct view *view, ptrdiff_t place)
{
    struct sad_binding binding = {0};
    place = colours_end(view, place);
    for (int i = 0; i < OPENERS_MOST && opener(view_at(view, place)); i++, place++) {
        uint32_t unit = view_at(view, place);
        /* The second of two equal quotes closes an empty value. */
        bool closes = i == 1 && view_at(view, place - 1) == unit;
        binding.quote = class_quote(unit) && !closes ? unit : 0;
    }
    binding.value = place;
    return binding;
}

ptrdiff_t sad_closers_end(const struct view *view, ptrdiff_t place)
{
    place = colours_end(view, place);
    for (int i = 0; i < CLOSERS_MOST &&
                    (class_quote(view_at(view, place)) || class_one_of(view_at(view, place), "])"));
         i++) {
        place++;
    }
    return colours_end(view, place);
}

struct sad_binding sad_assigned(const struct view *view, ptrdiff_t place)
{
    struct sad_binding binding = sad_opened(view, sad_type_end(view, place));
    binding.assignment = true;
    return binding;
}

int sad_bind(const struct view *view, struct sad_label label,
             struct sad_binding ret_bindings[SAD_BINDINGS_MOST])
{
    int count = 0;
    ptrdiff_t place = sad_closers_end(view, label.end);
    ptrdiff_t assigned = sad_assignment_end(view, place);
    if (assigned >= 0) {
        ret_bindings[count++] = sad_assigned(view, assigned);
    }
    ptrdiff_t blanks = sad_blanks(view, place);
    if ((blanks >= 1 && blanks <= BLANKS_MOST) || view_at(view, place) == '(') {
        ret_bindings[count] = sad_opened(view, place + blanks);
        ret_bindings[count++].blanks_alone = true;
    }
    if (in_tag(view, label.first) || in_attribute(view, label)) {
        count += bind_element(view, place, ret_bindings + count);
    }
    return count;
}

bool sad_value_may_end(const struct view *view, const struct sad_binding *binding, ptrdiff_t end)
{
    uint32_t next = view_at(view, end);
    bool digit_follows = class_digit(view_at(view, end + 1));
    if (class_letter_or_digit(next) || (next == '.' && digit_follows)) {
        return false;
    }
    return !(binding->blanks_alone && class_one_of(next, "-/:,") && digit_follows);
}

bool sad_value_may_begin(const struct view *view, const struct sad_binding *binding)
{
    ptrdiff_t first = binding->value;
    while (class_blank(view_at(view, first)) || view_at(view, first) == '\r') {
        first++;
    }
    return binding->assignment && binding->quote != 0 &&
           !class_one_of(view_at(view, first), ",:]}");
}

bool sad_value_cut_in_quotes(const struct view *view, const struct sad_binding *binding)
{
    bool digit = false;
    if (!sad_value_may_begin(view, binding)) {
        return false;
    }
    for (ptrdiff_t i = binding->value; i < view->count; i++) {
        if (class_quote(view_at(view, i)) || view_at(view, i) == VIEW_BOUNDARY) {
            return false;
        }
        digit = digit || class_digit(view_at(view, i));
    }
    return digit;
}
