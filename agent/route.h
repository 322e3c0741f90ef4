#pragma once
/* Where redacted records go: on, to the quarantine output alone, or nowhere (what rules with such
 * an action found in them). */
#include "agent/batch.h"

struct metrics;

/* Takes dropped records out of a redacted batch, counted by rule, and puts the quarantined ones
 * behind all others; the order within both stays. What is taken out counts as acknowledged with
 * the batch. `metrics` may be NULL. 0 or -ENOMEM. */
int route_batch(struct batch *batch, struct metrics *metrics);
