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

enum {
    ENCODE_OPTIONALS_MAX = 256, /* format.fields and host.name */
};

/* Counted for metrics; they only rise. */
struct encode_counts {
    uint64_t repaired_records; /* with invalid UTF-8 that became U+FFFD */
    uint64_t renamed_members;  /* of JSON lines: moved to app.*, or given #2, #3 */
};

/* The stamp that was written last: the next one is nearly always in the same second, and the time
 * of reading is the same throughout a batch. */
struct encode_stamp {
    int64_t time_ns; /* INT64_MIN: none yet */
    int64_t second;
    size_t size;
    char text[40];
};

/* A member that yields to one of the same name in a JSON line: `"key":"value",` of the constant. */
struct encode_optional {
    char *key;
    size_t key_size;
    size_t offset; /* in the constant */
    size_t size;
};

/* The constant part of a source's records. Owned by the worker that the source keeps to. */
struct encode_source {
    char *constant; /* JSON members with a comma behind each; the optional ones are last */
    size_t constant_size;
    struct encode_optional *optionals;
    size_t optional_count;
    struct encode_stamp event_stamp;
    struct encode_stamp read_stamp;
};

struct encode_type {
    const char *name; /* ecs, raw */
    const char *summary;
    bool needs_event; /* false: the parser need not run, and `event` is NULL */
    /* Writes the payload of `record`, without a newline, at the end of `arena` (clean) and sets
     * record->payload and ->time_ns. Nothing of it points into the raw arena. Returns 0 or -ENOMEM.
     */
    int (*encode)(const struct encode_options *options, struct encode_source *source,
                  const struct event *event, const struct batch *batch, struct record *record,
                  struct arena *arena, struct encode_counts *counts);
};

extern const struct encode_type *const encode_types[]; /* NULL-terminated */
/* NULL: there is none of that name. */
const struct encode_type *encode_find(const char *name);
/* What stands for a record of which nothing may be shown. */
struct clean encode_withheld(const struct batch *batch, const struct record *record);
/* Whether a key of format.fields would be overridden by a member that blotter writes itself
 * (`message`, `blotter.*`, `log.offset` …): the configuration refuses it. */
bool encode_key_is_reserved(const char *key, size_t size);
/* `path` may be empty. A reserved field is left out. 0, -E2BIG: too many
 * fields, or -ENOMEM. */
int encode_source_new(const struct encode_options *options, struct clean path, const char *id_text,
                      struct encode_source **ret_source);
struct encode_source *encode_source_free(struct encode_source *source);
