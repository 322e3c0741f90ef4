/* Why something is found or not: what the finders' trace tells, in words. The words never hold a
 * byte of the text; of a candidate only its shape is given. */
#include "rules/explain.h"

#include "rules/match/grouping.h"
#include "rules/match/label.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    SHAPE_UNITS_MAX = 40,
    SHAPE_BYTES = 4 * SHAPE_UNITS_MAX,
    WHY_BYTES = 96,
    CANDIDATES_MAX = 100000, /* of one line */
};

/* A candidate while its line is searched. */
struct explained {
    uint32_t begin, end, label_begin, label_end; /* bytes of the line */
    uint32_t digits;
    uint16_t rule;
    uint8_t kind, view;
    struct verdict verdict;
    char shape[SHAPE_BYTES + 4];
};

static const struct {
    const char *name, *clause, *passed, *failed;
} texts[GATES] = {
    [GATE_LUHN] = {"luhn", "2.6", "the check digit fits",
                   "the check digit does not fit: no card number"},
    [GATE_ONE_DIGIT] = {"one digit", "2.4", "its digits differ", "one digit repeated"},
    [GATE_NUMBER] = {"fraction", "2.4", "no decimal fraction, no exponent",
                     "part of a decimal fraction or of an exponent"},
    [GATE_GROUPING] = {"grouping", "2.6", "grouped as on cards", "no card is grouped so"},
    [GATE_PART] = {"part", "2.6", "all of its chain of groups, or an ordinary length",
                   "a part of a longer chain of groups, of no ordinary length"},
    [GATE_WHOLE] = {"whole", "2.6", "no other groups beside its 12 digits",
                    "12 digits beside other groups"},
    [GATE_ISSUER] = {"issuer", "2.5", "", "12 digits whose prefix no issuer has"},
    [GATE_CARD_LABEL] = {"card label", "2.7", "a card word stands before it",
                         "no card word (card, pan, acct …) labels it, and it needs one"},
    [GATE_OWN_LABEL] = {"own label", "2.7", "its label is no id",
                        "its label is an id (id, ref, order, trace …)"},
    [GATE_LETTER] = {"letter", "2.4", "no letter touches it",
                     "a letter touches it, and it is not strong"},
    [GATE_TIMESTAMP] = {"time stamp", "2.6", "no time stamp", "a time stamp or an address"},
    [GATE_ARN] = {"arn", "2.7", "in no ARN", "part of an ARN"},
    [GATE_NEIGHBOUR] = {"neighbour", "2.4", "no decimal, host, file name or telephone number",
                        "part of a decimal, host or file name, or a telephone number"},
    [GATE_UUID] = {"uuid", "2.4", "in no UUID", "part of a UUID"},
    [GATE_TRACE] = {"trace", "2.4", "in no trace context", "part of a trace id and a span id"},
    [GATE_HEX] = {"hex", "2.4", "in no hex token", "part of a hex token such as a hash"},
    [GATE_RUN] =
        {"long run", "2.8", "the run holds a number at a place that says so",
         "a run of over 19 digits without a length, zeros or an expiry that shows a number"},
    [GATE_LABEL] = {"label", "3.1", "a whole name", "part of a longer name"},
    [GATE_BINDING] = {"binding", "3.1", "bound to what follows",
                      "nothing binds it to a value: no = : is, blank or tag"},
    [GATE_VALUE] = {"value", "3.1", "such a value follows", "what follows is no such value"},
    [GATE_RECORD] = {"card record", "3.4", "the line is about a card",
                     "this name counts only in a line with a PAN, a track or a card word"},
    [GATE_CARD] = {"number", "3.2", "a card number stands before it",
                   "no number with Luhn and issuer stands before it"},
    [GATE_NAME] = {"name", "3.2", "a second ^ follows in reach", "no second ^ follows in reach"},
    [GATE_DATE] = {"date", "3.2", "an expiry and its data follow",
                   "no expiry of YYMM with its data follows"},
    [GATE_PATH] = {"path", "7.9", "its keys are a path of the rule",
                   "its key is the rule's, the keys around it are not"},
    [GATE_PATTERN] = {"pattern", "7", "the pattern fits", "the pattern does not fit"},
    [GATE_LIMIT] = {"limit", "7.3", "its pattern ran into a limit: withheld from the keyword on",
                    ""},
    [GATE_VALIDATOR] = {"validator", "7", "the validators accept it",
                        "a validator of the rule refuses it"},
    [GATE_ALLOWED] = {"allow list", "7", "not on the allow list", "on the allow list"},
    [GATE_CLOSED] = {"order", "4.1", "nothing before it covers it",
                     "a rule that comes before covers it"},
    [GATE_SHADOW] = {"shadow", "7", "the rule replaces", "the rule only reports: shadow: true"},
    [GATE_RULE] = {"rule", "7", "the packs have the rule", "no rule of the packs asks for it"},
};

