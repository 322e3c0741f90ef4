#include "test/reference/pan.h"

#include "test/reference/class.h"
#include "test/reference/cut.h"
#include "test/reference/group.h"
#include "test/reference/reference.h"
#include "test/reference/run.h"
#include "test/reference/window.h"

#include <stdlib.h>
#include <string.h>

static void add(const struct view *view, ptrdiff_t first, ptrdiff_t end, bool shows,
                struct findings *findings)
{
    struct finding finding = finding_over(FINDING_PAN, view, first, end);
    finding.shows = shows;
    for (ptrdiff_t i = first; i < end; i++) {
        if (class_digit(view_at(view, i))) {
            finding.digits++;
            memmove(finding.last, finding.last + 1, 3);
            finding.last[3] = (char)view_at(view, i);
        }
    }
    findings_add(findings, &finding);
}

/* One window or more of one view, merged: its digits are those of the whole span. */
struct merged {
    ptrdiff_t first;
    ptrdiff_t end;
    bool shows;
};

static int compare_merged(const void *left, const void *right)
{
    const struct merged *a = left;
    const struct merged *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

struct spans {
    struct merged *items;
    size_t count;
    size_t capacity;
};

static void add_span(struct spans *spans, ptrdiff_t first, ptrdiff_t end, bool shows)
{
    if (spans->count == spans->capacity) {
        spans->capacity = 2 * spans->capacity + 16;
        spans->items = realloc(spans->items, spans->capacity * sizeof(struct merged));
        if (spans->items == NULL) {
            abort();
        }
    }
    spans->items[spans->count++] = (struct merged){first, end, shows};
}

static void windows_of(const struct groups *groups, struct spans *spans)
{
    for (ptrdiff_t first = 0; first < groups->count; first++) {
        for (ptrdiff_t last = first; last < groups->count && last < first + WINDOW_MOST; last++) {
            struct window window;
            if (groups_window(groups, first, last, &window) && window_passes(&window)) {
                add_span(spans, window.first, window.end, true);
            }
        }
        struct run_result run = run_search(groups->view, &groups->items[first]);
        if (run.found) {
            add_span(spans, run.first, run.end, run.shows);
        }
    }
}

void pan_find(const struct view *view, unsigned cut_flags, struct findings *findings)
{
    struct groups groups;
    struct spans spans = {0};
    ptrdiff_t first;
    ptrdiff_t end;

    if (view->number == 0 && (cut_flags & REFERENCE_CUT_START) && cut_first(view, &first, &end)) {
        add_span(&spans, first, end, false);
    }
    if (view->number == 0 && (cut_flags & REFERENCE_CUT_END) && cut_last(view, &first, &end)) {
        add_span(&spans, first, end, false);
    }

    groups_find(view, &groups);
    windows_of(&groups, &spans);
    groups_free(&groups);
    if (spans.count > 0) {
        qsort(spans.items, spans.count, sizeof spans.items[0], compare_merged);
    }
    for (size_t i = 0; i < spans.count;) {
        struct merged merged = spans.items[i];
        for (i++; i < spans.count && spans.items[i].first < merged.end; i++) {
            merged.shows = merged.shows && spans.items[i].shows;
            if (spans.items[i].end > merged.end) {
                merged.end = spans.items[i].end;
            }
        }
        add(view, merged.first, merged.end, merged.shows, findings);
    }
    free(spans.items);
}

static int compare_start(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    return a->view - b->view;
}

/* Takes `other`, which overlaps, into `merged`. */
static void unite(struct finding *merged, const struct finding *other)
{
    if (other->end > merged->end || (other->end == merged->end && other->view < merged->view)) {
        memcpy(merged->last, other->last, sizeof merged->last);
        merged->view = other->view;
        merged->end = other->end;
    }
    if (other->digits > merged->digits) {
        merged->digits = other->digits;
    }
    merged->shows = merged->shows && other->shows;
}

void pan_merge(struct findings *findings)
{
    size_t kept = 0;

    if (findings->count > 0) {
        qsort(findings->items, findings->count, sizeof findings->items[0], compare_start);
    }
    for (size_t i = 0; i < findings->count; i++) {
        if (kept > 0 && findings->items[i].start < findings->items[kept - 1].end) {
            unite(&findings->items[kept - 1], &findings->items[i]);
        } else {
            findings->items[kept++] = findings->items[i];
        }
    }
    findings->count = kept;
}
