#pragma once
/* Where the reading of a source may begin again, so that rules see the same as before: a private
 * key goes over several lines, and one that begins to be read in its middle is not known as one.
 * Worker thread. */
#include "agent/batch.h"
#include "rules/blotter.h"

/* Moves the checkpoint of a batch that was framed and redacted before what is open there. `before`
 * are the engine's states (blot_state_after) in front of its first record, source->redact_state
 * those behind its last. Keeps in source->restart what it was set to. */
void restart_set(const struct blot_ruleset *rules, struct batch *batch,
                 const uint32_t before[RECORD_STREAMS]);
