#ifndef RULES_SIFT_H
#define RULES_SIFT_H
/* A cheap second look at the places a kernel points at: is the line worth the exact one?
 *
 * May let a line through that holds nothing; never keeps one back that holds something (contract
 * 2–3, in any view). Amortized linear in the text. */
#include "rules/scan.h"
#include "rules/validate/issuer.h"

#include <stdbool.h>

/* Immutable, made once. */
struct sift_tables {
    struct kernel_keys keys, mark_keys;
    struct issuer_index issuers;
};

/* What is known about one text; all zero at first but for tables, text and size. */
struct sift {
    const struct sift_tables *tables;
    const uint8_t *text;
    size_t size;
    size_t span_begin, span_end; /* the last span of digits and escapes that was counted */
    bool span_holds;
    size_t search_begin, search_end; /* from the first on, the next digit is at the second */
};

/* Whether any place of the text that `kernel` points at is worth it. `events`: room for
 * KERNEL_CHUNK.
 */
bool sift_text(const struct scan_kernel *kernel, const struct sift_tables *tables,
               const uint8_t *text, size_t size, uint64_t *events);

void sift_tables_make(struct sift_tables *tables);

/* `kinds`: enum kernel_event, of the byte `at`. */
bool sift_event(struct sift *sift, size_t at, unsigned kinds);
#endif
