#include "test/reference/label.h"

#include "test/reference/class.h"
#include "test/reference/field.h"
#include "test/reference/sad.h"

#include <string.h>

enum {
    SKIPPED_MOST = 8,
    TAG_MOST = 128,
    RUN_MOST = 64,
    RUN_BLANKS_MOST = 3,
    CONTEXT_MOST = 32,
    ARN_MOST = 256,
    WORD_MOST = 24, /* no word of the lists is longer */
    WORDS_MOST = TAG_MOST,
};

/* Units [first, end) of a view. */
struct span {
    ptrdiff_t first;
    ptrdiff_t end;
};

struct words {
    int count;
    char items[WORDS_MOST]
              [WORD_MOST + 1]; /* in lower case; one that is longer is left out of mind */
};

static const char *const id_words[] = {
    "trace",    "span", "txn",   "transaction", "reference", "ref",       "order",  "request",
    "block",    "blk",  "seq",   "sequence",    "offset",    "arn",       "id",     "ids",
    "uuid",     "guid", "phone", "tel",         "telephone", "mobile",    "msisdn", "fax",
    "imei",     "imsi", "iccid", "ean",         "gtin",      "upc",       "isbn",   "barcode",
    "tracking", "tid",  "pid",   "thread",      "session",   "qualifier", NULL,
};

static const char *const card_words[] = {
    "pan",
    "card",
    "cards",
    "cc",
    "ccn",
    "acct",
    "cardnumber",
    "cardno",
    "cardnum",
    "ccnumber",
    "creditcard",
    "debitcard",
    "accountnumber",
    "primaryaccount",
    "primaryaccountnumber",
    NULL,
};

static bool listed(const char *const *list, const char *word)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, word) == 0) {
            return true;
        }
    }
    return false;
}

static void add_word(struct words *words, const struct view *view, ptrdiff_t first, ptrdiff_t end)
{
    char *word = words->items[words->count++];
    ptrdiff_t length = end - first > WORD_MOST ? 0 : end - first;
    for (ptrdiff_t i = 0; i < length; i++) {
        word[i] = (char)class_without_case(view_at(view, first + i));
    }
    word[length] = '\0';
}

bool label_cut_before(const struct view *view, ptrdiff_t place)
{
    uint32_t before = view_at(view, place - 1);
    uint32_t here = view_at(view, place);
    return class_upper(here) &&
           (class_lower(before) || (class_upper(before) && class_lower(view_at(view, place + 1))));
}

/* `cased`: runs of letters are cut where the case says so; else they are words as they are. */
static void cut_words(const struct view *view, struct span span, bool cased,
                      struct words *ret_words)
{
    ret_words->count = 0;
    for (ptrdiff_t i = span.first; i < span.end;) {
        if (!class_letter(view_at(view, i))) {
            i++;
            continue;
        }
        ptrdiff_t first = i;
        for (i++; i < span.end && class_letter(view_at(view, i)); i++) {
            if (cased && label_cut_before(view, i)) {
                break;
            }
        }
        add_word(ret_words, view, first, i);
    }
}

static bool card_word(const struct words *words, int i)
{
    if (listed(card_words, words->items[i])) {
        return true;
    }
    if (strcmp(words->items[i], "account") != 0) {
        return false;
    }
    if (i > 0 && strcmp(words->items[i - 1], "primary") == 0) {
        return true;
    }
    static const char *const number_words[] = {"number", "no", "num", NULL};
    return i + 1 < words->count && listed(number_words, words->items[i + 1]);
}

static enum label_kind kind_of(const struct view *view, struct span span)
{
    struct words words;
    cut_words(view, span, true, &words);
    for (int i = words.count - 1; i >= 0; i--) {
        if (listed(id_words, words.items[i])) {
            return LABEL_ID;
        }
        if (card_word(&words, i)) {
            return LABEL_CARD;
        }
    }
    return LABEL_NEITHER;
}

/* The length of the assignment that ends before `end`, 0 for none. */
static ptrdiff_t assignment_before(const struct view *view, ptrdiff_t end)
{
    static const char *const assignments[] = {"=>", ":=", "==", "=", ":", ">"};
    for (size_t i = 0; i < sizeof assignments / sizeof assignments[0]; i++) {
        ptrdiff_t length = (ptrdiff_t)strlen(assignments[i]);
        if (view_holds(view, end - length, assignments[i])) {
            return length;
        }
    }
    return 0;
}

