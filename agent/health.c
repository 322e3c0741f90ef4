#include "agent/health.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct slot {
    const char *name;
    atomic_int_fast64_t busy_since_ns; /* CLOCK_MONOTONIC; 0: idle */
};

struct health {
    atomic_uint count;
    struct slot slots[HEALTH_SLOTS_MAX];
};

static int64_t clock_now_ns(void)
{
    struct timespec now;
    /* Coarse: a heartbeat is asked for in seconds and given once a batch. */
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int health_new(struct health **ret_health)
{
    struct health *health = calloc(1, sizeof(*health));
    if (!health)
        return -ENOMEM;
    *ret_health = health;
    return 0;
}

struct health *health_free(struct health *health)
{
    free(health);
    return NULL;
}

int health_add(struct health *health, const char *name, unsigned *ret_slot)
{
    unsigned slot = atomic_load(&health->count);
    if (slot == HEALTH_SLOTS_MAX)
        return -ENOSPC;
    health->slots[slot].name = name;
    atomic_store(&health->count, slot + 1);
    *ret_slot = slot;
    return 0;
}

void health_busy(struct health *health, unsigned slot)
{
    atomic_store_explicit(&health->slots[slot].busy_since_ns, clock_now_ns(), memory_order_relaxed);
}

void health_idle(struct health *health, unsigned slot)
{
    atomic_store_explicit(&health->slots[slot].busy_since_ns, 0, memory_order_relaxed);
}

bool health_is_good(const struct health *health, int64_t limit_ns, FILE *out)
{
    int64_t now_ns = clock_now_ns();
    unsigned count = atomic_load(&health->count);
    bool good = true;
    for (unsigned i = 0; i < count; i++) {
        const struct slot *slot = &health->slots[i];
        int64_t since_ns = atomic_load_explicit(&slot->busy_since_ns, memory_order_relaxed);
        if (since_ns == 0 || now_ns - since_ns <= limit_ns)
            continue;
        good = false;
        if (out)
            fprintf(out, "%s: at one piece of work for %lld s\n", slot->name,
                    (long long)((now_ns - since_ns) / 1000000000));
    }
    return good;
}
