#include "plugin/fluent-bit/text.h"

#include <errno.h>
#include <sys/mman.h>

#define GRAIN_BYTES ((size_t)64 * 1024)

int text_grow(struct text *text, size_t more)
{
    if (more > TEXT_MAX_BYTES - text->size)
        return -EMSGSIZE;
    size_t capacity = text->size + more;
    if (capacity < 2 * text->capacity && 2 * text->capacity <= TEXT_MAX_BYTES)
        capacity = 2 * text->capacity;
    capacity = (capacity + GRAIN_BYTES - 1) / GRAIN_BYTES * GRAIN_BYTES;
    char *data = text->data ? mremap(text->data, text->capacity, capacity, MREMAP_MAYMOVE)
                            : mmap(NULL, capacity, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
        return -ENOMEM;
    text->data = data;
    text->capacity = capacity;
    return madvise(data, capacity, MADV_DONTDUMP) < 0 ? -ENOMEM : 0;
}

void text_clear(struct text *text, size_t keep)
{
    text->size = 0;
    keep = (keep + GRAIN_BYTES - 1) / GRAIN_BYTES * GRAIN_BYTES;
    if (text->capacity <= keep)
        return;
    if (keep == 0) {
        text_finish(text);
        return;
    }
    munmap(text->data + keep, text->capacity - keep);
    text->capacity = keep;
}

void text_finish(struct text *text)
{
    if (text->data)
        munmap(text->data, text->capacity);
    *text = (struct text){0};
}
