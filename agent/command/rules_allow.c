/* An allow list with values in it would be one more place that holds them, and a plain hash of a
 * card number is searched in minutes: so the list has HMACs, the same that tokens are. */
#include "agent/command/rules_allow.h"

#include "agent/token_key.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

enum {
    VALUE_BYTES_MAX = 65536,
    DIGITS_MIN = 12,
    DIGITS_MAX = 19,
    KEY_BYTES_MIN = 16,
    KEY_ID_MAX = 16,
    DIGEST_BYTES = 32,
    CODE_BYTES = 52, /* base32 of 256 bits, without padding */
};

/* A number in groups is hashed by its digits alone, as tokens are. Returns the size. */
static size_t strip_groups(char *value, size_t size)
{
    size_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (value[i] >= '0' && value[i] <= '9')
            digits++;
        else if (!strchr(" -.\t", value[i]) || !value[i])
            return size;
    }
    if (digits < DIGITS_MIN || digits > DIGITS_MAX)
        return size;
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (value[i] >= '0' && value[i] <= '9')
            value[kept++] = value[i];
    }
    return kept;
}

/* RFC 4648, upper case, no padding. */
static void write_base32(const unsigned char *bytes, char *code)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 5; held -= 5)
            *code++ = alphabet[bits >> (held - 5) & 31];
    }
    if (held > 0)
        *code++ = alphabet[bits << (5 - held) & 31];
    *code = '\0';
}

/* Reads to the end, of a terminal to the end of the line; what is typed there is not shown. Returns
 * the size of the one line that there is, or -1. */
static ssize_t read_value(char *value)
{
    struct termios before, silent;
    bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs("value (not shown): ", stderr);
    }
    size_t size = 0;
    ssize_t got = 0;
    while (size <= VALUE_BYTES_MAX && !(is_terminal && memchr(value, '\n', size)) &&
           (got = read(STDIN_FILENO, value + size, VALUE_BYTES_MAX + 1 - size)) > 0)
        size += (size_t)got;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    const char *newline = memchr(value, '\n', size);
    if (got < 0 || size > VALUE_BYTES_MAX || (newline && newline + 1 < value + size))
        return -1;
    size = newline ? (size_t)(newline - value) : size;
    return (ssize_t)(size - (newline && size > 0 && value[size - 1] == '\r'));
}

static const char *check_key(const char *id, int error, const struct token_key_bytes *key)
{
    if (!id || strlen(id) > KEY_ID_MAX || !*id ||
        strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(id))
        return "allow needs --token-id, 1–16 of a–z 0–9: the one that the configuration has";
    if (error == -ENOKEY)
        return "allow needs --token-key-file, or --token-key-env with a variable that is set";
    if (error < 0)
        return "the key of tokens cannot be read";
    return key->size < KEY_BYTES_MIN ? "the key of tokens has fewer than 16 bytes" : NULL;
}

int rules_allow_run(const char *token_id, const char *token_file, const char *token_variable)
{
    struct token_key_bytes key = {.size = 0};
    char value[VALUE_BYTES_MAX + 1], code[CODE_BYTES + 1];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size;
    int error = token_id ? token_key_read(token_file, token_variable, &key) : 0;
    const char *wrong = check_key(token_id, error, &key);
    int code_of_exit = EX_USAGE;
    ssize_t size = wrong ? 0 : read_value(value);
    if (!wrong && size < 0) {
        wrong = "stdin has more than one line or 64 KiB, or cannot be read: send one value";
        code_of_exit = EX_DATAERR;
    } else if (!wrong && size == 0) {
        wrong = "stdin has no value: send one line";
        code_of_exit = EX_DATAERR;
    } else if (!wrong && !HMAC(EVP_sha256(), key.data, (int)key.size, (unsigned char *)value,
                               strip_groups(value, (size_t)size), digest, &digest_size)) {
        wrong = "libcrypto cannot make the hash";
        code_of_exit = EX_OSERR;
    }
    token_key_wipe(&key);
    explicit_bzero(value, sizeof(value));
    if (wrong) {
        fprintf(stderr, "blotter rules: %s\n", wrong);
        return code_of_exit;
    }
    write_base32(digest, code);
    printf("tok_%s_%s\n", token_id, code);
    return 0;
}
