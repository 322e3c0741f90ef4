#pragma once
/* `blotter redact --shadow`: what other rules would do to the same lines, before they are rolled
 * out. */
#include "rules/blotter.h"

#include <stdbool.h>
#include <stddef.h>

struct shadow_request {
    const struct blot_ruleset *now, *then; /* borrowed */
    size_t max_line_bytes;                 /* longer lines are compared so far */
    char **paths;                          /* `-` is stdin */
    int path_count;
};

/* Prints every line that the two treat differently, masked by both and by all packs, and what
 * differs; counts by rule go to stderr. Returns an exit code: 0 no difference, 1 some, 65 for a
 * file that cannot be read. */
int shadow_run(const struct shadow_request *request);
