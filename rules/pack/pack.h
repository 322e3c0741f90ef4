#ifndef RULES_PACK_PACK_H
#define RULES_PACK_PACK_H
/* The built-in rules: the YAML files of this folder, embedded by the build. */
#include <stddef.h>

struct pack {
    const char *name;
    const unsigned char *data;
    size_t size;
};

/* Ends with a NULL name. */
extern const struct pack packs[];
#endif
