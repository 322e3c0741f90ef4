/* Compressed and plain files read in pieces of every size, damaged ones told. */
#include "agent/expand.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
    TEXT_BYTES = 300000,
};

static char text[TEXT_BYTES], packed[2 * TEXT_BYTES];

static void fill_text(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        state = state * 1664525 + 1013904223;
        text[i] = (char)(' ' + (state >> 24) % 90);
    }
}

static size_t pack_gzip(const char *from, size_t size, char *to, size_t room)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)from, .avail_in = (unsigned)size};
    stream.next_out = (unsigned char *)to;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static size_t pack_zstd(const char *from, size_t size, char *to, size_t room)
{
    size_t packed_size = ZSTD_compress(to, room, from, size, 1);
    assert_false(ZSTD_isError(packed_size));
    return packed_size;
}

/* Reads a file with these bytes in pieces; returns the end's result and checks what came before. */
static int64_t read_all(const char *bytes, size_t size, size_t piece, size_t *ret_size)
{
    int descriptor = memfd_create("expand", MFD_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, size), size);
    lseek(descriptor, 0, SEEK_SET);
    struct expand *expand;
    assert_int_equal(expand_open(descriptor, &expand), 0);
    char *buffer = malloc(piece);
    size_t total = 0;
    int64_t got;
    while ((got = expand_read(expand, buffer, piece)) > 0) {
        assert_true(total + (size_t)got <= TEXT_BYTES);
        assert_memory_equal(buffer, text + total, (size_t)got);
        total += (size_t)got;
    }
    if (got == 0)
        assert_int_equal(expand_taken(expand), size);
    free(buffer);
    expand_free(expand);
    *ret_size = total;
    return got;
}

static void test_formats(void **state)
{
    (void)state;
    static const size_t pieces[] = {1000, 4096, 65536, 1 << 20};
    fill_text();
    size_t half = TEXT_BYTES / 2, size;
    for (unsigned format = 0; format < 3; format++) {
        size_t packed_size = TEXT_BYTES;
        if (format == 0) {
            memcpy(packed, text, TEXT_BYTES);
        } else {
            size_t (*pack)(const char *, size_t, char *, size_t) =
                format == 1 ? pack_gzip : pack_zstd;
            packed_size = pack(text, half, packed, sizeof(packed));
            packed_size += pack(text + half, TEXT_BYTES - half, packed + packed_size,
                                sizeof(packed) - packed_size);
        }
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
            assert_int_equal(read_all(packed, packed_size, pieces[i], &size), 0);
            assert_int_equal(size, TEXT_BYTES);
        }
        if (format == 0)
            continue;
        for (size_t cut = 5; cut < packed_size; cut += packed_size / 7) {
            if (cut != packed_size)
                assert_in_range(read_all(packed, cut, 4096, &size) + EBADMSG, 0, EBADMSG);
        }
        assert_int_equal(read_all(packed, packed_size - 1, 4096, &size), -EBADMSG);
        packed[packed_size] = 'x';
        assert_int_equal(read_all(packed, packed_size + 1, 4096, &size), -EBADMSG);
        assert_int_equal(size, TEXT_BYTES);
    }
}

static void test_short_files(void **state)
{
    (void)state;
    size_t size;
    fill_text();
    for (size_t length = 0; length < 6; length++) {
        assert_int_equal(read_all(text, length, 100, &size), 0);
        assert_int_equal(size, length);
    }
    assert_int_equal(read_all("\x1f\x8b\x08", 3, 100, &size), -EBADMSG);
    assert_int_equal(read_all("\x28\xb5\x2f\xfd", 4, 100, &size), -EBADMSG);
}

static void test_a_folder(void **state)
{
    (void)state;
    char byte;
    struct expand *expand;
    FILE *file = fopen("/", "re");
    assert_non_null(file);
    assert_int_equal(expand_open(dup(fileno(file)), &expand), 0);
    fclose(file);
    assert_int_equal(expand_read(expand, &byte, 1), -EISDIR);
    expand_free(expand);
    assert_null(expand_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_short_files),
        cmocka_unit_test(test_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
