#ifndef TEST_REFERENCE_TOKEN_H
#define TEST_REFERENCE_TOKEN_H
/* Contract 2.11: tokens. SHA-256 is FIPS 180-4, HMAC RFC 2104, base32 RFC 4648. */
#include <stddef.h>

/* Writes the token of a string; returns its size, at most 73 bytes. */
size_t token_make(const char *key_id, const char *key, const char *value, char *ret_text);

#endif
