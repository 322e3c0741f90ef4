#pragma once
/* A conversation with the program that started this one: a line comes on stdin, a line goes back on
 * stdout. One thread. */
#include <stddef.h>

enum {
    CONVERSATION_LINE_MAX_BYTES = 64 * 1024 * 1024,
};

/* Zero-initialized; conversation_finish gives the memory back. */
struct conversation {
    char *buffer;
    size_t capacity;
    size_t filled;
    size_t begin; /* of what was not asked for yet */
};

/* The next line, without its newline, until the next call. 1, 0 at the end (a last line without a
 * newline is none: the other side died within it), -EMSGSIZE for a line above the maximum, or what
 * read(2) or malloc give. */
int conversation_ask(struct conversation *conversation, const char **ret_line, size_t *ret_size);
/* Writes all of it. 0 or negative errno. */
int conversation_answer(const char *text, size_t size);
void conversation_finish(struct conversation *conversation);
