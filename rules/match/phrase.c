#include "rules/match/phrase.h"

#include "rules/match/binding.h"

#include <string.h>

enum {
    JOINERS_MAX = 2,
    AFFIXES_MAX = 4, /* on each side */
    CORE_KEY_UNITS = 2,
    ENDS_MAX = 16, /* `no` alone begins another affix: at most 2 ways for each */
};

struct core {
    const char *words;   /* in lower case; a blank stands for 0–2 joiners */
    uint32_t first_word; /* its length where others follow, else 0 */
    bool pin, block, needs_record;
};

/* Those that begin with the same three letters side by side. */
static const struct core cores[] = {
    {"cvv2cvc2", 0, false, false, false},
    {"cvv2", 0, false, false, false},
    {"cvv", 0, false, false, false},
    {"cvc2", 0, false, false, false},
    {"cvc", 0, false, false, false},
    {"cvn2", 0, false, false, false},
    {"cvn", 0, false, false, false},
    {"cvd2", 0, false, false, false},
    {"cvd", 0, false, false, false},
    {"csc2", 0, false, false, false},
    {"csc", 0, false, false, true},
    {"card verification", 4, false, false, false},
    {"card validation", 4, false, false, false},
    {"card security", 4, false, false, false},
    {"card sec val", 4, false, false, false},
    {"card sec value", 4, false, false, false},
    {"card sec code", 4, false, false, false},
    {"card code", 4, false, false, false},
    {"security code", 8, false, false, false},
    {"verification value", 12, false, false, false},
    {"verification code", 12, false, false, false},
    {"verificationstr2", 0, false, false, false},
    {"cid", 0, false, false, true},
    {"cav", 0, false, false, true},
    {"pin block", 3, true, true, false},
    {"pin", 0, true, false, true},
    {"cvx", 0, false, false, false},
    {"ccv2", 0, false, false, false},
    {"ccv", 0, false, false, false},
    {"cv2", 0, false, false, false},
    {"cvm value", 3, false, false, false},
};

/* Those whose third letter may be of another word. */
static const struct core cv_cores[] = {
    {"cv number", 2, false, false, false},
    {"cv num", 2, false, false, false},
    {"cv code", 2, false, false, false},
    {"cv value", 2, false, false, false},
};

static const char *const cvv_affixes[] = {
    "card", "code", "number", "value", "no", "num", "val", "data", NULL,
};
static const char *const pin_affixes[] = {
    "encrypted", "enc",   "clear", "format", "iso",  "block", "number",
    "no",        "value", "code",  "card",   "data", NULL,
};

static bool is_joiner(uint8_t symbol)
{
    return symbol == '_' || symbol == '-' || symbol_is(symbol, CLASS_BLANK);
}

static uint32_t skip_joiners(const struct view *view, uint32_t at)
{
    for (unsigned n = 0; n < JOINERS_MAX && at < view->size && is_joiner(view->symbols[at]); n++)
        at++;
    return at;
}

/* Where `word` (lower case, up to a blank or the end) that begins at `at` ends; 0: it does not
 * stand there. */
static uint32_t word_end(const struct view *view, uint32_t at, const char *word)
{
    for (; *word && *word != ' '; word++, at++) {
        if (at >= view->size || symbol_lower(view->symbols[at]) != (uint8_t)*word)
            return 0;
    }
    return at;
}

static uint32_t core_end(const struct view *view, uint32_t at, const char *words)
{
    for (; *words; words++) {
        if (*words == ' ')
            at = skip_joiners(view, at);
        else if (at >= view->size || symbol_lower(view->symbols[at++]) != (uint8_t)*words)
            return 0;
    }
    return at;
}

/* Whether a label may begin at `at`. */
static bool left_is_free(const struct view *view, uint32_t at)
{
    if (at == 0)
        return true;
    uint8_t before = view->symbols[at - 1];
    if (before == SYMBOL_INERT)
        return false;
    if (!symbol_is(before, CLASS_WORD))
        return true;
    return (symbol_is(before, CLASS_LOWER | CLASS_DIGIT) &&
            symbol_is(view->symbols[at], CLASS_UPPER)) ||
           (symbol_is(before, CLASS_UPPER) && view_has(view, at, "cvv", 3)) ||
           binding_after_colour(view, at);
}