/* The gates in the order in which they are shown; those of a run come before what else it is. */
static const uint8_t order[] = {
    GATE_RUN,     GATE_LUHN,      GATE_ONE_DIGIT,  GATE_NUMBER,    GATE_GROUPING, GATE_PART,
    GATE_WHOLE,   GATE_ISSUER,    GATE_CARD_LABEL, GATE_OWN_LABEL, GATE_LETTER,   GATE_TIMESTAMP,
    GATE_ARN,     GATE_NEIGHBOUR, GATE_UUID,       GATE_TRACE,     GATE_HEX,      GATE_LABEL,
    GATE_BINDING, GATE_VALUE,     GATE_RECORD,     GATE_CARD,      GATE_NAME,     GATE_DATE,
    GATE_PATH,    GATE_PATTERN,   GATE_LIMIT,      GATE_VALIDATOR, GATE_ALLOWED,  GATE_CLOSED,
    GATE_RULE,    GATE_SHADOW,
};

/* Digits become d, letters a; punctuation and blanks stay. */
static size_t write_shape(const struct view *view, uint32_t begin, uint32_t end, char *output)
{
    size_t size = 0;
    uint32_t last = end - begin > SHAPE_UNITS_MAX ? begin + SHAPE_UNITS_MAX : end;
    for (uint32_t i = begin; i < last; i++) {
        uint8_t symbol = view->symbols[i];
        if (symbol_is(symbol, CLASS_DIGIT))
            output[size++] = 'd';
        else if (symbol_is(symbol, CLASS_LETTER))
            output[size++] = 'a';
        else if (symbol_is(symbol, CLASS_BLANK))
            output[size++] = ' ';
        else if (symbol_is(symbol, CLASS_DASH))
            output[size++] = '-';
        else
            output[size++] = (char)(symbol > ' ' && symbol < 0x7f ? symbol : '?');
    }
    if (last < end) {
        memcpy(output + size, "…", sizeof("…") - 1);
        size += sizeof("…") - 1;
    }
    output[size] = '\0';
    return size;
}

_Static_assert(GATES <= 32, "a verdict has 32 bits");

static void add(void *user, const struct trace_candidate *candidate)
{
    struct explain *explain = user;
    const struct view *view = candidate->view;
    if (explain->result < 0 || explain->count == CANDIDATES_MAX)
        return;
    struct explained one = {
        .begin = view_place(view, candidate->begin),
        .end = view_place(view, candidate->end),
        .label_begin = view_place(view, candidate->label_begin),
        .label_end = view_place(view, candidate->label_end),
        .rule = candidate->rule,
        .kind = candidate->kind,
        .view = (uint8_t)view->round,
        .verdict = candidate->verdict,
    };
    for (uint32_t i = candidate->begin; i < candidate->end; i++)
        one.digits += symbol_is(view->symbols[i], CLASS_DIGIT) != 0;
    /* The same in a view that decodes something elsewhere in the line. */
    for (size_t i = explain->count; i > 0; i--) {
        const struct explained *other = (struct explained *)explain->candidates.data + i - 1;
        if (other->kind == one.kind && other->begin == one.begin && other->end == one.end &&
            other->label_begin == one.label_begin && other->rule == one.rule &&
            other->verdict.failed == one.verdict.failed)
            return;
    }
    write_shape(view, candidate->begin, candidate->end, one.shape);
    explain->result =
        buffer_reserve(explain->memory, &explain->candidates, (explain->count + 1) * sizeof(one),
                       explain->count * sizeof(one));
    if (explain->result == 0)
        ((struct explained *)explain->candidates.data)[explain->count++] = one;
}

