#pragma once
/* The queue of runs, see kafka.h. Runs that follow each other are merged, so that a batch is one.
 */
#include "agent/output/kafka.h"

/* 0 or -ENOMEM. */
int kafka_runs_append(struct kafka_runs *runs, struct kafka_run run);
/* Puts it before all others. 0 or -ENOMEM. */
int kafka_runs_prepend(struct kafka_runs *runs, struct kafka_run run);
/* Makes room, so that `count` more runs cannot fail. 0 or -ENOMEM. */
int kafka_runs_reserve(struct kafka_runs *runs, size_t count);
/* The run at `index` from the front, which must exist. */
struct kafka_run *kafka_runs_at(const struct kafka_runs *runs, size_t index);
void kafka_runs_drop_first(struct kafka_runs *runs);
/* Into the order in which records came to this output. */
void kafka_runs_sort(struct kafka_runs *runs, const struct kafka_flight *flights);
void kafka_runs_finish(struct kafka_runs *runs);
