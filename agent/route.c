#include "agent/route.h"

#include "agent/generation.h"
#include "agent/input.h"
#include "agent/metrics.h"
#include "agent/source.h"

#include <errno.h>
#include <string.h>

static size_t count_flagged(const struct batch *batch, uint8_t flag)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->record_count; i++)
        count += (batch->records[i].flags & flag) != 0;
    return count;
}

static void count_dropped(struct metrics *metrics, const struct batch *batch,
                          const struct record *record)
{
    if (metrics)
        metrics_redaction(metrics, batch->generation->encode.rule_labels[record->dropped_by],
                          METRIC_RULE_DROPPED, 1);
}

int route_batch(struct batch *batch, struct metrics *metrics)
{
    size_t dropped = count_flagged(batch, RECORD_DROPPED), kept = 0, elsewhere = 0;
    size_t quarantined = count_flagged(batch, RECORD_QUARANTINED);
    batch->quarantined_count = 0;
    if (dropped + quarantined == 0)
        return 0;
    struct record *aside = arena_alloc(&batch->clean, (quarantined + 1) * sizeof *aside);
    if (!aside)
        return -ENOMEM;
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct record *record = &batch->records[i];
        if (record->flags & RECORD_DROPPED)
            count_dropped(metrics, batch, record);
        else if (record->flags & RECORD_QUARANTINED)
            aside[elsewhere++] = *record;
        else
            batch->records[kept++] = *record;
    }
    memcpy(batch->records + kept, aside, elsewhere * sizeof *aside);
    batch->record_count = kept + elsewhere;
    batch->quarantined_count = elsewhere;
    if (metrics && elsewhere > 0)
        metrics_add(metrics, METRIC_QUARANTINED_RECORDS, batch->source->input->index, elsewhere);
    return 0;
}
