#pragma once
/* The rule set of an action, from its parameters `packs` and `rules`. Configuration thread. */
#include <stddef.h>

struct blot_ruleset;

/* Names from the configuration, owned. */
struct rules_names {
    char **items;
    size_t count;
};

/* Reads the files (globs; one that matches nothing is no error, a plain path that is not there is)
 * and compiles them with the packs. `packs` without items: pci. Every error is logged as
 * `module`'s. 0, -EINVAL, -ENOMEM. */
int rules_load(const char *module, const struct rules_names *packs, const struct rules_names *files,
               struct blot_ruleset **ret_ruleset);
