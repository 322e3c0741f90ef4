#include "agent/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *), void *argument)
{
    pthread_attr_t attributes;
    int r = pthread_attr_init(&attributes);
    if (r > 0)
        return -r;
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t thread;
    r = pthread_create(&thread, &attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    if (r > 0)
        return -r;
    pthread_setname_np(thread, name);
    *ret_thread = thread;
    return 0;
}
