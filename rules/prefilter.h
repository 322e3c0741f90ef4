#ifndef RULES_PREFILTER_H
#define RULES_PREFILTER_H
/* Where the keywords of all pattern rules, and the shapes that detectors begin with, stand in a
 * text: one pass for all of them.
 *
 * A prefilter is immutable after prefilter_compile and may be shared by all threads. Where
 * Vectorscan is built in, it does the pass when it is asked for; it gives the same hits. */
#include "rules/scan.h"
#include "rules/simd/literal.h"

#include <stdbool.h>

enum {
    PREFILTER_SHAPES_MAX = 8,
    PREFILTER_SHAPE_MAX = 12, /* bytes */
    PREFILTER_KEYWORDS_MAX = 20000,
    PREFILTER_KEYWORD_MIN = 3, /* bytes */
    PREFILTER_HASH_BITS = 15,
    PREFILTER_HASH = 1 << PREFILTER_HASH_BITS,
};

struct prefilter_vectorscan;

struct prefilter_keyword {
    char *text; /* ASCII letters in lower case */
    uint32_t size;
    uint32_t window; /* where the bytes that are looked for begin in it */
    uint32_t next;   /* of the same hash, + 1; 0: the last */
    uint8_t bucket;  /* of the kernel's */
};

/* A text of bytes, each of a set. */
struct prefilter_shape {
    const char *text; /* as in a regular expression: bytes and [a-z] */
    unsigned size;
    unsigned window; /* where the bytes that are looked for begin in it */
    uint32_t sets[PREFILTER_SHAPE_MAX][8];
};

struct prefilter {
    struct prefilter_keyword *keywords;
    size_t keyword_count, keyword_capacity;
    struct prefilter_shape shapes[PREFILTER_SHAPES_MAX];
    size_t shape_count;
    /* Made by prefilter_compile: */
    struct literal_tables tables;
    uint8_t shape_sets[LITERAL_WINDOW][256]; /* bit i: shape i has the byte there */
    uint16_t first[PREFILTER_HASH];          /* keyword + 1; 0: none */
    uint8_t filled[PREFILTER_HASH / 8];      /* bit: `first` is not 0 */
    bool alphabet[256];                      /* bytes of any keyword or shape */
    bool any;                                /* there is something to look for */
    struct prefilter_vectorscan *vectorscan; /* NULL: the own kernels do it */
};

/* The item of a keyword of at least PREFILTER_KEYWORD_MIN bytes, without case: the same for equal
 * ones. -ENOMEM; -E2BIG: too many. */
int prefilter_add_keyword(struct prefilter *prefilter, const char *text);
/* The item of a shape, which stays the caller's; the kernel looks for its bytes from `window` on.
 * -E2BIG: too many. */
int prefilter_add_shape(struct prefilter *prefilter, const char *shape, unsigned window);

/* Items are numbered: shapes from 0, keywords from PREFILTER_SHAPES_MAX on. */
static inline size_t prefilter_item_count(const struct prefilter *prefilter)
{
    return PREFILTER_SHAPES_MAX + prefilter->keyword_count;
}

/* To be called once when all items are added. */
void prefilter_compile(struct prefilter *prefilter);
/* Lets Vectorscan do the pass. -ENOTSUP: it is not built in; -ENOMEM; -EINVAL: it cannot. */
int prefilter_use_vectorscan(struct prefilter *prefilter);
void prefilter_free(struct prefilter *prefilter);

/* What Vectorscan needs besides; belongs to one thread. NULL where it is not used. */
struct prefilter_scratch;
/* 0 or -ENOMEM. */
int prefilter_scratch_new(const struct prefilter *prefilter,
                          struct prefilter_scratch **ret_scratch);
struct prefilter_scratch *prefilter_scratch_free(struct prefilter_scratch *scratch);

/* Called with the first byte of an item; nonzero stops. */
typedef int prefilter_use(void *user, size_t at, unsigned item);

/* Calls `use` for every place where an item stands, in no certain order. Returns 0 or what stopped
 * it. */
int prefilter_scan(const struct prefilter *prefilter, const struct scan_kernel *kernel,
                   struct prefilter_scratch *scratch, const uint8_t *text, size_t size,
                   prefilter_use *use, void *user);

#endif
