#ifndef TEST_REFERENCE_MEMORY_H
#define TEST_REFERENCE_MEMORY_H
/* Memory that never runs out: the process ends instead. */
#include <stddef.h>

void *memory_zeroed(size_t count, size_t size);
/* Makes room for one more item behind `count` items of `size` bytes. */
void *memory_grow(void *items, size_t count, size_t *capacity, size_t size);

#endif
