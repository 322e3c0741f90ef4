/* Stands in for Fluent Bit: loads a filter or an output and calls it as the host does.
 *
 *     host [OPTION…] filter MODULE [NAME=VALUE…] <chunks >chunks
 *     host [OPTION…] output MODULE [NAME=VALUE…] <chunks >results
 *
 * A chunk is its length in decimal, a newline, and its bytes. A filter's answer is the same; before
 * the length stands `touched` or `untouched`. An output's is `ok`, `retry` or `error` a chunk; one
 * that is to be tried again is flushed again until it is not. The flush runs on a stack as small as
 * a coroutine's. The host's log goes to stderr. Exit code 3: the plugin refused to start.
 *
 *     --instances N    N of them; each gets every chunk
 *     --tries N        ends the trying
 *     --reload N       a hot reload after every N chunks: the module is loaded once more, the old
 *                      instances end, new ones begin
 *     --threads 1      each filter on a thread of its own at the same time: an input's processor */
#include "test/fluent_bit/instance.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum {
    INSTANCES_MAX = 8,
    STACK_BYTES = 24 * 1024,
    EXIT_REFUSED = 3,
};

struct chunk {
    char *data;
    size_t size;
};

struct request {
    const char *path;
    char **properties;
    unsigned instances;
    unsigned tries;
    unsigned reload;
    unsigned threads;
};

/* A module and its instances, from one reload to the next. */
struct running {
    const struct request *request;
    void *module;
    struct instance *instances[INSTANCES_MAX];
    struct abi_filter_plugin filter;
    struct abi_proxy_context contexts[INSTANCES_MAX];
    int (*init)(struct abi_proxy_plugin *plugin);
    int (*flush)(void *context, const void *data, size_t size, char *tag);
    int (*leave)(void *context);
};

struct kind {
    void (*load)(struct running *running);
    bool (*start)(struct running *running, unsigned number);
    void (*handle)(struct running *running, const struct chunk *chunk);
    void (*end)(struct running *running, unsigned number);
};

static bool read_chunk(struct chunk *chunk)
{
    unsigned long size;
    if (scanf("%lu", &size) != 1 || getchar() != '\n')
        return false;
    *chunk = (struct chunk){malloc(size + 1), size};
    if (!chunk->data || fread(chunk->data, 1, size, stdin) != size)
        abort();
    return true;
}

static void *symbol(void *module, const char *name)
{
    void *found = dlsym(module, name);
    if (!found) {
        fprintf(stderr, "host: %s\n", dlerror());
        exit(1);
    }
    return found;
}

/* ---- filters ---- */

static void load_filter(struct running *running)
{
    memcpy(&running->filter, symbol(running->module, "filter_blotter_plugin"),
           sizeof running->filter);
}

static bool start_filter(struct running *running, unsigned number)
{
    return running->filter.init(running->instances[number], NULL, NULL) == 0;
}

/* One call, and what came of it. */
struct call {
    const struct running *running;
    struct instance *instance;
    const struct chunk *chunk;
    bool touched;
    void *output;
    size_t size;
};

static void *call_filter(void *argument)
{
    struct call *call = argument;
    int r = call->running->filter.filter(call->chunk->data, call->chunk->size, "test", 4,
                                         &call->output, &call->size, call->instance, NULL,
                                         call->instance->context, NULL);
    call->touched = r == ABI_FILTER_MODIFIED;
    return NULL;
}

static void print_call(struct call *call)
{
    size_t size = call->touched ? call->size : call->chunk->size;
    printf("%s %zu\n", call->touched ? "touched" : "untouched", size);
    fwrite(call->touched ? call->output : call->chunk->data, 1, size, stdout);
    if (call->touched)
        free(call->output);
}

