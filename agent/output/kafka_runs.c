#include "agent/output/kafka_runs.h"

#include <errno.h>
#include <stdlib.h>

int kafka_runs_reserve(struct kafka_runs *runs, size_t count)
{
    size_t capacity = runs->capacity ? runs->capacity : 16;
    while (capacity < runs->count + count)
        capacity *= 2;
    if (capacity == runs->capacity)
        return 0;
    struct kafka_run *items = malloc(capacity * sizeof(*items));
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < runs->count; i++)
        items[i] = *kafka_runs_at(runs, i);
    free(runs->items);
    runs->items = items;
    runs->capacity = capacity;
    runs->head = 0;
    return 0;
}

struct kafka_run *kafka_runs_at(const struct kafka_runs *runs, size_t index)
{
    return &runs->items[(runs->head + index) & (runs->capacity - 1)];
}

static bool follows(const struct kafka_run *before, const struct kafka_run *after)
{
    return before->slot == after->slot && !before->stub && !after->stub &&
           before->first + before->count == after->first;
}

int kafka_runs_append(struct kafka_runs *runs, struct kafka_run run)
{
    if (runs->count > 0) {
        struct kafka_run *last = kafka_runs_at(runs, runs->count - 1);
        if (follows(last, &run)) {
            last->count += run.count;
            return 0;
        }
    }
    int r = kafka_runs_reserve(runs, 1);
    if (r < 0)
        return r;
    runs->count++;
    *kafka_runs_at(runs, runs->count - 1) = run;
    return 0;
}

int kafka_runs_prepend(struct kafka_runs *runs, struct kafka_run run)
{
    if (runs->count > 0) {
        struct kafka_run *first = kafka_runs_at(runs, 0);
        if (follows(&run, first)) {
            first->first = run.first;
            first->count += run.count;
            first->arrived_ns = run.arrived_ns;
            return 0;
        }
    }
    int r = kafka_runs_reserve(runs, 1);
    if (r < 0)
        return r;
    runs->head = (runs->head - 1) & (runs->capacity - 1);
    runs->count++;
    *kafka_runs_at(runs, 0) = run;
    return 0;
}

void kafka_runs_drop_first(struct kafka_runs *runs)
{
    runs->head = (runs->head + 1) & (runs->capacity - 1);
    runs->count--;
}

/* Insertion from the back: reports are nearly in order. */
void kafka_runs_sort(struct kafka_runs *runs, const struct kafka_flight *flights)
{
    for (size_t i = 1; i < runs->count; i++) {
        struct kafka_run run = *kafka_runs_at(runs, i);
        size_t place = i;
        for (; place > 0; place--) {
            struct kafka_run *before = kafka_runs_at(runs, place - 1);
            uint64_t sequence = flights[before->slot].sequence;
            if (sequence < flights[run.slot].sequence ||
                (before->slot == run.slot && before->first < run.first))
                break;
            *kafka_runs_at(runs, place) = *before;
        }
        *kafka_runs_at(runs, place) = run;
    }
}

void kafka_runs_finish(struct kafka_runs *runs)
{
    free(runs->items);
    *runs = (struct kafka_runs){0};
}
