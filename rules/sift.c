#include "rules/sift.h"

#include "rules/sift_near.h"
#include "rules/trigger.h"

bool sift_event(struct sift *sift, size_t at, unsigned kinds)
{
    return ((kinds & KERNEL_LONG) && sift_number_long(sift, at)) ||
           ((kinds & KERNEL_GROUPED) && sift_number_grouped(sift, at)) ||
           ((kinds & KERNEL_HALVES) && sift_number_halves(sift, at)) ||
           ((kinds & KERNEL_SMALL) && sift_number_small(sift, at)) ||
           ((kinds & KERNEL_ESCAPE) && sift_escape(sift, at)) ||
           ((kinds & KERNEL_KEYWORD) && sift_keyword(sift, at));
}

bool sift_text(const struct scan_kernel *kernel, const struct sift_tables *tables,
               const uint8_t *text, size_t size, uint64_t *events)
{
    struct kernel_state state = {.keys = &tables->keys};
    struct sift sift = {.tables = tables, .text = text, .size = size};
    while (state.at < size) {
        size_t count = kernel->run(&state, text, size, events, KERNEL_CHUNK);
        for (size_t i = 0; i < count; i++) {
            if (sift_event(&sift, (size_t)(events[i] >> KERNEL_KINDS),
                           events[i] & ((1 << KERNEL_KINDS) - 1)))
                return true;
        }
    }
    return false;
}

void sift_tables_make(struct sift_tables *tables)
{
    trigger_make(&tables->keys, &tables->mark_keys);
    issuer_index_make(&tables->issuers);
}
