#pragma once
/* Heartbeats: whether each thread of the program still moves, for /healthz.
 *
 * A thread says when it takes work up and when it waits again; it is stuck when it has been at one
 * piece of work for longer than the limit. So an idle thread needs no wake-ups to be known alive.
 * Slots are given out by the loop thread before the threads start; each is written by its own
 * thread and read by any. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    HEALTH_SLOTS_MAX = 128,
};

struct health;

int health_new(struct health **ret_health);
struct health *health_free(struct health *health);
/* A slot for a thread. `name` is a constant or a configuration id that outlives the object;
 * -ENOSPC. */
int health_add(struct health *health, const char *name, unsigned *ret_slot);
/* Work begins (again): the clock starts anew. */
void health_busy(struct health *health, unsigned slot);
/* The thread waits for something to do. */
void health_idle(struct health *health, unsigned slot);
/* Whether no thread has been at one piece of work for more than `limit_ns`. Names of the stuck ones
 * go to `out`, one a line, when it is not NULL. */
bool health_is_good(const struct health *health, int64_t limit_ns, FILE *out);
