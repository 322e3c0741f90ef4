#ifndef RULES_ACTION_TOKEN_H
#define RULES_ACTION_TOKEN_H
/* Tokens (contract 2.11): the same value always becomes the same one, and nobody without the key
 * can tell which value it was, not even by trying all card numbers.
 *
 * A `struct token_key` is immutable and may be shared by threads; a `struct token_maker` belongs to
 * one. The key is not kept: libcrypto holds what it derived from it, and wipes that. */
#include <stddef.h>

enum {
    TOKEN_KEY_ID_MAX = 16,
    TOKEN_KEY_BYTES_MIN = 16, /* PCI DSS 4.0.1, 3.5.1.1 and FAQ 1590: 128 bits */
    TOKEN_KEY_BYTES_MAX = 4096,
    TOKEN_CODE_BYTES = 52, /* base32 of 256 bits, without padding */
    TOKEN_BYTES_MAX = 4 + TOKEN_KEY_ID_MAX + 1 + TOKEN_CODE_BYTES,
};

struct token_key;
struct token_maker;

/* `id`: 1–16 of a–z 0–9. -EINVAL: the id or the key's size does not fit; -ENOMEM. */
int token_key_new(const char *id, const void *key, size_t size, struct token_key **ret_key);
struct token_key *token_key_free(struct token_key *key);

/* `key` is borrowed and outlives the maker. -ENOMEM. */
int token_maker_new(const struct token_key *key, struct token_maker **ret_maker);
struct token_maker *token_maker_free(struct token_maker *maker);

/* Writes the token of `value` to `ret_token` (TOKEN_BYTES_MAX, not terminated); its length, or
 * -EIO: libcrypto failed, there is none. */
int token_write(struct token_maker *maker, const void *value, size_t size, char *ret_token);
#endif
