#include "test/reference/token.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    BLOCK = 64,
    DIGEST = 32,
    MESSAGE_MOST = 512,
};

/* The first 32 bits of the fraction of a number. */
static uint32_t fraction(long double number)
{
    return (uint32_t)((number - floorl(number)) * 4294967296.0L);
}

static int is_prime(int number)
{
    for (int i = 2; i * i <= number; i++) {
        if (number % i == 0) {
            return 0;
        }
    }
    return 1;
}

static uint32_t turn(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

/* FIPS 180-4, 6.2.2, steps 1 to 4. */
static void hash_block(const unsigned char *block, const uint32_t constants[64], uint32_t hash[8])
{
    uint32_t w[64];
    uint32_t v[8]; /* a to h */
    for (int t = 0; t < 64; t++) {
        if (t < 16) {
            w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
                   (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
            continue;
        }
        uint32_t x = w[t - 15];
        uint32_t y = w[t - 2];
        w[t] = (turn(y, 17) ^ turn(y, 19) ^ y >> 10) + w[t - 7] +
               (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[t - 16];
    }
    memcpy(v, hash, sizeof v);
    for (int t = 0; t < 64; t++) {
        uint32_t t1 = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) +
                      ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[t] + w[t];
        uint32_t t2 = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) +
                      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) {
        hash[i] += v[i];
    }
}

static void sha256(const unsigned char *message, size_t size, unsigned char ret_digest[DIGEST])
{
    unsigned char padded[MESSAGE_MOST + 2 * BLOCK] = {0};
    size_t padded_size = (size + 8) / BLOCK * BLOCK + BLOCK;
    uint32_t constants[64];
    uint32_t hash[8];
    /* 4.2.2 and 5.3.3: of the cube and square roots of the first primes. */
    for (int i = 0, prime = 2; i < 64; prime++) {
        if (is_prime(prime)) {
            constants[i] = fraction(cbrtl(prime));
            if (i < 8) {
                hash[i] = fraction(sqrtl(prime));
            }
            i++;
        }
    }
    memcpy(padded, message, size);
    padded[size] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        padded[padded_size - 1 - i] = (unsigned char)((uint64_t)size * 8 >> 8 * i);
    }
    for (size_t i = 0; i < padded_size; i += BLOCK) {
        hash_block(padded + i, constants, hash);
    }
    for (size_t i = 0; i < DIGEST; i++) {
        ret_digest[i] = (unsigned char)(hash[i / 4] >> (24 - 8 * (i % 4)));
    }
}

/* RFC 2104, of a key of at most a block. */
static void hmac(const char *key, const char *value, unsigned char ret_digest[DIGEST])
{
    unsigned char inner[MESSAGE_MOST] = {0};
    unsigned char outer[BLOCK + DIGEST] = {0};
    memcpy(inner, key, strlen(key));
    memcpy(outer, key, strlen(key));
    for (int i = 0; i < BLOCK; i++) {
        inner[i] ^= 0x36;
        outer[i] ^= 0x5C;
    }
    memcpy(inner + BLOCK, value, strlen(value));
    sha256(inner, BLOCK + strlen(value), outer + BLOCK);
    sha256(outer, sizeof outer, ret_digest);
}

size_t token_make(const char *key_id, const char *key, const char *value, char *ret_text)
{
    unsigned char digest[DIGEST + 1] = {0};
    int size = sprintf(ret_text, "tok_%s_", key_id);
    hmac(key, value, digest);
    for (int bit = 0; bit < 8 * DIGEST; bit += 5) {
        unsigned two = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];
        ret_text[size++] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[two >> (11 - bit % 8) & 31];
    }
    return (size_t)size;
}
