#include "test/reference/pan.h"

#include "test/reference/class.h"
#include "test/reference/cut.h"
#include "test/reference/memory.h"
#include "test/reference/reference.h"
#include "test/reference/run.h"
#include "test/reference/tlv.h"
#include "test/reference/window.h"

#include <stdlib.h>
#include <string.h>

static void add(const struct view *view, const struct pan_span *span, struct findings *findings)
{
    struct finding finding = finding_over(FINDING_PAN, view, span->first, span->end);
    finding.shows = span->shows;
    finding.cut = span->cut;
    finding.plain = span->shows && !span->several;
    finding.as_written = view->number == 0;
    memcpy(finding.number, span->number, sizeof span->number);
    for (ptrdiff_t i = span->first; i < span->end; i++) {
        if (class_digit(view_at(view, i))) {
            finding.digits++;
            memmove(finding.last, finding.last + 1, 3);
            finding.last[3] = (char)view_at(view, i);
        }
    }
    findings_add(findings, &finding);
}

static int compare_spans(const void *left, const void *right)
{
    const struct pan_span *a = left;
    const struct pan_span *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

static void add_span(const struct view *view, struct pan_spans *spans, ptrdiff_t first,
                     ptrdiff_t end, bool shows)
{
    struct pan_span span = {.first = first, .end = end, .shows = shows};
    size_t count = 0;
    for (ptrdiff_t i = first; i < end; i++) {
        if (class_digit(view_at(view, i)) && count < WINDOW_MOST) {
            span.number[count++] = (char)view_at(view, i);
        }
    }
    spans->items =
        memory_grow(spans->items, spans->count, &spans->capacity, sizeof(struct pan_span));
    spans->items[spans->count++] = span;
}

static void add_cut(const struct view *view, struct pan_spans *spans, ptrdiff_t first,
                    ptrdiff_t end)
{
    add_span(view, spans, first, end, false);
    spans->items[spans->count - 1].cut = true;
}

void pan_spans_free(struct pan_spans *spans)
{
    free(spans->items);
    *spans = (struct pan_spans){0};
}

static void merge_spans(struct pan_spans *spans)
{
    size_t kept = 0;
    if (spans->count > 0) {
        qsort(spans->items, spans->count, sizeof spans->items[0], compare_spans);
    }
    for (size_t i = 0; i < spans->count;) {
        struct pan_span merged = spans->items[i];
        for (i++; i < spans->count && spans->items[i].first < merged.end; i++) {
            merged.shows = merged.shows && spans->items[i].shows;
            merged.cut = merged.cut && spans->items[i].cut;
            merged.several = merged.several || spans->items[i].several ||
                             strcmp(merged.number, spans->items[i].number) != 0;
            if (spans->items[i].end > merged.end) {
                merged.end = spans->items[i].end;
            }
        }
        spans->items[kept++] = merged;
    }
    spans->count = kept;
}

static void windows_of(const struct groups *groups, struct pan_spans *spans)
{
    for (ptrdiff_t first = 0; first < groups->count; first++) {
        for (ptrdiff_t last = first; last < groups->count && last < first + WINDOW_MOST; last++) {
            struct window window;
            if (last > first && groups->items[last - 1].link == LINK_NONE) {
                break;
            }
            if (groups_window(groups, first, last, &window) && window_passes(&window)) {
                add_span(groups->view, spans, window.first, window.end, true);
            }
        }
        struct run_result run = run_search(groups->view, &groups->items[first]);
        if (run.found) {
            add_span(groups->view, spans, run.first, run.end, run.shows);
        }
    }
}

void pan_windows(const struct view *view, struct pan_spans *ret_spans)
{
    struct groups groups;

    *ret_spans = (struct pan_spans){0};
    groups_find(view, &groups);
    windows_of(&groups, ret_spans);
    groups_free(&groups);
    for (ptrdiff_t i = 0; i < view->count; i++) {
        struct tlv tlv;
        if (tlv_at(view, i, &tlv)) {
            add_span(view, ret_spans, tlv.first, tlv.end, true);
        }
    }
    merge_spans(ret_spans);
}

void pan_find(const struct view *view, unsigned cut_flags, struct findings *findings)
{
    struct pan_spans spans;
    ptrdiff_t first;
    ptrdiff_t end;

    pan_windows(view, &spans);
    if (view->number == 0 && (cut_flags & REFERENCE_CUT_START) && cut_first(view, &first, &end)) {
        add_cut(view, &spans, first, end);
    }
    if (view->number == 0 && (cut_flags & REFERENCE_CUT_END) && cut_last(view, &first, &end)) {
        add_cut(view, &spans, first, end);
    }
    merge_spans(&spans);
    for (size_t i = 0; i < spans.count; i++) {
        add(view, &spans.items[i], findings);
    }
    pan_spans_free(&spans);
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

void pan_unite(struct finding *merged, const struct finding *other)
{
    merged->plain = merged->plain && other->plain && strcmp(merged->number, other->number) == 0;
    merged->cut = merged->cut && other->cut;
    merged->foreign = merged->foreign || other->foreign;
    merged->as_written = merged->as_written || other->as_written;
    if (other->end > merged->end || (other->end == merged->end && other->view < merged->view)) {
        memcpy(merged->last, other->last, sizeof merged->last);
        memcpy(merged->number, other->number, sizeof merged->number);
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
            pan_unite(&findings->items[kept - 1], &findings->items[i]);
        } else {
            findings->items[kept++] = findings->items[i];
        }
    }
    findings->count = kept;
}