/* Whether a label may end before `at`. */
static bool right_is_free(const struct view *view, uint32_t at)
{
    if (at == view->size)
        return true;
    uint8_t after = view->symbols[at];
    if (symbol_is(after, CLASS_WORD) || after == '_')
        return false;
    return (after != '-' && after != '.') || at + 1 == view->size ||
           !symbol_is(view->symbols[at + 1], CLASS_LETTER);
}

/* The places where labels around one core end. */
struct ends {
    uint32_t at[ENDS_MAX];
    bool block[ENDS_MAX];
    unsigned count;
};

static void add_end(struct ends *ends, uint32_t at, bool block)
{
    for (unsigned i = 0; i < ends->count; i++) {
        if (ends->at[i] == at) {
            ends->block[i] |= block;
            return;
        }
    }
    if (ends->count == ENDS_MAX)
        return;
    ends->at[ends->count] = at;
    ends->block[ends->count++] = block;
}

/* Collects where a label may end that goes on from `at` with up to `depth` affixes. */
static void extend_right(const struct view *view, uint32_t at, const char *const *affixes,
                         unsigned depth, bool block, struct ends *ends)
{
    uint32_t next = skip_joiners(view, at);
    if (next == at && next < view->size && view->symbols[next] == '.')
        next++;
    if (right_is_free(view, at))
        add_end(ends, at, block);
    if (depth == 0 || next >= view->size || !symbol_is(view->symbols[next], CLASS_LETTER))
        return;
    uint8_t first = symbol_lower(view->symbols[next]);
    for (const char *const *affix = affixes; *affix; affix++) {
        uint32_t end = first == (uint8_t) * *affix ? word_end(view, next, *affix) : 0;
        if (end)
            extend_right(view, end, affixes, depth - 1, block || strcmp(*affix, "block") == 0,
                         ends);
    }
}

/* Where `word` that ends before `end` begins; UINT32_MAX: it does not stand there. */
static uint32_t word_begin(const struct view *view, uint32_t end, const char *word)
{
    uint32_t length = (uint32_t)strlen(word);
    if (length > end || !word_end(view, end - length, word))
        return UINT32_MAX;
    return end - length;
}

/* Where the longest label begins that goes on from `at` to the left with up to `depth` affixes;
 * UINT32_MAX: none. `ret_block` is set when it goes over `block`. */
static uint32_t extend_left(const struct view *view, uint32_t at, const char *const *affixes,
                            unsigned depth, bool *ret_block)
{
    uint32_t best = left_is_free(view, at) ? at : UINT32_MAX, next = at;
    bool best_block = false;
    for (unsigned n = 0; n < JOINERS_MAX && next > 0 && is_joiner(view->symbols[next - 1]); n++)
        next--;
    if (depth == 0 || next == 0 || !symbol_is(view->symbols[next - 1], CLASS_LETTER))
        return best;
    for (const char *const *affix = affixes; *affix; affix++) {
        uint32_t begin = word_begin(view, next, *affix);
        bool block = strcmp(*affix, "block") == 0;
        if (begin != UINT32_MAX)
            begin = extend_left(view, begin, affixes, depth - 1, &block);
        if (begin < best) {
            best = begin;
            best_block = block;
        }
    }
    *ret_block |= best_block;
    return best;
}

/* Tells of a core that is no label. */
static int use_partial(uint32_t begin, uint32_t end, const struct core *core,
                       const struct phrase_user *user)
{
    if (!user->partial)
        return 0;
    struct phrase phrase = {.begin = begin, .end = end, .pin = core->pin, .partial = true};
    return user->use(user->user, &phrase);
}

/* Uses the labels around `core`, which ends at `end`. */
static int use_labels(const struct view *view, uint32_t at, uint32_t end, const struct core *core,
                      const struct phrase_user *user)
{
    const char *const *affixes = core->pin ? pin_affixes : cvv_affixes;
    struct ends ends = {.count = 0};
    extend_right(view, end, affixes, AFFIXES_MAX, core->block, &ends);
    if (ends.count == 0)
        return use_partial(at, end, core, user);
    bool block = false;
    uint32_t begin = extend_left(view, at, affixes, AFFIXES_MAX, &block);
    if (begin == UINT32_MAX)
        return use_partial(at, end, core, user);
    int r = 0;
    for (unsigned i = 0; r == 0 && i < ends.count; i++) {
        struct phrase phrase = {.begin = begin,
                                .end = ends.at[i],
                                .pin = core->pin,
                                .block = block || ends.block[i],
                                .needs_record = core->needs_record};
        r = user->use(user->user, &phrase);
    }
    return r;
}

