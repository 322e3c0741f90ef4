#include "plugin/fluent-bit/escape.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIZE_MAX_BYTES = 200,
    BEHIND_MAX_BYTES = 140,
    ROUNDS = 20,
};

/* One byte at a time, as RFC 8259, section 7, has it. */
static size_t escape_slowly(const uint8_t *data, size_t size, char *output)
{
    static const char letters[] = "\"\"\\\\\bb\tt\nn\ff\rr";
    size_t written = 0;
    for (size_t i = 0; i < size; i++) {
        const char *letter = NULL;
        for (size_t j = 0; j + 1 < sizeof letters; j += 2) {
            if ((uint8_t)letters[j] == data[i])
                letter = &letters[j + 1];
        }
        if (letter)
            written += (size_t)sprintf(output + written, "\\%c", *letter);
        else if (data[i] < 0x20)
            written += (size_t)sprintf(output + written, "\\u%04x", data[i]);
        else
            output[written++] = (char)data[i];
    }
    return written;
}

/* `share` of 256 bytes need an escape. */
static void fill(uint8_t *data, size_t size, unsigned share)
{
    static const uint8_t special[] = {'"', '\\', '\n', '\t', '\b', '\f', '\r', 0, 0x1f, 1};
    for (size_t i = 0; i < size; i++) {
        unsigned number = (unsigned)rand();
        data[i] = (number & 255) < share ? special[(number >> 8) % sizeof special]
                                         : (uint8_t)(0x23 + (number >> 8) % (256 - 0x23));
        if (data[i] == '\\' && (number & 255) >= share)
            data[i] = 'x';
    }
}

/* In memory of exactly that size, where a sanitizer sees what goes beyond. */
static void check(size_t size, size_t behind, unsigned share)
{
    uint8_t *data = malloc(size + behind);
    char *out = malloc(ESCAPE_GROWTH * size + ESCAPE_SPARE_BYTES);
    char *expected = malloc(ESCAPE_GROWTH * size + 8);
    assert_non_null(data);
    assert_non_null(out);
    assert_non_null(expected);
    fill(data, size + behind, share);
    size_t written = (size_t)(escape_text(out, data, size, data + size + behind) - out);
    size_t wanted = escape_slowly(data, size, expected);
    assert_int_equal(written, wanted);
    assert_memory_equal(out, expected, wanted);
    assert_int_equal(escape_undo(out, written, out), size);
    assert_memory_equal(out, data, size);
    free(data);
    free(out);
    free(expected);
}

static void escapes_and_undoes(void **state)
{
    static const unsigned shares[] = {0, 4, 40, 256};
    srand(1);
    for (size_t size = 1; size <= SIZE_MAX_BYTES; size++) {
        for (unsigned round = 0; round < ROUNDS; round++) {
            size_t behind = round == 0 ? 0 : (size_t)rand() % BEHIND_MAX_BYTES;
            check(size, behind, shares[round % 4]);
        }
    }
}

static void undoes_only_its_own(void **state)
{
    static const struct {
        const char *content, *expected;
    } cases[] = {
        {"", ""},
        {"\\", "\\"},
        {"a\\", "a\\"},
        {"\\x41", "\\x41"},
        {"\\u00e9\\u0041", "\xe9"
                           "A"},
        {"\\u00", "\\u00"},
        {"\\u1234\\u00G0", "\\u1234\\u00G0"},
        {"\\\\n", "\\n"},
        {"\\/", "\\/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[32] = "";
        size_t size = escape_undo(cases[i].content, strlen(cases[i].content), out);
        assert_int_equal(size, strlen(cases[i].expected));
        assert_memory_equal(out, cases[i].expected, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_and_undoes),
        cmocka_unit_test(undoes_only_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
