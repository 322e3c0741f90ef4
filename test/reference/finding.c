#include "test/reference/finding.h"

#include "test/reference/memory.h"

#include <stdlib.h>

void findings_add(struct findings *findings, const struct finding *finding)
{
    findings->items =
        memory_grow(findings->items, findings->count, &findings->capacity, sizeof(struct finding));
    findings->items[findings->count++] = *finding;
}

void findings_free(struct findings *findings)
{
    free(findings->items);
    *findings = (struct findings){0};
}

int finding_rule(const struct finding *finding)
{
    static const int rules[] = {
        [FINDING_WITHHELD_DEPTH] = -1,       [FINDING_WITHHELD_ENCODING] = -1,
        [FINDING_WITHHELD_LENGTH] = -1,      [FINDING_TRACK1] = REFERENCE_TRACK1,
        [FINDING_TRACK2] = REFERENCE_TRACK2, [FINDING_CVV] = REFERENCE_CVV,
        [FINDING_PIN] = REFERENCE_PIN,       [FINDING_PAN] = REFERENCE_PAN,
        [FINDING_KEY] = REFERENCE_RULES,     [FINDING_BASE64] = -1,
    };
    return rules[finding->kind] + (finding->kind == FINDING_KEY ? finding->key_rule : 0);
}

enum reference_action finding_action(const struct reference_options *options, int rule)
{
    return rule < REFERENCE_RULES ? options->actions[rule]
                                  : options->key_rules[rule - REFERENCE_RULES].action;
}

struct finding finding_over(enum finding_kind kind, const struct view *view, ptrdiff_t first,
                            ptrdiff_t end)
{
    return (struct finding){
        .kind = kind,
        .view = view->number,
        .start = view->units[first].start,
        .end = view->units[end - 1].end,
    };
}
