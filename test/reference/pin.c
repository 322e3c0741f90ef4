#include "test/reference/pin.h"

#include "test/reference/apart.h"
#include "test/reference/class.h"
#include "test/reference/field.h"

enum {
    DIGITS_LEAST = 4,
    DIGITS_MOST = 12,
    BLOCK_DIGITS = 16,
};

static const char *const cores[] = {"pin block", "pinblock", NULL};
static const char *const cores_in_record[] = {"pin", NULL};
static const char *const affixes[] = {
    "encrypted", "enc",   "clear", "format", "iso",  "block", "number",
    "no",        "value", "code",  "card",   "data", NULL,
};
static const struct sad_grammar grammar = {cores, cores_in_record, affixes};

void pin_labels(const struct view *view, bool card_record, struct sad_labels *ret_labels)
{
    sad_labels_find(view, &grammar, card_record, ret_labels);
}

bool pin_says_block(const struct view *view, struct sad_label label)
{
    static const char block[] = "block";
    for (ptrdiff_t i = label.first; i + 5 <= label.end; i++) {
        ptrdiff_t same = 0;
        while (same < 5 &&
               class_without_case(view_at(view, i + same)) == (unsigned char)block[same]) {
            same++;
        }
        if (same == 5) {
            return true;
        }
    }
    return false;
}

static ptrdiff_t run_end(const struct view *view, ptrdiff_t place, bool (*fits)(uint32_t))
{
    while (fits(view_at(view, place))) {
        place++;
    }
    return place;
}

/* The end of a block in pairs, or -1. */
static ptrdiff_t pairs_end(const struct view *view, ptrdiff_t place)
{
    uint32_t between = view_at(view, place + 2);
    for (ptrdiff_t i = 0; i < 3 * BLOCK_DIGITS / 2 - 1; i++) {
        uint32_t unit = view_at(view, place + i);
        if (i % 3 == 2 ? unit != between || !class_one_of(unit, " :-") : !class_hex(unit)) {
            return -1;
        }
    }
    return place + 3 * BLOCK_DIGITS / 2 - 1;
}

static ptrdiff_t value_end(const struct view *view, const struct sad_binding *binding, bool block)
{
    ptrdiff_t hex = run_end(view, binding->value, class_hex);
    if (hex - binding->value == BLOCK_DIGITS && sad_value_may_end(view, binding, hex)) {
        return hex;
    }
    ptrdiff_t pairs = pairs_end(view, binding->value);
    if (pairs >= 0 && sad_value_may_end(view, binding, pairs)) {
        return pairs;
    }
    ptrdiff_t digits = run_end(view, binding->value, class_digit);
    ptrdiff_t count = digits - binding->value;
    if (!block && count >= DIGITS_LEAST && count <= DIGITS_MOST &&
        sad_value_may_end(view, binding, digits)) {
        return digits;
    }
    return -1;
}

/* The same for a value that the cut goes through (contract 6). */
static ptrdiff_t cut_value_end(const struct view *view, const struct sad_binding *binding,
                               bool block)
{
    ptrdiff_t end = run_end(view, binding->value, block ? class_hex : class_digit);
    bool digits = end > binding->value && end == view->count;
    return digits || sad_value_cut_in_quotes(view, binding) ? view->count : -1;
}

static void add(const struct view *view, const struct sad_binding *binding, ptrdiff_t end, bool cut,
                struct findings *findings)
{
    if (end >= 0) {
        struct finding finding = finding_over(FINDING_PIN, view, binding->value, end);
        finding.cut = cut;
        findings_add(findings, &finding);
    }
}

void pin_add_value(const struct view *view, const struct sad_binding *binding, bool block,
                   bool whole, bool cut_end, struct findings *findings)
{
    if (whole) {
        add(view, binding, value_end(view, binding, block), false, findings);
    }
    if (cut_end) {
        add(view, binding, cut_value_end(view, binding, block), true, findings);
    }
}

static void find_fields(const struct view *view, bool cut_end, struct findings *findings)
{
    struct fields fields;
    fields_find(view, &fields);
    for (size_t i = 0; i < fields.count; i++) {
        if (fields.items[i].number == FIELD_PIN) {
            pin_add_value(view, &fields.items[i].binding, true, true, cut_end, findings);
        }
    }
    fields_free(&fields);
}

void pin_find(const struct view *view, bool card_record, bool cut_end, struct findings *findings)
{
    struct sad_labels labels;

    pin_labels(view, card_record, &labels);
    for (size_t i = 0; i < labels.count; i++) {
        struct sad_binding bindings[SAD_BINDINGS_MOST + APART_MOST];
        int count = sad_bind(view, labels.items[i], bindings);
        count += apart_bind(view, labels.items[i], bindings + count);
        bool block = pin_says_block(view, labels.items[i]);
        for (int j = 0; j < count; j++) {
            pin_add_value(view, &bindings[j], block, true, cut_end, findings);
        }
    }
    sad_labels_free(&labels);
    find_fields(view, cut_end, findings);
}
