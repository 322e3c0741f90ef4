#pragma once
/* Parts of a line that are shown as something else, and where the rest of it goes. Texts that
 * are put in are borrowed until the line is written. */
#include "rules/blotter.h"

#include <stdbool.h>

struct span {
    size_t begin, end; /* bytes of the line */
    const char *text;
    size_t text_size;
    size_t shown_begin, shown_end; /* bytes of the text that is shown */
};

/* All zero at first; span_free gives the memory back. */
struct span_list {
    struct span *spans;
    size_t count, capacity;
};

/* Of two over the same bytes the one that was added first is shown. 0 or -ENOMEM. */
int span_add(struct span_list *list, const struct span *span);
int span_add_findings(struct span_list *list, const struct blot_finding *findings, size_t count);
/* Joins the spans that overlap and writes the line with them; control characters, which could rule
 * a terminal, become `?`. *ret_text is the caller's. 0 or -ENOMEM. */
int span_write(struct span_list *list, const char *text, size_t size, char **ret_text,
               size_t *ret_size);
/* Where bytes of the line are in what was written: the whole text of a span that they begin in. */
void span_place(const struct span_list *list, size_t offset, size_t size, size_t *ret_begin,
                size_t *ret_end);
void span_free(struct span_list *list);
