#pragma once
/* Packs a chunk of the host into a batch of the agent that is ready to be given to an output: JSON
 * lines, redacted, without what rules drop, quarantined ones last, encoded. Nothing raw is left in
 * it. One thread. */
#include "agent/batch.h"

struct blot_ruleset;
struct encode_type;
struct packer;

struct packer_options {
    const char *id;             /* of the instance; outlives the packer */
    struct blot_ruleset *rules; /* taken over, also on failure */
    const struct encode_type *encoder;
    const char *tag_key; /* outlives it; NULL: tags are not written */
    size_t buffer_bytes; /* of each kind of memory */
};

/* What was done with one chunk. */
struct packer_counts {
    uint64_t withheld; /* records that could not be read */
    uint64_t dropped;  /* records that a rule drops */
    uint64_t findings;
};

/* 0 or negative errno. */
int packer_new(const struct packer_options *options, struct packer **ret_packer);
/* No batch of it may be left. */
struct packer *packer_free(struct packer *packer);
/* Whether there is memory for one more batch. */
bool packer_has_room(const struct packer *packer);
/* `*ret_batch` is NULL where nothing of the chunk is to be delivered. On failure nothing is. `tag`
 * ends with NUL. 0 or negative errno. */
int packer_pack(struct packer *packer, const void *data, size_t size, const char *tag,
                struct packer_counts *ret_counts, struct batch **ret_batch);
