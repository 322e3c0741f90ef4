#include "rules/match/run.h"

#include "rules/match/field.h"
#include "rules/match/label.h"
#include "rules/match/neighbour.h"
#include "rules/validate/issuer.h"
#include "rules/validate/luhn.h"

#include <string.h>

enum {
    RUN_DIGITS_MIN = 20,
    ZEROS_DIGITS_MIN = 14,
    LENGTH_OFFSET_MAX = 40,
    LENGTH_DIGITS = 2,
    FIELD_CARD_DIGITS_MIN = 12,
    CARD_DIGITS_MIN = 14,
    ZEROS_CARD_DIGITS_MIN = 13,
    CARD_DIGITS_MAX = 19,
    REST_DIGITS_MIN = 4,
    REST_DIGITS_MAX = 24,
};

/* The candidates that passed. */
struct passed {
    uint32_t begin, end; /* their union, units */
    uint32_t last_begin, last_end;
    bool several;
};

static unsigned two_digits(const uint8_t *digits)
{
    return (digits[0] - '0') * 10u + (digits[1] - '0');
}

static void try_candidate(const struct view *view, uint32_t begin, uint32_t digits,
                          struct passed *passed)
{
    const uint8_t *text = view->symbols + begin;
    if (!luhn_holds(text, digits) || memcmp(text, text + 1, digits - 1) == 0 ||
        !issuer_find(text, digits, false).ordinary)
        return;
    uint32_t end = begin + digits;
    if (passed->end == 0) {
        *passed = (struct passed){begin, end, begin, end, false};
        return;
    }
    passed->several |= begin != passed->last_begin || end != passed->last_end;
    passed->begin = begin < passed->begin ? begin : passed->begin;
    passed->end = end > passed->end ? end : passed->end;
}

static void try_length_first(const struct view *view, const struct group *group,
                             struct passed *passed)
{
    for (uint32_t at = group->begin;
         at - group->begin <= LENGTH_OFFSET_MAX && group->end - at > LENGTH_DIGITS; at++) {
        unsigned length = two_digits(view->symbols + at);
        if (length >= CARD_DIGITS_MIN && length <= CARD_DIGITS_MAX &&
            group->end - at - LENGTH_DIGITS >= length)
            try_candidate(view, at + LENGTH_DIGITS, length, passed);
    }
}

bool run_is_expiry(const uint8_t *digits)
{
    unsigned first = two_digits(digits), second = two_digits(digits + 2);
    return (first >= 1 && first <= 12 && second >= 20 && second <= 49) ||
           (second >= 1 && second <= 12 && first >= 20 && first <= 49);
}

/* All of the value of a field, behind its length. */
static void try_field(const struct view *view, const struct group *group, struct passed *passed)
{
    uint32_t digits = group->end - group->begin - LENGTH_DIGITS;
    if (digits >= FIELD_CARD_DIGITS_MIN && digits <= CARD_DIGITS_MAX &&
        two_digits(view->symbols + group->begin) == digits && field_is_pan(view, group->begin))
        try_candidate(view, group->begin + LENGTH_DIGITS, digits, passed);
}

static void try_expiry(const struct view *view, const struct group *group, struct passed *passed)
{
    uint32_t digits = group->end - group->begin;
    for (uint32_t length = CARD_DIGITS_MIN; length <= CARD_DIGITS_MAX; length++) {
        uint32_t rest = digits - length;
        if (rest >= REST_DIGITS_MIN && rest <= REST_DIGITS_MAX &&
            run_is_expiry(view->symbols + group->begin + length))
            try_candidate(view, group->begin, length, passed);
    }
}

static void try_zeros(const struct view *view, const struct group *group, struct passed *passed)
{
    uint32_t begin = group->begin;
    if (view->symbols[begin] != '0')
        return;
    while (begin < group->end && view->symbols[begin] == '0')
        begin++;
    uint32_t digits = group->end - begin;
    if (digits >= ZEROS_CARD_DIGITS_MIN && digits <= CARD_DIGITS_MAX)
        try_candidate(view, begin, digits, passed);
}

static void judge_run(const struct view *view, const struct group *group,
                      const struct passed *passed, struct verdict *verdict)
{
    uint32_t begin = group->begin, end = group->end;
    if (gate_fails(verdict, GATE_RUN, !passed->end) ||
        gate_fails(verdict, GATE_NUMBER, neighbour_is_number(view, begin, end)) ||
        gate_fails(verdict, GATE_UUID, neighbour_is_uuid(view, begin, end)) ||
        gate_fails(verdict, GATE_TRACE, neighbour_is_trace_context(view, begin, end)) ||
        gate_fails(verdict, GATE_HEX, neighbour_is_hex(view, begin, end)))
        return;
    enum label own = label_own(view, begin);
    verdict->own = (uint8_t)own;
    gate_fails(verdict, GATE_OWN_LABEL, own == LABEL_ID);
}

int run_find(struct match_list *list, const struct view *view, const struct group *group, bool head)
{
    uint32_t digits = group->end - group->begin;
    struct passed passed = {0};
    if (digits < ZEROS_DIGITS_MIN)
        return 0;
    if (digits >= RUN_DIGITS_MIN)
        try_length_first(view, group, &passed);
    try_field(view, group, &passed);
    if (digits >= RUN_DIGITS_MIN && !head)
        try_expiry(view, group, &passed);
    if (!head)
        try_zeros(view, group, &passed);
    struct verdict verdict = {.all = list->trace != NULL, .groups = 1};
    judge_run(view, group, &passed, &verdict);
    if (verdict.all && (passed.end || digits >= RUN_DIGITS_MIN))
        match_trace(list, view, passed.end ? passed.begin : group->begin,
                    passed.end ? passed.end : group->end, MATCH_PAN, &verdict);
    if (verdict.failed)
        return 0;
    struct match match = {
        .begin = view_place(view, passed.begin),
        .end = view_place(view, passed.end),
        .digits = passed.end - passed.begin,
        .kind = MATCH_PAN,
        .view = (uint8_t)view->round,
        .shows_none = passed.several,
        .first = passed.begin,
        .after = passed.end,
        .as_written = view->round == 0,
    };
    if (!passed.several)
        match_set_number(&match, view->symbols + passed.begin, passed.end - passed.begin);
    return match_add(list, &match);
}
