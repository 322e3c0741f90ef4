#include "agent/arena.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

enum {
    CHUNK_BYTES = 256 * 1024,
    LIMIT_BYTES = 1024 * 1024,
};

static struct arena_pool *new_pool(enum arena_kind kind)
{
    struct arena_pool *pool;
    assert_int_equal(arena_pool_new(kind, CHUNK_BYTES, LIMIT_BYTES, &pool), 0);
    return pool;
}

static void charges_by_chunk_and_doubles(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_CLEAN);
    struct arena arena;
    arena_init(&arena, pool);
    assert_int_equal(arena_pool_usage(pool).used_bytes, 0);
    assert_non_null(arena_alloc(&arena, 10));
    assert_int_equal(arena_pool_usage(pool).used_bytes, ARENA_CHUNK_MIN_BYTES);
    assert_non_null(arena_alloc(&arena, ARENA_CHUNK_MIN_BYTES));
    assert_int_equal(arena_pool_usage(pool).used_bytes, 3 * ARENA_CHUNK_MIN_BYTES);
    assert_int_equal(arena_size(&arena), 3 * ARENA_CHUNK_MIN_BYTES);
    arena_reset(&arena);
    assert_int_equal(arena_pool_usage(pool).used_bytes, 0);
    assert_int_equal(arena_pool_usage(pool).cached_bytes, 3 * ARENA_CHUNK_MIN_BYTES);
    assert_int_equal(arena_pool_usage(pool).peak_bytes, 3 * ARENA_CHUNK_MIN_BYTES);
    arena_pool_free(pool);
}

static void aligns_and_keeps_apart(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_CLEAN);
    struct arena arena;
    arena_init(&arena, pool);
    char *pieces[1000];
    for (int i = 0; i < 1000; i++) {
        size_t size = (size_t)(i * 7 % 400 + 1);
        pieces[i] = arena_alloc(&arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], i & 0xff, size);
    }
    for (int i = 0; i < 1000; i++) {
        size_t size = (size_t)(i * 7 % 400 + 1);
        for (size_t at = 0; at < size; at++)
            assert_int_equal((unsigned char)pieces[i][at], i & 0xff);
    }
    arena_reset(&arena);
    arena_pool_free(pool);
}

static void reserves_then_takes(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_CLEAN);
    struct arena arena;
    arena_init(&arena, pool);
    char *first = arena_reserve(&arena, 1000);
    memcpy(first, "one", 3);
    arena_take(&arena, 3);
    char *second = arena_reserve(&arena, 1000);
    assert_ptr_equal(second, first + 3);
    /* More than the chunk has left: a new chunk, and what was taken stays. */
    char *third = arena_reserve(&arena, ARENA_CHUNK_MIN_BYTES);
    assert_non_null(third);
    assert_memory_equal(first, "one", 3);
    arena_reset(&arena);
    arena_pool_free(pool);
}

/* The one chunk of the pool, used again: nothing of what the last user wrote is in it. */
static void raw_chunks_come_back_zeroed(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_RAW);
    struct arena arena;
    arena_init(&arena, pool);
    char *memory = arena_alloc(&arena, 5000);
    memset(memory, '4', 5000);
    char *reserved = arena_reserve(&arena, 3000); /* written, and never taken */
    memset(reserved, '1', 3000);
    arena_reset(&arena);
    char *again = arena_alloc(&arena, 9000);
    assert_ptr_equal(again, memory);
    for (size_t i = 0; i < 9000; i++)
        assert_int_equal(again[i], 0);
    arena_reset(&arena);
    arena_pool_free(pool);
}

static void raw_chunks_below_the_newest_are_zeroed(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_RAW);
    struct arena arena;
    arena_init(&arena, pool);
    char *memory = arena_alloc(&arena, 12000);
    memset(memory, '4', 12000);
    assert_non_null(arena_alloc(&arena, 12000));
    arena_reset(&arena);
    struct arena small;
    arena_init(&small, pool);
    char *again = arena_alloc(&small, 12000);
    assert_ptr_equal(again, memory);
    for (size_t i = 0; i < 12000; i++)
        assert_int_equal(again[i], 0);
    arena_reset(&small);
    arena_pool_free(pool);
}

