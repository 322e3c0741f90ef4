#ifndef RULES_SCRATCH_H
#define RULES_SCRATCH_H
/* The working memory of the library's calls, behind the caller's handle: what one thread searches
 * with, and what it found last. */
#include "rules/line.h"

enum {
    SCRATCH_EVENTS = 4 * KERNEL_CHUNK, /* of so much text at once: few lines are in two parts */
};

struct blot_scratch {
    const struct blot_ruleset *ruleset;
    struct blot_memory memory;
    struct line line;
    struct edit_list edits;
    struct edit_list shadows; /* without replacements */
    struct edit_pool pool;
    struct buffer findings;
    size_t finding_count; /* of the last search; 0 when it failed */
    struct buffer shadow_findings;
    size_t shadow_count;
    struct buffer field;
    uint32_t key_block; /* in which state the next text begins */
    struct buffer redacted;
    uint64_t events[SCRATCH_EVENTS]; /* not on the stack, which may be small in a host */
};
#endif
