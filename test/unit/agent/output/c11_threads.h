#pragma once
/* librdkafka starts its threads with thrd_create(), which the thread sanitizer does not intercept:
 * the first allocation on such a thread crashes it. These take the place of glibc's and go through
 * pthread_create(), which it does. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct c11_start {
    thrd_start_t function;
    void *argument;
};

static void *c11_run(void *data)
{
    struct c11_start start = *(struct c11_start *)data;
    free(data);
    return (void *)(intptr_t)start.function(start.argument);
}

__attribute__((visibility("default"))) int thrd_create(thrd_t *thread, thrd_start_t function,
                                                       void *argument)
{
    struct c11_start *start = malloc(sizeof(*start));
    if (!start)
        return thrd_nomem;
    *start = (struct c11_start){function, argument};
    if (pthread_create(thread, NULL, c11_run, start) == 0)
        return thrd_success;
    free(start);
    return thrd_error;
}

__attribute__((visibility("default"))) int thrd_join(thrd_t thread, int *ret_result)
{
    void *result;
    if (pthread_join(thread, &result) != 0)
        return thrd_error;
    if (ret_result)
        *ret_result = (int)(intptr_t)result;
    return thrd_success;
}
