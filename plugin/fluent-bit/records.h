#pragma once
/* The records of a chunk as raw JSON lines for the output: the body, with the record's time as
 * `@timestamp` where it has none of its own. Groups' markers and metadata are left out, as the
 * host's own outputs do. What cannot be read becomes a line that says so. */
#include "plugin/fluent-bit/text.h"

#include <stdint.h>

struct records_options {
    const char *tag_key; /* NULL: the tag is not written */
    const char *tag;
};

struct records_counts {
    uint64_t records;
    uint64_t withheld;
};

/* Appends all of them. 0, -ENOMEM, -EMSGSIZE. */
int records_append(struct text *text, const void *data, size_t size,
                   const struct records_options *options, struct records_counts *counts);
