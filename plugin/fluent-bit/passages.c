#include "plugin/fluent-bit/passages.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

int passages_init(struct passages *passages)
{
    return RAND_bytes(passages->key, sizeof passages->key) == 1 ? 0 : -EIO;
}

int passages_digest(const struct passages *passages, const char *tag, const void *data, size_t size,
                    uint8_t ret_digest[PASSAGES_DIGEST_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, passages->key, sizeof passages->key) &&
                EVP_DigestUpdate(context, tag, strlen(tag) + 1) &&
                EVP_DigestUpdate(context, data, size) &&
                EVP_DigestUpdate(context, passages->key, sizeof passages->key) &&
                EVP_DigestFinal_ex(context, ret_digest, NULL);
    EVP_MD_CTX_free(context);
    return done ? 0 : -ENOMEM;
}

struct passage *passages_find(struct passages *passages, const uint8_t *digest)
{
    for (size_t i = 0; i < passages->count; i++) {
        struct passage *passage = &passages->list[i];
        if (!passage->job && memcmp(passage->digest, digest, PASSAGES_DIGEST_BYTES) == 0)
            return passage;
    }
    return NULL;
}

struct passage *passages_of(struct passages *passages, const struct batch *batch)
{
    for (size_t i = 0; i < passages->count; i++) {
        if (passages->list[i].batch == batch)
            return &passages->list[i];
    }
    return NULL;
}

void passages_remove(struct passages *passages, struct passage *passage)
{
    size_t behind = passages->count - 1 - (size_t)(passage - passages->list);
    memmove(passage, passage + 1, behind * sizeof *passage);
    passages->count--;
}

bool passages_make_room(struct passages *passages)
{
    if (passages->count < PASSAGES_MAX)
        return true;
    struct passage *arrived = passages_of(passages, NULL);
    if (arrived)
        passages_remove(passages, arrived);
    return arrived;
}

struct passage *passages_add(struct passages *passages, const uint8_t *digest)
{
    struct passage *passage = &passages->list[passages->count++];
    *passage = (struct passage){0};
    memcpy(passage->digest, digest, PASSAGES_DIGEST_BYTES);
    return passage;
}

void passages_forget(struct passages *passages, const struct job *job)
{
    for (size_t i = 0; i < passages->count; i++) {
        if (passages->list[i].job == job)
            passages->list[i].job = NULL;
    }
}
