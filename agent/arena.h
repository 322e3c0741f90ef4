#pragma once
/* Arenas: memory for a batch, given back as a whole.
 *
 * A pool hands out chunks of one kind and keeps the count of bytes in use, which is what
 * `buffer.memory` bounds. Raw chunks are left out of core dumps (MADV_DONTDUMP) and zeroed before
 * they go back, so no raw byte outlives its batch. The pool may be used from every thread; an arena
 * belongs to one thread at a time, the one that holds its batch.
 *
 * Chunks are powers of two: an arena begins with a small one and doubles, so that a batch of ten
 * lines is not charged like one of a thousand. */
#include <stddef.h>
#include <stdint.h>

enum {
    ARENA_CHUNK_MIN_BYTES = 16 * 1024,
};

enum arena_kind {
    ARENA_RAW,
    ARENA_CLEAN,
};

struct arena_pool;

/* An arena with no chunk yet. Zero-initialized by arena_init; copying it moves the ownership. */
struct arena {
    struct arena_pool *pool;
    struct arena_chunk *chunks; /* newest first */
    char *next;
    size_t left_bytes;
};

struct arena_usage {
    size_t used_bytes;   /* in chunks that arenas hold */
    size_t cached_bytes; /* in chunks kept for reuse */
    size_t limit_bytes;
    size_t peak_bytes;
};

/* Makes a pool of `kind` whose arenas together should hold at most `limit_bytes`. Chunks up to
 * `chunk_bytes` (rounded up to a power of two) are kept for reuse, larger ones are mapped and
 * unmapped one by one. Returns 0 or -ENOMEM. */
int arena_pool_new(enum arena_kind kind, size_t chunk_bytes, size_t limit_bytes,
                   struct arena_pool **ret_pool);
/* No arena of the pool may hold a chunk any more. */
struct arena_pool *arena_pool_free(struct arena_pool *pool);
struct arena_usage arena_pool_usage(struct arena_pool *pool);
/* Whether the pool is below its limit by at least `size_bytes`: the question that backpressure
 * asks. */
int arena_pool_has_room(struct arena_pool *pool, size_t size_bytes);
/* Returns to the system the cached chunks that nobody needed since the last call: called at a
 * steady pace, the pool follows what is in use. */
void arena_pool_trim(struct arena_pool *pool);

void arena_init(struct arena *arena, struct arena_pool *pool);
/* Bytes of the chunks that it holds: what the pool is charged. */
size_t arena_size(const struct arena *arena);
/* Gives all chunks back; a raw arena is zeroed first. The arena may be used again. */
void arena_reset(struct arena *arena);
/* `size` bytes, aligned to 16, uninitialized; NULL when the system has no memory. The limit of the
 * pool does not fail an allocation (a record that was read must get through): it stops reading. */
void *arena_alloc(struct arena *arena, size_t size);
/* Room for at least `size` bytes at the arena's end without taking them; arena_take then takes what
 * was written. For encoders that learn the size by writing. NULL as above. */
char *arena_reserve(struct arena *arena, size_t size);
void arena_take(struct arena *arena, size_t size);
