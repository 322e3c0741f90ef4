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
