#include "agent/arena.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    CLASS_COUNT = 12, /* 16 KiB … 32 MiB */
    ALIGNMENT = 16,
};

/* The head of a chunk; what is handed out follows it. */
struct arena_chunk {
    struct arena_chunk *next;
    size_t size_bytes;  /* mapped, with this head */
    size_t dirty_bytes; /* from the start: what may have been written */
    size_t padding;     /* keeps what follows aligned to 16 */
};

/* Chunks of one size that wait for reuse. */
struct cache {
    struct arena_chunk *chunks;
    size_t count;
    size_t count_min; /* since the last trim: so many were not needed */
};

struct arena_pool {
    enum arena_kind kind;
    size_t chunk_bytes;
    size_t limit_bytes;
    atomic_size_t used_bytes;
    atomic_size_t peak_bytes;
    pthread_mutex_t mutex; /* guards what follows */
    size_t cached_bytes;
    struct cache caches[CLASS_COUNT];
};

static size_t class_bytes(unsigned class)
{
    return (size_t)ARENA_CHUNK_MIN_BYTES << class;
}

/* The smallest class that holds `size_bytes`; CLASS_COUNT where none does. */
static unsigned class_of(size_t size_bytes)
{
    unsigned class = 0;
    while (class < CLASS_COUNT && class_bytes(class) < size_bytes)
        class ++;
    return class;
}

int arena_pool_new(enum arena_kind kind, size_t chunk_bytes, size_t limit_bytes,
                   struct arena_pool **ret_pool)
{
    struct arena_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return -ENOMEM;
    unsigned class = class_of(chunk_bytes);
    pool->kind = kind;
    pool->chunk_bytes = class_bytes(class < CLASS_COUNT ? class : CLASS_COUNT - 1);
    pool->limit_bytes = limit_bytes;
    pthread_mutex_init(&pool->mutex, NULL);
    *ret_pool = pool;
    return 0;
}

static void unmap_all(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        munmap(chunk, chunk->size_bytes);
        chunk = next;
    }
}

struct arena_pool *arena_pool_free(struct arena_pool *pool)
{
    if (!pool)
        return NULL;
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        unmap_all(pool->caches[class].chunks);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
    return NULL;
}

struct arena_usage arena_pool_usage(struct arena_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    size_t cached_bytes = pool->cached_bytes;
    pthread_mutex_unlock(&pool->mutex);
    return (struct arena_usage){
        .used_bytes = atomic_load_explicit(&pool->used_bytes, memory_order_relaxed),
        .cached_bytes = cached_bytes,
        .limit_bytes = pool->limit_bytes,
        .peak_bytes = atomic_load_explicit(&pool->peak_bytes, memory_order_relaxed),
    };
}

int arena_pool_has_room(struct arena_pool *pool, size_t size_bytes)
{
    size_t used_bytes = atomic_load_explicit(&pool->used_bytes, memory_order_relaxed);
    return used_bytes <= pool->limit_bytes && size_bytes <= pool->limit_bytes - used_bytes;
}

void arena_pool_trim(struct arena_pool *pool)
{
    struct arena_chunk *idle = NULL;
    pthread_mutex_lock(&pool->mutex);
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        struct cache *cache = &pool->caches[class];
        while (cache->count_min > 0) {
            struct arena_chunk *chunk = cache->chunks;
            cache->chunks = chunk->next;
            cache->count--;
            cache->count_min--;
            pool->cached_bytes -= chunk->size_bytes;
            chunk->next = idle;
            idle = chunk;
        }
        cache->count_min = cache->count;
    }
    pthread_mutex_unlock(&pool->mutex);
    unmap_all(idle);
}

static struct arena_chunk *take_cached(struct arena_pool *pool, unsigned class)
{
    struct cache *cache = &pool->caches[class];
    pthread_mutex_lock(&pool->mutex);
    struct arena_chunk *chunk = cache->chunks;
    if (chunk) {
        cache->chunks = chunk->next;
        cache->count--;
        if (cache->count_min > cache->count)
            cache->count_min = cache->count;
        pool->cached_bytes -= chunk->size_bytes;
    }
    pthread_mutex_unlock(&pool->mutex);
    return chunk;
}

static struct arena_chunk *map_chunk(const struct arena_pool *pool, size_t size_bytes)
{
    void *memory =
        mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    /* A core image must not hold what was not redacted yet, so without this there is no memory. */
    if (pool->kind == ARENA_RAW && madvise(memory, size_bytes, MADV_DONTDUMP) < 0) {
        munmap(memory, size_bytes);
        return NULL;
    }
    struct arena_chunk *chunk = memory;
    chunk->size_bytes = size_bytes;
    return chunk;
}

