#pragma once
/* Threads of the agent: a name, a small stack, and all signals blocked (the loop takes them). */
#include <pthread.h>

enum {
    THREAD_STACK_BYTES = 256 * 1024,
};

/* Starts `run(argument)`. `name` has at most 15 bytes. 0 or negative errno. */
int thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *), void *argument);