static void handle_filter(struct running *running, const struct chunk *chunk)
{
    unsigned count = running->request->instances;
    struct call calls[INSTANCES_MAX];
    pthread_t threads[INSTANCES_MAX];
    for (unsigned i = 0; i < count; i++) {
        calls[i] = (struct call){running, running->instances[i], chunk, false, NULL, 0};
        if (!running->request->threads)
            call_filter(&calls[i]);
        else if (pthread_create(&threads[i], NULL, call_filter, &calls[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < count; i++) {
        if (running->request->threads)
            pthread_join(threads[i], NULL);
        print_call(&calls[i]);
    }
}

static void end_filter(struct running *running, unsigned number)
{
    running->filter.exit(running->instances[number]->context, NULL);
}

/* ---- outputs ---- */

static void load_output(struct running *running)
{
    struct abi_proxy_definition definition = {0};
    int (*reg)(struct abi_proxy_definition *);
    /* As dlsym(3) says that it is done. */
    *(void **)&reg = symbol(running->module, "FLBPluginRegister");
    *(void **)&running->init = symbol(running->module, "FLBPluginInit");
    *(void **)&running->leave = symbol(running->module, "FLBPluginExitCtx");
    *(void **)&running->flush = symbol(running->module, "FLBPluginFlushCtx");
    if (reg(&definition) != 0 || strcmp(definition.name, "blotter") != 0)
        exit(1);
}

/* The host has one such plugin a library, and overwrites it for each instance. */
static bool start_output(struct running *running, unsigned number)
{
    struct abi_api api = {instance_property};
    struct abi_proxy_plugin plugin = {
        .api = &api,
        .instance = running->instances[number],
        .context = &running->contexts[number],
    };
    return running->init(&plugin) > 0;
}

struct flush {
    struct running *running;
    void *context;
    const struct chunk *chunk;
    int result;
};

static ucontext_t caller;
static ucontext_t coroutine;
static struct flush flushing;

static void enter(void)
{
    char tag[] = "test";
    flushing.result =
        flushing.running->flush(flushing.context, flushing.chunk->data, flushing.chunk->size, tag);
}

/* With a page that may not be touched below the stack. */
static int flush_on_small_stack(void)
{
    size_t page = 4096;
    char *memory =
        mmap(NULL, page + STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) < 0)
        abort();
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = memory + page;
    coroutine.uc_stack.ss_size = STACK_BYTES;
    coroutine.uc_link = &caller;
    makecontext(&coroutine, enter, 0);
    swapcontext(&caller, &coroutine);
    munmap(memory, page + STACK_BYTES);
    return flushing.result;
}

static void handle_output(struct running *running, const struct chunk *chunk)
{
    static const char *const results[] = {"error", "ok", "retry"};
    for (unsigned i = 0; i < running->request->instances; i++) {
        unsigned left = running->request->tries;
        int result;
        flushing = (struct flush){running, running->contexts[i].remote_context, chunk, 0};
        do {
            result = flush_on_small_stack();
            printf("%s\n", results[result]);
            fflush(stdout);
        } while (result == ABI_FLUSH_RETRY && --left > 0);
    }
}

static void end_output(struct running *running, unsigned number)
{
    running->leave(running->contexts[number].remote_context);
}

/* ---- both ---- */

static struct running *load(const struct kind *kind, const struct request *request)
{
    struct running *running = calloc(1, sizeof *running);
    if (!running)
        abort();
    running->request = request;
    running->module = dlopen(request->path, RTLD_LAZY);
    if (!running->module) {
        fprintf(stderr, "host: %s\n", dlerror());
        exit(1);
    }
    for (unsigned i = 0; i < request->instances; i++)
        running->instances[i] = instance_new(i, request->properties);
    kind->load(running);
    return running;
}

static bool start(const struct kind *kind, struct running *running)
{
    for (unsigned i = 0; i < running->request->instances; i++) {
        if (!kind->start(running, i))
            return false;
    }
    return true;
}

static void unload(struct running *running)
{
    for (unsigned i = 0; i < running->request->instances; i++)
        instance_free(running->instances[i]);
    dlclose(running->module);
    free(running);
}

static void end(const struct kind *kind, struct running *running)
{
    for (unsigned i = 0; i < running->request->instances; i++)
        kind->end(running, i);
    unload(running);
}

static int run(const struct kind *kind, const struct request *request)
{
    struct running *running = load(kind, request);
    struct chunk chunk;
    bool started = start(kind, running);
    for (unsigned handled = 0; started && read_chunk(&chunk); handled++) {
        if (request->reload > 0 && handled > 0 && handled % request->reload == 0) {
            struct running *next = load(kind, request);
            end(kind, running);
            running = next;
            started = start(kind, running);
        }
        if (started)
            kind->handle(running, &chunk);
        free(chunk.data);
    }
    if (started)
        end(kind, running);
    else
        unload(running);
    return started ? 0 : EXIT_REFUSED;
}

static unsigned *option(struct request *request, const char *name)
{
    return strcmp(name, "--tries") == 0     ? &request->tries
           : strcmp(name, "--reload") == 0  ? &request->reload
           : strcmp(name, "--threads") == 0 ? &request->threads
                                            : &request->instances;
}

int main(int count, char **arguments)
{
    static const struct kind filter = {load_filter, start_filter, handle_filter, end_filter};
    static const struct kind output = {load_output, start_output, handle_output, end_output};
    struct request request = {.instances = 1, .tries = 1};
    arguments++;
    for (; count > 2 && arguments[0] && strncmp(arguments[0], "--", 2) == 0; arguments += 2)
        *option(&request, arguments[0]) = (unsigned)atoi(arguments[1]);
    if (!arguments[0] || !arguments[1] || request.instances > INSTANCES_MAX)
        return 64;
    request.path = arguments[1];
    request.properties = arguments + 2;
    return run(strcmp(arguments[0], "filter") == 0 ? &filter : &output, &request);
}
