#pragma once
/* An encoder writes the payload of a record: ECS JSON, or the clean text itself. Worker thread.
 *
 * What is the same for all records of a source (path, source id, host, fields of the configuration)
 * is encoded once into a `struct encode_source` and copied from there. */
#include "agent/batch.h"
#include "agent/parse.h"

struct encode_field {
    struct clean key;
    struct clean value;
};

struct encode_options {
    struct clean host_name;
    const struct encode_field *fields; /* format.fields */
    size_t field_count;
    const char *const *rule_labels; /* index of a rule → its name in blotter.redacted */
    size_t rule_count;
};

/* The constant part of a source's records. Made by encode_source_new, owned by the worker. */
struct encode_source;

struct encode_type {
    const char *name; /* ecs, raw */
    const char *summary;
    bool needs_event; /* false: the parser need not run */
    /* Writes the payload of `record` at the end of the arena and sets record->payload and
     * ->time_ns. Invalid UTF-8 becomes U+FFFD, counted in *repaired. Returns 0 or -ENOMEM. */
    int (*encode)(const struct encode_options *options, const struct encode_source *constant,
                  const struct event *event, const struct batch *batch, struct record *record,
                  struct arena *arena, uint64_t *repaired);
};

extern const struct encode_type *const encode_types[]; /* NULL-terminated */
const struct encode_type *encode_find(const char *name);
int encode_source_new(const struct encode_options *options, struct clean path, const char *id_text,
                      struct encode_source **ret_constant);
struct encode_source *encode_source_free(struct encode_source *constant);
