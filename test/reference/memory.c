#include "test/reference/memory.h"

#include <stdio.h>
#include <stdlib.h>

static void *check(void *memory)
{
    if (memory == NULL) {
        fputs("reference: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *memory_zeroed(size_t count, size_t size)
{
    return check(calloc(count > 0 ? count : 1, size));
}

void *memory_grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    *capacity = *capacity > 0 ? *capacity * 2 : 16;
    return check(realloc(items, *capacity * size));
}
