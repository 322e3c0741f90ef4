/* A filter for Fluent Bit that gives every chunk back as a copy: what a filter costs that changes
 * chunks at all, before it has looked at a byte of them. The host decodes each changed chunk once
 * more, to count its records. */
#include "plugin/fluent-bit/abi.h"
#include "rules/blotter.h"

#include <stdlib.h>
#include <string.h>

static int init(void *instance, void *config, void *data)
{
    return 0;
}

static int copy_chunk(const void *data, size_t size, const char *tag, int tag_size, void **ret_data,
                      size_t *ret_size, void *instance, void *input, void *context, void *config)
{
    *ret_data = malloc(size);
    if (!*ret_data)
        return ABI_FILTER_NOTOUCH;
    memcpy(*ret_data, data, size);
    *ret_size = size;
    return ABI_FILTER_MODIFIED;
}

static int leave(void *context, void *config)
{
    return 0;
}

static char name[] = "copy";
static char description[] = "copies every chunk";

extern struct abi_filter_plugin filter_copy_plugin;
BLOT_API struct abi_filter_plugin filter_copy_plugin = {
    .name = name,
    .description = description,
    .init = init,
    .filter = copy_chunk,
    .exit = leave,
};
