#include "agent/token_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By read(2): a stream would keep a copy in a buffer that nobody wipes. */
static int read_file(const char *path, struct token_key_bytes *key)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = 0;
    while (key->size < sizeof(key->data)) {
        ssize_t size = read(fd, key->data + key->size, sizeof(key->data) - key->size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) {
            r = size < 0 ? -errno : 0;
            break;
        }
        key->size += (size_t)size;
    }
    close(fd);
    return r;
}

static bool is_given(const char *text)
{
    return text && *text;
}

int token_key_read(const char *path, const char *variable, struct token_key_bytes *ret_key)
{
    const char *value = is_given(variable) ? getenv(variable) : NULL;
    if (is_given(path) && is_given(variable))
        return -E2BIG;
    if (!is_given(path) && !value)
        return -ENOKEY;
    struct token_key_bytes key = {.size = 0};
    int r = 0;
    if (is_given(path)) {
        r = read_file(path, &key);
    } else {
        key.size = strlen(value);
        key.size = key.size < sizeof(key.data) ? key.size : sizeof(key.data);
        memcpy(key.data, value, key.size);
    }
    if (r == 0 && key.size > TOKEN_KEY_FILE_BYTES_MAX)
        r = -E2BIG;
    if (r == 0 && key.size > 0 && key.data[key.size - 1] == '\n')
        key.size--;
    if (r == 0)
        *ret_key = key;
    token_key_wipe(&key);
    return r;
}

void token_key_wipe(struct token_key_bytes *key)
{
    explicit_bzero(key, sizeof(*key));
}
