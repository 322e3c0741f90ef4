#ifndef TEST_REFERENCE_BASE64_H
#define TEST_REFERENCE_BASE64_H
/* Contract 1.7: text in base64 that begins like JSON, XML or SOAP. */
#include "test/reference/finding.h"

enum { BASE64_LEVELS_MOST = 3 };

/* The redactor of what is decoded; `*ret_out` is malloc'ed. Returns 1 + the rule that drops the
 * record, or 0. */
typedef int base64_redact(const struct reference_options *options, const char *text, size_t size,
                          unsigned cut_flags, int level, char **ret_out, size_t *ret_out_size);

/* Adds the findings of a view of a text of a level (0: as it came). Their replacements are
 * malloc'ed; base64_unite frees those that it drops. */
void base64_find(const struct view *view, unsigned cut_flags, int level, base64_redact *redact,
                 struct findings *findings);

/* Makes of the base64 findings of all views such as do not overlap, unless they are withheld. */
void base64_unite(struct findings *findings);

/* 6: the stretch at the start of view 0 that a cut may go through. */
void base64_find_cut(const struct view *view, struct findings *findings);

#endif
