#ifndef RULES_PREFILTER_VECTORSCAN_H
#define RULES_PREFILTER_VECTORSCAN_H
/* The prefilter's pass by Vectorscan, or Hyperscan; where neither is built in, it says so. */
#include "rules/prefilter.h"

#include <errno.h>

#ifdef HAVE_VECTORSCAN
int prefilter_vectorscan_new(const struct prefilter *prefilter, struct prefilter_vectorscan **ret);
struct prefilter_vectorscan *prefilter_vectorscan_free(struct prefilter_vectorscan *vectorscan);
int prefilter_vectorscan_scratch_new(const struct prefilter_vectorscan *vectorscan,
                                     struct prefilter_scratch **ret_scratch);
struct prefilter_scratch *prefilter_vectorscan_scratch_free(struct prefilter_scratch *scratch);
/* As prefilter_scan. `use` does not scan with the same scratch. */
int prefilter_vectorscan_scan(const struct prefilter *prefilter, struct prefilter_scratch *scratch,
                              const uint8_t *text, size_t size, prefilter_use *use, void *user);
#else
static inline int prefilter_vectorscan_new(const struct prefilter *prefilter,
                                           struct prefilter_vectorscan **ret)
{
    return -ENOTSUP;
}

static inline struct prefilter_vectorscan *
prefilter_vectorscan_free(struct prefilter_vectorscan *vectorscan)
{
    return NULL;
}

static inline int prefilter_vectorscan_scratch_new(const struct prefilter_vectorscan *vectorscan,
                                                   struct prefilter_scratch **ret_scratch)
{
    return -ENOTSUP;
}

static inline struct prefilter_scratch *
prefilter_vectorscan_scratch_free(struct prefilter_scratch *scratch)
{
    return NULL;
}

static inline int prefilter_vectorscan_scan(const struct prefilter *prefilter,
                                            struct prefilter_scratch *scratch, const uint8_t *text,
                                            size_t size, prefilter_use *use, void *user)
{
    return -ENOTSUP;
}
#endif
#endif
