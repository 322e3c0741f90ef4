#pragma once
/* What `blotter demo` holds against the records that it reads back: each is one JSON object, each
 * offset came once, and neither the engine nor a plain search finds a card number. */
#include "rules/blotter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct demo_check {
    struct blot_scratch *scratch;
    uint64_t *offsets;
    int64_t *latencies_ns; /* line written → record read back */
    size_t capacity;
    size_t count;
    size_t redacted; /* records with blotter.redacted */
    size_t broken;   /* no JSON object, or without an offset */
    size_t leaking;
};

/* 0 or -ENOMEM. */
int demo_check_init(struct demo_check *check, const struct blot_ruleset *rules, size_t capacity);
void demo_check_finish(struct demo_check *check);
/* `now_ns` is CLOCK_REALTIME when the record arrived. */
void demo_check_record(struct demo_check *check, const char *payload, size_t size, int64_t now_ns);
/* After the last record: how many offsets came more than once. Sorts the latencies. */
size_t demo_check_repeated(struct demo_check *check);
/* After demo_check_repeated. */
int64_t demo_check_quantile(const struct demo_check *check, double quantile);
