#include "rules/action/token.h"

#include "test/unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void assert_token(const char *id, const void *key, size_t key_size, const char *value,
                         const char *expected)
{
    struct token_key *token_key;
    struct token_maker *maker;
    char token[TOKEN_BYTES_MAX + 1] = "";
    assert_int_equal(token_key_new(id, key, key_size, &token_key), 0);
    assert_int_equal(token_maker_new(token_key, &maker), 0);
    /* Twice: the first must leave nothing behind. */
    for (int i = 0; i < 2; i++) {
        int size = token_write(maker, value, strlen(value), token);
        assert_int_equal(size, strlen(expected));
        token[size] = '\0';
        assert_string_equal(token, expected);
    }
    token_maker_free(maker);
    token_key_free(token_key);
}

/* RFC 4231, test cases 1 and 6, in base32. */
static void test_vectors(void **state)
{
    char key[131];
    memset(key, 0x0b, 20);
    assert_token("k", key, 20, "Hi There",
                 "tok_k_WA2EYYOY3M4FGXFIV7HK6C7RFOEB3QQAZGBT3JZG5E3WYLRSZ73Q");
    memset(key, 0xaa, sizeof(key));
    assert_token("key1", key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First",
                 "tok_key1_MDSDCWI64C3H6DMKE2VMX5NXP6HAXRRBG4UMKFAFIYCA6DXDP5KA");
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *id;
        size_t size;
    } cases[] = {
        {"", 16},   {"K1", 16}, {"k_1", 16}, {"12345678901234567", 16},
        {NULL, 16}, {"k1", 15}, {"k1", 0},   {"k1", TOKEN_KEY_BYTES_MAX + 1},
    };
    static const char key[TOKEN_KEY_BYTES_MAX + 1];
    struct token_key *made = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(token_key_new(cases[i].id, key, cases[i].size, &made), -EINVAL);
    assert_int_equal(token_key_new("k1", NULL, 16, &made), -EINVAL);
    assert_null(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
