#include "rules/action/token.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CODE_BYTES = 32,
};

struct token_key {
    EVP_MAC_CTX *context; /* with the key in it, never used itself */
    size_t prefix_size;
    char prefix[4 + TOKEN_KEY_ID_MAX + 1];
};

struct token_maker {
    const struct token_key *key;
    EVP_MAC_CTX *context;
};

static EVP_MAC_CTX *make_context(const void *key, size_t size)
{
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (context && EVP_MAC_init(context, key, size, parameters))
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

int token_key_new(const char *id, const void *key, size_t size, struct token_key **ret_key)
{
    size_t id_size = id ? strlen(id) : 0;
    if (id_size == 0 || id_size > TOKEN_KEY_ID_MAX ||
        strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") != id_size || !key ||
        size < TOKEN_KEY_BYTES_MIN || size > TOKEN_KEY_BYTES_MAX)
        return -EINVAL;
    struct token_key *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    memcpy(made->prefix, "tok_", 4);
    memcpy(made->prefix + 4, id, id_size);
    made->prefix[4 + id_size] = '_';
    made->prefix_size = 4 + id_size + 1;
    made->context = make_context(key, size);
    if (!made->context) {
        free(made);
        return -ENOMEM;
    }
    *ret_key = made;
    return 0;
}

struct token_key *token_key_free(struct token_key *key)
{
    if (key)
        EVP_MAC_CTX_free(key->context);
    free(key);
    return NULL;
}

int token_maker_new(const struct token_key *key, struct token_maker **ret_maker)
{
    struct token_maker *maker = calloc(1, sizeof(*maker));
    if (!maker)
        return -ENOMEM;
    maker->key = key;
    maker->context = EVP_MAC_CTX_dup(key->context);
    if (!maker->context) {
        free(maker);
        return -ENOMEM;
    }
    *ret_maker = maker;
    return 0;
}

struct token_maker *token_maker_free(struct token_maker *maker)
{
    if (maker)
        EVP_MAC_CTX_free(maker->context);
    free(maker);
    return NULL;
}

/* RFC 4648, section 6: five bits a character, from the high end on. */
static void write_base32(const uint8_t *bytes, size_t size, char *output)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned buffer = 0, bits = 0;
    for (size_t i = 0; i < size; i++) {
        buffer = buffer << 8 | bytes[i];
        bits += 8;
        for (; bits >= 5; bits -= 5)
            *output++ = alphabet[buffer >> (bits - 5) & 31];
    }
    if (bits)
        *output = alphabet[buffer << (5 - bits) & 31];
}

int token_write(struct token_maker *maker, const void *value, size_t size, char *ret_token)
{
    uint8_t code[CODE_BYTES];
    size_t code_size = 0;
    /* Without a key it begins anew with the one it has. */
    if (!EVP_MAC_init(maker->context, NULL, 0, NULL) ||
        !EVP_MAC_update(maker->context, value, size) ||
        !EVP_MAC_final(maker->context, code, &code_size, sizeof(code)) || code_size != sizeof(code))
        return -EIO;
    memcpy(ret_token, maker->key->prefix, maker->key->prefix_size);
    write_base32(code, sizeof(code), ret_token + maker->key->prefix_size);
    return (int)(maker->key->prefix_size + TOKEN_CODE_BYTES);
}
