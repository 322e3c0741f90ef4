#pragma once
/* What takes the place of a record that the broker refuses: says that it was, and where it is. */
#include "agent/record.h"

struct source;

enum {
    KAFKA_STUB_BYTES = 256,
};

/* Writes the stub's JSON, at most KAFKA_STUB_BYTES. `is_size`: the record is too large for the
 * broker; otherwise it is refused for another reason. Returns its size. */
size_t kafka_stub_write(const struct source *source, const struct record *record, bool is_size,
                        char *buffer);
