#pragma once
/* What the host gets for a chunk: nothing as long as nothing changes; else a copy in which single
 * maps are written anew and single records are left out or replaced. */
#include "plugin/fluent-bit/event.h"
#include "plugin/fluent-bit/rewrite.h"

#include <stdbool.h>

struct answer {
    const uint8_t *copied; /* up to here the chunk is in the output, or left out of it */
    const uint8_t *end;    /* of the chunk */
    struct output_bytes output;
    bool is_changed;
};

/* Copies what is unchanged up to `until`. The first call makes the output. 0 or -ENOMEM. */
int answer_copy(struct answer *answer, const uint8_t *until);
/* Leaves out what stands before `until`. */
void answer_skip(struct answer *answer, const uint8_t *until);
/* Writes a record that says why there is no other: `[[time, {}], {"log": why}]`, with the event's
 * time or, where it has none, the present one. 0 or -ENOMEM. */
int answer_notice(struct answer *answer, const struct event *event, const char *why,
                  struct rewrite_mark mark);
