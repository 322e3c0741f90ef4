#include "agent/command/scan_key.h"

#include "agent/document.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_BYTES_MAX = 4096,
};

struct scan_key {
    size_t size;
    char id[SCAN_KEY_ID_HEX + 1];
    unsigned char bytes[KEY_BYTES_MAX];
};

static void write_hex(const unsigned char *bytes, size_t count, char *hex)
{
    for (size_t i = 0; i < count; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static void digest(const struct scan_key *key, const unsigned char *text, size_t size,
                   unsigned char *ret_digest)
{
    unsigned length;
    if (!HMAC(EVP_sha256(), key->bytes, (int)key->size, text, size, ret_digest, &length))
        memset(ret_digest, 0, SCAN_PRINT_BYTES);
}

int scan_key_read(const char *path, struct scan_key **ret_key)
{
    static const unsigned char name[] = "blotter key id";
    unsigned char bytes[SCAN_PRINT_BYTES];
    char *text;
    size_t size;
    int error = document_read_file(path, KEY_BYTES_MAX, &text, &size);
    if (error < 0)
        return error;
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    struct scan_key *key = size < SCAN_KEY_BYTES_MIN ? NULL : calloc(1, sizeof(*key));
    if (key) {
        key->size = size;
        memcpy(key->bytes, text, size);
        digest(key, name, sizeof(name), bytes);
        write_hex(bytes, SCAN_KEY_ID_HEX / 2, key->id);
        *ret_key = key;
    }
    error = size < SCAN_KEY_BYTES_MIN ? -EINVAL : key ? 0 : -ENOMEM;
    explicit_bzero(text, size);
    free(text);
    return error;
}

struct scan_key *scan_key_free(struct scan_key *key)
{
    if (key)
        explicit_bzero(key, sizeof(*key));
    free(key);
    return NULL;
}

const char *scan_key_id(const struct scan_key *key)
{
    return key->id;
}

void scan_key_print(const struct scan_key *key, const char *rule, const char *text, size_t size,
                    struct scan_print *ret_print)
{
    unsigned char inner[2 * SCAN_PRINT_BYTES], outer[SCAN_PRINT_BYTES];
    /* The rule by a digest of its own: where it ends needs no separator then. */
    digest(key, (const unsigned char *)rule, strlen(rule), inner);
    digest(key, (const unsigned char *)text, size, inner + SCAN_PRINT_BYTES);
    digest(key, inner, sizeof(inner), outer);
    write_hex(outer, sizeof(outer), ret_print->hex);
}