static void allow(void *user, uint32_t begin, uint32_t end)
{
    struct explain *explain = user;
    for (size_t i = 0; i < explain->count; i++) {
        struct explained *one = (struct explained *)explain->candidates.data + i;
        if (one->kind == MATCH_PAN && one->begin >= begin && one->end <= end)
            gate_fails(&one->verdict, GATE_ALLOWED, true);
    }
}

void explain_begin(struct explain *explain, const struct blot_memory *memory)
{
    *explain =
        (struct explain){.memory = memory, .trace = {.add = add, .allow = allow, .user = explain}};
}

void explain_end(struct explain *explain)
{
    buffer_free(explain->memory, &explain->candidates);
}

static const char *kind_name(const struct blot_ruleset *ruleset, const struct explained *one)
{
    static const char *const names[MATCH_KINDS] = {
        [MATCH_TRACK1] = "track1", [MATCH_TRACK2] = "track2", [MATCH_CVV] = "cvv",
        [MATCH_PIN] = "pin",       [MATCH_PAN] = "pan",
    };
    return one->kind == MATCH_PATTERN ? ruleset->rules[one->rule].id : names[one->kind];
}

/* What is known beyond passed or failed. */
static const char *why_of(enum gate gate, const struct explained *one, bool failed)
{
    const struct verdict *verdict = &one->verdict;
    if (gate == GATE_ISSUER && !failed)
        return verdict->fit.ordinary     ? "an issuer has this prefix and commonly this length"
               : verdict->fit.has_issuer ? "an issuer has this prefix and, rarely, this length"
                                         : "no issuer has this prefix and length: unknown";
    if (gate == GATE_GROUPING && verdict->grouping == GROUPING_UNDER_LABEL)
        return "grouped so only under a card label";
    if (gate == GATE_OWN_LABEL && verdict->own == LABEL_CARD)
        return "its label is a card word";
    return failed ? texts[gate].failed : texts[gate].passed;
}

static int give(const struct blot_ruleset *ruleset, const struct explained *one,
                const struct explain_target *target)
{
    struct blot_gate gates[GATES + 1] = {{0}};
    size_t count = 0;
    char chain[WHY_BYTES];
    if (one->kind == MATCH_PAN) {
        snprintf(chain, sizeof(chain), "%u digits in %u group%s", one->digits, one->verdict.groups,
                 one->verdict.groups == 1 ? "" : "s");
        gates[count++] = (struct blot_gate){.name = "chain", .clause = "2.1", .why = chain};
    }
    for (size_t i = 0; i < sizeof(order); i++) {
        if (!(one->verdict.asked >> order[i] & 1))
            continue;
        bool failed = one->verdict.failed >> order[i] & 1;
        gates[count++] = (struct blot_gate){
            .name = texts[order[i]].name,
            .clause =
                one->kind == MATCH_PIN && order[i] != GATE_RECORD ? "3.3" : texts[order[i]].clause,
            .why = why_of(order[i], one, failed),
            .failed = failed,
        };
    }
    struct blot_candidate candidate = {
        .offset = target->base + one->begin,
        .size = one->end - one->begin,
        .label_offset = target->base + one->label_begin,
        .label_size = one->label_end - one->label_begin,
        .detector = kind_name(ruleset, one),
        .shape = one->shape,
        .gates = gates,
        .gate_count = count,
        .passed = one->verdict.failed == 0,
        .view = one->view,
    };
    return target->use(target->user, &candidate);
}

int explain_give(struct explain *explain, const struct blot_ruleset *ruleset,
                 const struct explain_target *target)
{
    int r = explain->result;
    for (size_t i = 0; r == 0 && i < explain->count; i++) {
        struct explained *one = (struct explained *)explain->candidates.data + i;
        if (one->verdict.asked >> GATE_RECORD & 1)
            gate_fails(&one->verdict, GATE_RECORD, !explain->trace.is_record);
        int rule = one->kind == MATCH_PATTERN ? one->rule : ruleset->rule_of_kind[one->kind];
        gate_fails(&one->verdict, GATE_RULE, rule < 0);
        if (rule >= 0 && ruleset->rules[rule].is_shadow)
            gate_fails(&one->verdict, GATE_SHADOW, true);
        r = give(ruleset, one, target);
    }
    explain->count = 0;
    return r;
}
