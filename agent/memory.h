#pragma once
/* What memory the process uses, and who in it: for /metrics and the memory profile line in the log.
 * Pure reading; any thread. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    MEMORY_COMPONENTS_MAX = 16,
};

/* Bytes that one part of the program says it holds. */
struct memory_component {
    const char *name; /* constant: arena_raw, arena_clean, queues, state, client:ID … */
    uint64_t bytes;
};

/* Values that the system does not tell are -1. */
struct memory_usage {
    int64_t rss_bytes;
    int64_t pss_bytes;
    int64_t anonymous_bytes;
    int64_t allocated_bytes; /* handed out by the allocator */
    int64_t active_bytes;    /* in pages that the allocator uses */
    int64_t retained_bytes;  /* kept by the allocator, free */
    int64_t cgroup_current_bytes;
    int64_t cgroup_limit_bytes;  /* -1: none */
    int64_t cgroup_limit_events; /* times the limit was hit (v2 `max`, v1 failcnt) */
    int64_t cgroup_kill_events;
    size_t component_count;
    struct memory_component components[MEMORY_COMPONENTS_MAX];
};

/* What the process holds that no file stands behind; -1 where the system does not tell. Costs some
 * microseconds. */
int64_t memory_anonymous_bytes(void);
/* -1: none. */
int64_t memory_cgroup_limit_bytes(void);
/* Reads everything but the components. Costs about 0.2 ms (smaps_rollup): not for every record. */
void memory_read(struct memory_usage *ret_usage);
/* Adds a component; what is beyond the maximum goes into the last one. */
void memory_add(struct memory_usage *usage, const char *name, uint64_t bytes);
/* In Prometheus' text format. */
void memory_print(const struct memory_usage *usage, FILE *out);
/* Writes one log record: `moment` (a constant: before start, after start, interval …), every value,
 * and the difference to `before` (NULL: none). */
void memory_log(const char *moment, const struct memory_usage *usage,
                const struct memory_usage *before);
