#pragma once
/* Delivers chunks to Kafka and says of each when the broker has acknowledged all of it.
 *
 * The host calls from coroutines with little stack, or from several threads: a call only hands its
 * chunk to a thread of this object and waits. That thread packs the chunk into a batch of the agent
 * (packer.h) and gives it to the Kafka output, which has its own thread; what a rule sends to
 * quarantine goes to a second one, with the same broker and another topic.
 *
 * A chunk that is not acknowledged in time is answered with RETRY and stays on its way. When the
 * host comes with it again, it is recognized by a keyed digest and not sent a second time. */
#include "agent/output.h"
#include "plugin/fluent-bit/abi.h"

struct blot_ruleset;
struct carrier;
struct encode_type;

enum {
    CARRIER_OUTPUTS = 2,
};

struct carrier_options {
    const struct output_type *type;
    const void *config;            /* of the type; outlives the carrier */
    const void *quarantine_config; /* likewise, for what rules send there; NULL: none does */
    const char *id;                /* copied: of this instance, for logs */
    struct blot_ruleset *rules;    /* taken over, also on failure */
    const struct encode_type *encoder;
    const char *tag_key; /* outlives it; NULL: none */
    size_t buffer_bytes;
    int64_t timeout_seconds; /* how long one flush waits */
};

struct carrier_counts {
    uint64_t chunks; /* acknowledged */
    uint64_t records;
    uint64_t refused;     /* records that the broker will never take: a stub went in their place */
    uint64_t withheld;    /* records that could not be read */
    uint64_t dropped;     /* records that a rule drops */
    uint64_t quarantined; /* records that a rule sends elsewhere */
    uint64_t retries;     /* chunks that were not acknowledged in time */
    uint64_t resumed;     /* chunks that came again while they were on their way */
    uint64_t findings;
};

/* Opens the output and starts the threads. What is wrong is said in the host's log. 0 or negative
 * errno. */
int carrier_new(const struct carrier_options *options, struct carrier **ret_carrier);
/* No flush may be under way. What is not acknowledged is the host's to bring again. */
struct carrier *carrier_free(struct carrier *carrier);
/* Any thread. `tag` ends with NUL. */
enum abi_flush_result carrier_flush(struct carrier *carrier, const void *data, size_t size,
                                    const char *tag);
struct carrier_counts carrier_counts(struct carrier *carrier);