/* The kernel says of a mapping whether core images leave it out: "dd" in VmFlags. */
static int is_left_out_of_cores(const void *memory)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    char line[512];
    int inside = 0;
    int left_out = -1;
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)memory >= from && (uintptr_t)memory < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            left_out = strstr(line, " dd") != NULL;
    }
    fclose(maps);
    return left_out;
}

static void raw_memory_is_left_out_of_cores(void **state)
{
    struct arena_pool *raw = new_pool(ARENA_RAW);
    struct arena_pool *clean = new_pool(ARENA_CLEAN);
    struct arena raw_arena, clean_arena;
    arena_init(&raw_arena, raw);
    arena_init(&clean_arena, clean);
    size_t sizes[] = {100, CHUNK_BYTES / 2, 4 * CHUNK_BYTES};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(is_left_out_of_cores(arena_alloc(&raw_arena, sizes[i])), 1);
        assert_int_equal(is_left_out_of_cores(arena_alloc(&clean_arena, sizes[i])), 0);
    }
    arena_reset(&raw_arena);
    arena_reset(&clean_arena);
    arena_pool_free(raw);
    arena_pool_free(clean);
}

static void the_limit_stops_reading_not_allocating(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_CLEAN);
    struct arena arena;
    arena_init(&arena, pool);
    assert_true(arena_pool_has_room(pool, LIMIT_BYTES));
    assert_false(arena_pool_has_room(pool, LIMIT_BYTES + 1));
    assert_non_null(arena_alloc(&arena, 2 * LIMIT_BYTES));
    assert_false(arena_pool_has_room(pool, 0));
    assert_non_null(arena_alloc(&arena, 100));
    arena_reset(&arena);
    assert_true(arena_pool_has_room(pool, LIMIT_BYTES));
    /* A chunk above the size that is kept is not kept. */
    assert_true(arena_pool_usage(pool).cached_bytes <= CHUNK_BYTES);
    arena_pool_free(pool);
}

static void the_cache_stays_within_the_limit(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_CLEAN);
    struct arena arenas[16];
    for (int i = 0; i < 16; i++) {
        arena_init(&arenas[i], pool);
        assert_non_null(arena_alloc(&arenas[i], CHUNK_BYTES - 1024));
    }
    for (int i = 0; i < 16; i++)
        arena_reset(&arenas[i]);
    struct arena_usage usage = arena_pool_usage(pool);
    assert_int_equal(usage.used_bytes, 0);
    assert_int_equal(usage.cached_bytes, LIMIT_BYTES);
    arena_pool_free(pool);
}

static void trim_follows_what_is_in_use(void **state)
{
    struct arena_pool *pool = new_pool(ARENA_CLEAN);
    struct arena one, other;
    arena_init(&one, pool);
    arena_init(&other, pool);
    arena_alloc(&one, 100);
    arena_alloc(&other, 100);
    arena_reset(&one);
    arena_reset(&other);
    arena_pool_trim(pool); /* both were needed since the pool was made */
    assert_int_equal(arena_pool_usage(pool).cached_bytes, 2 * ARENA_CHUNK_MIN_BYTES);
    arena_alloc(&one, 100);
    arena_reset(&one);
    arena_pool_trim(pool); /* one was */
    assert_int_equal(arena_pool_usage(pool).cached_bytes, ARENA_CHUNK_MIN_BYTES);
    arena_pool_trim(pool);
    assert_int_equal(arena_pool_usage(pool).cached_bytes, 0);
    arena_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charges_by_chunk_and_doubles),
        cmocka_unit_test(aligns_and_keeps_apart),
        cmocka_unit_test(reserves_then_takes),
        cmocka_unit_test(raw_chunks_come_back_zeroed),
        cmocka_unit_test(raw_chunks_below_the_newest_are_zeroed),
        cmocka_unit_test(raw_memory_is_left_out_of_cores),
        cmocka_unit_test(the_limit_stops_reading_not_allocating),
        cmocka_unit_test(the_cache_stays_within_the_limit),
        cmocka_unit_test(trim_follows_what_is_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
