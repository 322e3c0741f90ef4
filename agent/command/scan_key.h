#pragma once
/* Prints of what was found: HMAC-SHA-256 under a key of the user, over the rule's id and the bytes
 * found. Without the key nobody can try numbers against a baseline or a report. Immutable once
 * made. */
#include <stddef.h>

enum {
    SCAN_KEY_BYTES_MIN = 16,
    SCAN_PRINT_BYTES = 32,
    SCAN_PRINT_HEX = 2 * SCAN_PRINT_BYTES,
    SCAN_KEY_ID_HEX = 16,
};

struct scan_key;

struct scan_print {
    char hex[SCAN_PRINT_HEX + 1];
};

/* Reads the key from a file; newlines at its end are not part of it. 0; -EINVAL: shorter than 16
 * bytes; another negative errno. */
int scan_key_read(const char *path, struct scan_key **ret_key);
struct scan_key *scan_key_free(struct scan_key *key);
/* Tells keys apart without giving them away. */
const char *scan_key_id(const struct scan_key *key);
/* Any thread. */
void scan_key_print(const struct scan_key *key, const char *rule, const char *text, size_t size,
                    struct scan_print *ret_print);
