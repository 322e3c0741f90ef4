#include "test/reference/cvv.h"

#include "test/reference/apart.h"
#include "test/reference/class.h"

enum {
    DIGITS_LEAST = 3,
    DIGITS_MOST = 4,
    QUOTED_MOST = 64,
};

static const char *const cores[] = {
    "cvv",
    "cvv2",
    "cvv2cvc2",
    "cvc",
    "cvc2",
    "cvn",
    "cvn2",
    "cvd",
    "cvd2",
    "cvx",
    "ccv",
    "ccv2",
    "cv2",
    "csc2",
    "card verification",
    "card validation",
    "card security",
    "card sec val",
    "card sec value",
    "card sec code",
    "card code",
    "security code",
    "verification value",
    "verification code",
    "verificationstr2",
    "cvm value",
    "cv number",
    "cv num",
    "cv code",
    "cv value",
    NULL,
};
static const char *const cores_in_record[] = {"cid", "csc", "cav", NULL};
static const char *const affixes[] = {"card", "code", "number", "value", "no",
                                      "num",  "val",  "data",   NULL};
static const struct sad_grammar grammar = {cores, cores_in_record, affixes};

/* The end of a whole value, or -1. */
static ptrdiff_t whole_value(const struct view *view, const struct sad_binding *binding)
{
    bool digit = false;
    if (!sad_value_may_begin(view, binding)) {
        return -1;
    }
    for (ptrdiff_t i = binding->value; i <= binding->value + QUOTED_MOST; i++) {
        uint32_t character = view_at(view, i);
        if (character == binding->quote) {
            return digit ? i : -1;
        }
        if (class_quote(character) || character == '\n' || character == VIEW_BOUNDARY ||
            character == VIEW_OUTSIDE) {
            return -1;
        }
        digit = digit || class_digit(character);
    }
    return -1;
}

static ptrdiff_t digits_end(const struct view *view, ptrdiff_t place)
{
    while (class_digit(view_at(view, place))) {
        place++;
    }
    return place;
}

/* The end of the value of a binding, or -1. */
static ptrdiff_t value_end(const struct view *view, const struct sad_binding *binding)
{
    ptrdiff_t end = whole_value(view, binding);
    if (end >= 0) {
        return end;
    }
    end = digits_end(view, binding->value);
    ptrdiff_t count = end - binding->value;
    if (count >= DIGITS_LEAST && count <= DIGITS_MOST && sad_value_may_end(view, binding, end)) {
        return end;
    }
    return -1;
}

/* The same for a value that the cut goes through (contract 6). */
static ptrdiff_t cut_value_end(const struct view *view, const struct sad_binding *binding)
{
    ptrdiff_t end = digits_end(view, binding->value);
    bool digits = end > binding->value && end == view->count;
    return digits || sad_value_cut_in_quotes(view, binding) ? view->count : -1;
}

static void add(const struct view *view, const struct sad_binding *binding, ptrdiff_t end, bool cut,
                struct findings *findings)
{
    if (end >= 0) {
        struct finding finding = finding_over(FINDING_CVV, view, binding->value, end);
        finding.cut = cut;
        findings_add(findings, &finding);
    }
}

void cvv_labels(const struct view *view, bool card_record, struct sad_labels *ret_labels)
{
    sad_labels_find(view, &grammar, card_record, ret_labels);
}

void cvv_add_value(const struct view *view, const struct sad_binding *binding, bool whole,
                   bool cut_end, struct findings *findings)
{
    if (whole) {
        add(view, binding, value_end(view, binding), false, findings);
    }
    if (cut_end) {
        add(view, binding, cut_value_end(view, binding), true, findings);
    }
}

void cvv_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings)
{
    struct sad_labels labels;

    cvv_labels(view, card_record, &labels);
    for (size_t i = 0; i < labels.count; i++) {
        struct sad_binding bindings[SAD_BINDINGS_MOST + APART_MOST];
        int count = sad_bind(view, labels.items[i], bindings);
        count += apart_bind(view, labels.items[i], bindings + count);
        for (int j = 0; j < count; j++) {
            cvv_add_value(view, &bindings[j], true, cut_end, findings);
        }
    }
    sad_labels_free(&labels);
}
