#include "agent/restart.h"

#include "agent/source.h"

#include <stdbool.h>
#include <string.h>

/* Whether a key is open in a stream other than `stream`. */
static bool is_open_beside(const uint32_t states[RECORD_STREAMS], int stream)
{
    for (int i = 0; i < RECORD_STREAMS; i++) {
        if (i != stream && states[i] != 0)
            return true;
    }
    return false;
}

static bool is_any_open(const uint32_t states[RECORD_STREAMS])
{
    return is_open_beside(states, -1);
}

/* The newest place in the batch at which no key is open, or one begins whatever its stream was in,
 * and no record has begun that ends behind it; `none` where there is no such place. */
static uint64_t newest_place(const struct blot_ruleset *rules, const struct batch *batch,
                             const uint32_t before[RECORD_STREAMS], uint64_t none,
                             bool *ret_any_key)
{
    uint64_t place = none;
    uint32_t states[RECORD_STREAMS];
    memcpy(states, before, sizeof states);
    *ret_any_key = is_any_open(states);
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct record *record = &batch->records[i];
        const char *text = batch->block + record->block_offset;
        uint32_t *state = &states[record->stream];
        if (record->flags & (RECORD_WITHHELD | RECORD_ALONE))
            continue;
        uint32_t alone = blot_state_after(rules, 0, text, record->block_size);
        if ((*state == 0 || alone != 0) && !is_open_beside(states, record->stream) &&
            !(record->flags & RECORD_OVERLAPS))
            place = record->offset;
        *state = *state == 0 ? alone : blot_state_after(rules, *state, text, record->block_size);
        *ret_any_key = *ret_any_key || *state != 0;
    }
    return place;
}

void restart_set(const struct blot_ruleset *rules, struct batch *batch,
                 const uint32_t before[RECORD_STREAMS])
{
    struct source *source = batch->source;
    bool is_end = (batch->flags & BATCH_FINAL) && !(batch->flags & BATCH_SUSPENDED);
    /* Nothing is open: the usual case, and the only one whose cost matters. */
    if (is_end || (batch->checkpoint == batch->end_offset && !is_any_open(source->redact_state))) {
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
