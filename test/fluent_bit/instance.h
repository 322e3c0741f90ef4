#pragma once
/* The host's side of a plugin: an instance with its properties, and the functions of the host's
 * executable, which modules find in this program. */
#include "plugin/fluent-bit/abi.h"

#include <stddef.h>
#include <stdint.h>

enum {
    INSTANCE_PROPERTIES_MAX = 32,
    INSTANCE_PADDING_WORDS = 60, /* what an instance has behind its list */
};

/* As much like the host's as the modules look at. */
struct instance {
    uint64_t front[9];
    void *context;
    struct abi_list properties;
    uint64_t back[INSTANCE_PADDING_WORDS];
    struct abi_property pool[INSTANCE_PROPERTIES_MAX];
    size_t pool_count;
    char name[32];
};

/* Named `blotter.NUMBER`, with the NAME=VALUE pairs up to NULL. */
struct instance *instance_new(unsigned number, char **properties);
void instance_free(struct instance *instance);
/* As the host's own. NULL: it is not set. */
const char *instance_property(const char *key, void *instance);