/* Uses the labels around those of the cores that stand at `at`. Their first words are the same, if
 * they have more than one: it is nearly never that another goes on behind `card`. */
static int use_cores(const struct view *view, uint32_t at, const struct core *core, unsigned count,
                     const struct phrase_user *user)
{
    uint8_t letter = 0;
    int r = 0;
    if (core->first_word) {
        uint32_t next = skip_joiners(view, at + core->first_word);
        letter = next < view->size ? symbol_lower(view->symbols[next]) : (uint8_t)'\n';
        if (core[count - 1].first_word && !symbol_is(letter, CLASS_LOWER))
            return 0; /* single words come last */
    }
    for (; r == 0 && count > 0; core++, count--) {
        uint32_t end = 0;
        if (!core->first_word || letter == (uint8_t)core->words[core->first_word + 1])
            end = core_end(view, at, core->words);
        r = end ? use_labels(view, at, end, core, user) : 0;
    }
    return r;
}

/* Some of the cores. */
struct core_range {
    uint8_t first, count;
};

#define THREE(first, second, third) ((first) << 16 | (second) << 8 | (third))

/* Those that begin with the three units, which spares nearly all others. */
static struct core_range cores_of(const uint8_t *symbols)
{
    switch (THREE(symbols[0] | 0x20, symbols[1] | 0x20, symbols[2] | 0x20)) {
    case THREE('c', 'v', 'v'):
        return (struct core_range){0, 3};
    case THREE('c', 'v', 'c'):
        return (struct core_range){3, 2};
    case THREE('c', 'v', 'n'):
        return (struct core_range){5, 2};
    case THREE('c', 'v', 'd'):
        return (struct core_range){7, 2};
    case THREE('c', 's', 'c'):
        return (struct core_range){9, 2};
    case THREE('c', 'a', 'r'):
        return (struct core_range){11, 7};
    case THREE('s', 'e', 'c'):
        return (struct core_range){18, 1};
    case THREE('v', 'e', 'r'):
        return (struct core_range){19, 3};
    case THREE('c', 'i', 'd'):
        return (struct core_range){22, 1};
    case THREE('c', 'a', 'v'):
        return (struct core_range){23, 1};
    case THREE('p', 'i', 'n'):
        return (struct core_range){24, 2};
    case THREE('c', 'v', 'x'):
        return (struct core_range){26, 1};
    case THREE('c', 'c', 'v'):
        return (struct core_range){27, 2};
    case THREE('c', 'v', '2'):
        return (struct core_range){29, 1};
    case THREE('c', 'v', 'm'):
        return (struct core_range){30, 1};
    default:
        return (struct core_range){0, 0};
    }
}

/* Uses the labels around the cores that stand at `at`. */
static int use_at(const struct view *view, uint32_t at, const struct phrase_user *user)
{
    const uint8_t *s = view->symbols + at;
    if (view->size - at < 3 || !symbol_is(s[0], CLASS_CORE))
        return 0;
    struct core_range range = cores_of(s);
    int r = range.count ? use_cores(view, at, &cores[range.first], range.count, user) : 0;
    if (r == 0 && (s[0] | 0x20) == 'c' && (s[1] | 0x20) == 'v')
        r = use_cores(view, at, cv_cores, sizeof(cv_cores) / sizeof(cv_cores[0]), user);
    return r;
}

int phrase_each(const struct view *view, const struct phrase_user *user)
{
    int r = 0;
    uint32_t at = 0, key = 0;
    /* Any letters do that may begin a core, as the triggers know what must follow. */
    if (user->partial || user->unmarked) {
        for (; r == 0 && at < view->size; at++)
            r = use_at(view, at, user);
        return r;
    }
    /* A trigger (trigger.h) stands there, or one of the next two units on. */
    for (; r == 0 && (key = view_next(view, view->marks.keys, key)) < view->size; key++) {
        at = key > at + CORE_KEY_UNITS ? key - CORE_KEY_UNITS : at;
        for (; r == 0 && at <= key; at++)
            r = use_at(view, at, user);
    }
    return r;
}