/* Step 4: the name of the tag that the `>` at `closing` ends. */
static struct span tag_name(const struct view *view, ptrdiff_t closing)
{
    static const struct span none = {0, 0};
    for (ptrdiff_t i = closing - 1; i >= closing - TAG_MOST; i--) {
        uint32_t character = view_at(view, i);
        if (character == '>' || character == VIEW_OUTSIDE) {
            return none;
        }
        if (character != '<') {
            continue;
        }
        struct span name = {i + 1, i + 1};
        while (name.end < closing && (class_letter_or_digit(view_at(view, name.end)) ||
                                      class_one_of(view_at(view, name.end), "_-.:"))) {
            name.end++;
        }
        for (ptrdiff_t j = name.first; j < name.end; j++) {
            if (view_at(view, j) == ':') {
                name.first = j + 1;
            }
        }
        return name;
    }
    return none;
}

static bool in_long_group(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t first = place;
    ptrdiff_t end = place;
    while (class_digit(view_at(view, first - 1))) {
        first--;
    }
    while (class_digit(view_at(view, end))) {
        end++;
    }
    return end - first >= 3;
}

/* Step 5: the run that ends before `end`. */
static struct span run_before(const struct view *view, ptrdiff_t end)
{
    struct span run = {end, end};
    int blanks = 0;
    while (run.end - run.first < RUN_MOST) {
        uint32_t character = view_at(view, run.first - 1);
        if ((class_digit(character) && in_long_group(view, run.first - 1)) ||
            sad_colour_before(view, run.first)) {
            break;
        }
        if (class_blank(character)) {
            if (blanks == RUN_BLANKS_MOST || !class_letter_or_digit(view_at(view, run.first - 2)) ||
                !class_letter_or_digit(view_at(view, run.first))) {
                break;
            }
            blanks++;
        } else if (!class_letter_or_digit(character) && !class_one_of(character, "_-.[]$@:")) {
            break;
        }
        run.first--;
    }
    return run;
}

enum label_kind label_own(const struct view *view, ptrdiff_t first)
{
    ptrdiff_t end = first;
    bool crossed = false;

    if (field_value_at(view, first, FIELD_PAN, FIELD_PAN_EXTENDED)) {
        return LABEL_CARD;
    }
    end = sad_colours_begin(view, end);
    if (class_one_of(view_at(view, end - 1), "+-")) {
        end--;
    }
    if (view_holds(view, end - 9, "<![CDATA[")) {
        end -= 9;
    }
    for (int i = 0; i < SKIPPED_MOST; i++) {
        uint32_t character = view_at(view, end - 1);
        if (class_quote(character) || class_one_of(character, "([{<\\")) {
            crossed = true;
        } else if (!class_blank(character)) {
            break;
        }
        end--;
    }
    end = crossed ? sad_colours_begin(view, end) : end;
    ptrdiff_t assignment = assignment_before(view, end);
    bool tag = assignment == 1 && view_at(view, end - 1) == '>';
    end -= assignment;
    if (tag) {
        return kind_of(view, tag_name(view, end));
    }
    if (assignment == 0 && crossed) {
        return LABEL_NEITHER;
    }
    end = assignment > 0 ? sad_colours_begin(view, end) : end;
    for (int i = 0; assignment > 0 && i < SKIPPED_MOST; i++) {
        uint32_t character = view_at(view, end - 1);
        if (!class_blank(character) && !class_quote(character) &&
            !class_one_of(character, "])}\\")) {
            break;
        }
        end--;
    }
    end = assignment > 0 ? sad_colours_begin(view, end) : end;
    return kind_of(view, run_before(view, end));
}

static bool ends_context(uint32_t character)
{
    return class_digit(character) || class_quote(character) ||
           class_one_of(character, "()[]{}<>=:,;") || character == VIEW_BOUNDARY ||
           character == VIEW_OUTSIDE;
}

static bool card_context(const struct view *view, ptrdiff_t first)
{
    struct span context = {first, first};
    struct words words;

    while (context.end - context.first < CONTEXT_MOST &&
           !ends_context(view_at(view, context.first - 1))) {
        context.first--;
    }
    if (class_letter(view_at(view, context.first - 1))) {
        while (class_letter(view_at(view, context.first))) {
            context.first++;
        }
    }
    cut_words(view, context, false, &words);
    for (int i = 0; i < words.count; i++) {
        if (card_word(&words, i)) {
            return true;
        }
    }
    return false;
}

bool label_card(const struct view *view, ptrdiff_t first)
{
    enum label_kind own = label_own(view, first);
    return own == LABEL_CARD || (own != LABEL_ID && card_context(view, first));
}

bool label_arn(const struct view *view, ptrdiff_t first)
{
    ptrdiff_t start = first;
    while (first - start < ARN_MOST) {
        uint32_t character = view_at(view, start - 1);
        if (class_blank(character) || class_quote(character) || character == VIEW_BOUNDARY ||
            character == VIEW_OUTSIDE) {
            break;
        }
        start--;
    }
    for (ptrdiff_t i = start; i + 4 <= first; i++) {
        if (view_holds(view, i, "arn:") && !class_letter_or_digit(view_at(view, i - 1))) {
            return true;
        }
    }
    return false;
}
