#include "agent/restart.h"

#include "agent/source.h"

#include <stdbool.h>

/* The newest place in the batch at which no key is open, or one begins whatever is open, and no
 * record has begun that ends behind it; `none` where there is no such place. */
static uint64_t newest_place(const struct blot_ruleset *rules, const struct batch *batch,
                             uint32_t state, uint64_t none, bool *ret_any_key)
{
    uint64_t place = none;
    *ret_any_key = state != 0;
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct record *record = &batch->records[i];
        const char *text = batch->block + record->block_offset;
        if (record->flags & RECORD_WITHHELD)
            continue;
        uint32_t alone = blot_state_after(rules, 0, text, record->block_size);
        if ((state == 0 || alone != 0) && !(record->flags & RECORD_OVERLAPS))
            place = record->offset;
        state = state == 0 ? alone : blot_state_after(rules, state, text, record->block_size);
        *ret_any_key = *ret_any_key || state != 0;
    }
    return place;
}

void restart_set(const struct blot_ruleset *rules, struct batch *batch, uint32_t before)
{
    struct source *source = batch->source;
    bool is_end = (batch->flags & BATCH_FINAL) && !(batch->flags & BATCH_SUSPENDED);
    /* Nothing is open: the usual case, and the only one whose cost matters. */
    if (is_end || (source->redact_state == 0 && batch->checkpoint == batch->end_offset)) {
        source->restart = batch->checkpoint;
        return;
    }
    bool any_key;
    uint64_t place = newest_place(rules, batch, before, source->restart, &any_key);
    if (any_key && place < batch->checkpoint)
        batch->checkpoint = place;
    /* Of a join from batches before, they knew whether a key was open where it begins. */
    if (batch->checkpoint < batch->offset && source->restart < batch->checkpoint)
        batch->checkpoint = source->restart;
    source->restart = batch->checkpoint;
}
