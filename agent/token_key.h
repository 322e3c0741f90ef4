#pragma once
/* The key of tokens: read when rules are compiled, handed to the library, wiped. */
#include <stddef.h>

enum {
    TOKEN_KEY_FILE_BYTES_MAX = 4096,
};

struct token_key_bytes {
    unsigned char data[TOKEN_KEY_FILE_BYTES_MAX + 1];
    size_t size;
};

/* From the file `path`, else from the environment variable `variable`; empty or NULL: not there. A
 * newline at the end is not part of the key. 0, -ENOKEY: neither is named, or the variable is not
 * set; -E2BIG: both are named, or the key is too large; another negative errno: the file cannot be
 * read. */
int token_key_read(const char *path, const char *variable, struct token_key_bytes *ret_key);
void token_key_wipe(struct token_key_bytes *key);
