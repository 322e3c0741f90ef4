#pragma once
/* Redacts a chunk: what Fluent Bit hands to a filter, records one behind the other.
 *
 * Every map becomes a line (line.h); the engine searches some hundreds of them at once; what it
 * finds is written back (rewrite.h). What cannot be judged (it is cut off, is no record, is too
 * deep or too large, a finding goes beyond one value) is withheld: a record with the time of the
 * old one says so, or none where that is asked for. Behind bytes that are no MessagePack nothing
 * can be found any more, so one record stands for all the rest.
 *
 * One thread at a time. */
#include "rules/blotter.h"

#include <stdbool.h>

struct chunk_redactor;

struct chunk_counts {
    uint64_t records; /* seen */
    uint64_t changed; /* something was found in them */
    uint64_t withheld;
    uint64_t dropped;        /* by a rule whose action says so */
    uint64_t quarantined;    /* likewise */
    uint64_t dropped_chunks; /* for want of memory, records unknown */
    uint64_t untouched_chunks;
    uint64_t changed_chunks;
};

enum {
    CHUNK_KEY_MAX_BYTES = 64,
};

struct chunk_options {
    bool drop;                  /* what is withheld leaves no record behind */
    const char *quarantine_key; /* with the value `quarantine` at the end of the body of each record
                                   that a rule sends there; copied */
};

/* `rules` outlives it. 0, -EINVAL: the key is too long, or -ENOMEM. */
int chunk_redactor_new(const struct blot_ruleset *rules, const struct chunk_options *options,
                       struct chunk_redactor **ret_redactor);
struct chunk_redactor *chunk_redactor_free(struct chunk_redactor *redactor);
/* 0: nothing had to change. 1: `*ret_data` (from malloc; NULL when nothing is left) goes in its
 * place. Negative errno: nothing of it may be passed on; it was counted. */
int chunk_redact(struct chunk_redactor *redactor, const void *data, size_t size, void **ret_data,
                 size_t *ret_size);
const struct chunk_counts *chunk_counts(const struct chunk_redactor *redactor);
/* How often the rule was applied. */
uint64_t chunk_rule_count(const struct chunk_redactor *redactor, size_t rule);
