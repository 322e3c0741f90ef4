#include "agent/token_key.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "BLOTTER_TEST_TOKEN_KEY"

static char path[] = "/tmp/blotter-token-key-XXXXXX";

static void write_file(const char *text, size_t size)
{
    FILE *file = fopen(path, "we");
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    strcpy(strrchr(path, '-'), "-XXXXXX");
    unsetenv(VARIABLE);
    return close(mkstemp(path));
}

static int tear_down(void **state)
{
    return unlink(path);
}

static void a_key_is_what_is_written(void **state)
{
    static const struct {
        const char *text, *key;
        size_t size;
    } cases[] = {
        {"a key", "a key", 5},       {"a key\n", "a key", 5}, {"a key\n\n", "a key\n", 6},
        {"a key\r\n", "a key\r", 6}, {"\n", "", 0},           {"", "", 0},
        {" a\tkey ", " a\tkey ", 7},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct token_key_bytes key = {.size = 99};
        write_file(cases[i].text, strlen(cases[i].text));
        assert_int_equal(token_key_read(path, NULL, &key), 0);
        assert_int_equal(key.size, cases[i].size);
        assert_memory_equal(key.data, cases[i].key, key.size);
        setenv(VARIABLE, cases[i].text, 1);
        key.size = 99;
        assert_int_equal(token_key_read("", VARIABLE, &key), 0);
        assert_int_equal(key.size, cases[i].size);
        assert_memory_equal(key.data, cases[i].key, key.size);
    }
}

static void a_key_may_hold_any_bytes(void **state)
{
    struct token_key_bytes key;
    write_file("\0\xff\n\0", 4);
    assert_int_equal(token_key_read(path, "", &key), 0);
    assert_int_equal(key.size, 4);
    assert_memory_equal(key.data, "\0\xff\n\0", 4);
}

/* 0: it is taken. What is too large is refused, not cut. */
static void a_key_has_a_maximum(void **state)
{
    static const struct {
        size_t size;
        bool has_newline;
        int result;
    } cases[] = {
        {TOKEN_KEY_FILE_BYTES_MAX, false, 0},
        {TOKEN_KEY_FILE_BYTES_MAX - 1, true, 0},
        {TOKEN_KEY_FILE_BYTES_MAX, true, -E2BIG},
        {TOKEN_KEY_FILE_BYTES_MAX + 1, false, -E2BIG},
        {3 * TOKEN_KEY_FILE_BYTES_MAX, false, -E2BIG},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct token_key_bytes key = {.size = 99};
        char *text = calloc(1, cases[i].size + 2);
        memset(text, 'k', cases[i].size);
        strcat(text, cases[i].has_newline ? "\n" : "");
        write_file(text, strlen(text));
        setenv(VARIABLE, text, 1);
        assert_int_equal(token_key_read(path, NULL, &key), cases[i].result);
        assert_int_equal(key.size, cases[i].result == 0 ? cases[i].size : 99);
        assert_int_equal(token_key_read(NULL, VARIABLE, &key), cases[i].result);
        free(text);
    }
}

static void where_it_is_named(void **state)
{
    const struct {
        const char *path, *variable, *value;
        int result;
    } cases[] = {
        {NULL, NULL, NULL, -ENOKEY},           {"", "", NULL, -ENOKEY},
        {NULL, VARIABLE, NULL, -ENOKEY},       {NULL, VARIABLE, "value", 0},
        {path, VARIABLE, "value", -E2BIG},     {path, VARIABLE, NULL, -E2BIG},
        {"/nowhere/key", NULL, NULL, -ENOENT}, {"/tmp", NULL, NULL, -EISDIR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct token_key_bytes key = {.size = 99};
        if (cases[i].value)
            setenv(VARIABLE, cases[i].value, 1);
        else
            unsetenv(VARIABLE);
        assert_int_equal(token_key_read(cases[i].path, cases[i].variable, &key), cases[i].result);
        assert_int_equal(key.size, cases[i].result == 0 ? strlen(cases[i].value) : 99);
    }
}

static void wiped_it_is_gone(void **state)
{
    static const struct token_key_bytes nothing;
    struct token_key_bytes key;
    write_file("a key of sixteen bytes", 22);
    memset(&key, 0xff, sizeof(key));
    assert_int_equal(token_key_read(path, NULL, &key), 0);
    token_key_wipe(&key);
    assert_memory_equal(&key, &nothing, sizeof(key));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_what_is_written), TEST(a_key_may_hold_any_bytes), TEST(a_key_has_a_maximum),
        TEST(where_it_is_named),        TEST(wiped_it_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
