#include "agent/command/conversation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    START_BYTES = 64 * 1024,
};

static int make_room(struct conversation *conversation)
{
    if (conversation->begin > 0) {
        conversation->filled -= conversation->begin;
        memmove(conversation->buffer, conversation->buffer + conversation->begin,
                conversation->filled);
        conversation->begin = 0;
    }
    if (conversation->filled < conversation->capacity)
        return 0;
    if (conversation->capacity >= CONVERSATION_LINE_MAX_BYTES)
        return -EMSGSIZE;
    size_t capacity = conversation->capacity > 0 ? conversation->capacity * 2 : START_BYTES;
    char *buffer = realloc(conversation->buffer, capacity);
    if (!buffer)
        return -ENOMEM;
    conversation->buffer = buffer;
    conversation->capacity = capacity;
    return 0;
}

int conversation_ask(struct conversation *conversation, const char **ret_line, size_t *ret_size)
{
    size_t searched = conversation->begin;
    for (;;) {
        char *newline =
            searched < conversation->filled
                ? memchr(conversation->buffer + searched, '\n', conversation->filled - searched)
                : NULL;
        if (newline) {
            *ret_line = conversation->buffer + conversation->begin;
            *ret_size = (size_t)(newline - *ret_line);
            conversation->begin += *ret_size + 1;
            return 1;
        }
        int r = make_room(conversation);
        if (r < 0)
            return r;
        searched = conversation->filled;
        ssize_t size = read(STDIN_FILENO, conversation->buffer + conversation->filled,
                            conversation->capacity - conversation->filled);
        if (size < 0 && errno != EINTR)
            return -errno;
        if (size == 0)
            return 0;
        conversation->filled += size > 0 ? (size_t)size : 0;
    }
}

int conversation_answer(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, text, size);
        if (written < 0 && errno != EINTR)
            return -errno;
        text += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

void conversation_finish(struct conversation *conversation)
{
    free(conversation->buffer);
    *conversation = (struct conversation){0};
}