static void charge(struct arena_pool *pool, size_t size_bytes)
{
    size_t used_bytes = atomic_fetch_add(&pool->used_bytes, size_bytes) + size_bytes;
    size_t peak_bytes = atomic_load_explicit(&pool->peak_bytes, memory_order_relaxed);
    while (used_bytes > peak_bytes &&
           !atomic_compare_exchange_weak(&pool->peak_bytes, &peak_bytes, used_bytes))
        ;
}

/* Puts a new chunk with room for `size_bytes` on top of the arena. */
static bool add_chunk(struct arena *arena, size_t size_bytes)
{
    struct arena_pool *pool = arena->pool;
    size_t needed_bytes = size_bytes + sizeof(struct arena_chunk);
    if (needed_bytes < size_bytes)
        return false;
    size_t wanted_bytes = needed_bytes;
    if (arena->chunks) {
        size_t doubled_bytes = 2 * arena->chunks->size_bytes;
        if (doubled_bytes > pool->chunk_bytes)
            doubled_bytes = pool->chunk_bytes;
        if (doubled_bytes > wanted_bytes)
            wanted_bytes = doubled_bytes;
    }
    struct arena_chunk *chunk = NULL;
    if (wanted_bytes <= pool->chunk_bytes) {
        unsigned class = class_of(wanted_bytes);
        chunk = take_cached(pool, class);
        wanted_bytes = class_bytes(class);
    } else {
        wanted_bytes = (wanted_bytes + ARENA_CHUNK_MIN_BYTES - 1) / ARENA_CHUNK_MIN_BYTES *
                       ARENA_CHUNK_MIN_BYTES;
    }
    if (!chunk)
        chunk = map_chunk(pool, wanted_bytes);
    if (!chunk)
        return false;
    charge(pool, chunk->size_bytes);
    if (arena->chunks) {
        size_t end = (size_t)(arena->next - (char *)arena->chunks);
        if (arena->chunks->dirty_bytes < end)
            arena->chunks->dirty_bytes = end;
    }
    chunk->next = arena->chunks;
    chunk->dirty_bytes = sizeof *chunk;
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1);
    arena->left_bytes = chunk->size_bytes - sizeof *chunk;
    return true;
}

/* The chunk goes to the cache, or back to the system where the cache would exceed the limit. */
static void give_back(struct arena_pool *pool, struct arena_chunk *chunk)
{
    size_t size_bytes = chunk->size_bytes;
    size_t used_bytes = atomic_fetch_sub(&pool->used_bytes, size_bytes) - size_bytes;
    if (pool->kind == ARENA_RAW)
        explicit_bzero(chunk + 1, chunk->dirty_bytes - sizeof *chunk);
    if (size_bytes > pool->chunk_bytes) {
        munmap(chunk, size_bytes);
        return;
    }
    struct cache *cache = &pool->caches[class_of(size_bytes)];
    bool kept = false;
    pthread_mutex_lock(&pool->mutex);
    if (used_bytes + pool->cached_bytes + size_bytes <= pool->limit_bytes) {
        chunk->next = cache->chunks;
        cache->chunks = chunk;
        cache->count++;
        pool->cached_bytes += size_bytes;
        kept = true;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!kept)
        munmap(chunk, size_bytes);
}

void arena_init(struct arena *arena, struct arena_pool *pool)
{
    *arena = (struct arena){.pool = pool};
}

size_t arena_size(const struct arena *arena)
{
    size_t size_bytes = 0;
    for (const struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        size_bytes += chunk->size_bytes;
    return size_bytes;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk)
        return;
    size_t end = (size_t)(arena->next - (char *)chunk);
    if (chunk->dirty_bytes < end)
        chunk->dirty_bytes = end;
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        give_back(arena->pool, chunk);
        chunk = next;
    }
    arena_init(arena, arena->pool);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t skipped = -(uintptr_t)arena->next % ALIGNMENT;
    if (!arena->chunks || arena->left_bytes < skipped || arena->left_bytes - skipped < size) {
        if (!add_chunk(arena, size))
            return NULL;
        skipped = 0;
    }
    char *memory = arena->next + skipped;
    arena_take(arena, skipped + size);
    return memory;
}

char *arena_reserve(struct arena *arena, size_t size)
{
    if ((!arena->chunks || arena->left_bytes < size) && !add_chunk(arena, size))
        return NULL;
    size_t end = (size_t)(arena->next - (char *)arena->chunks) + size;
    if (arena->chunks->dirty_bytes < end)
        arena->chunks->dirty_bytes = end;
    return arena->next;
}

void arena_take(struct arena *arena, size_t size)
{
    arena->next += size;
    arena->left_bytes -= size;
}
