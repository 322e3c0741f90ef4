/* Stands in for Fluent Bit: loads a filter or an output and calls it as the host does.
 *
 *     host [--instances N] filter MODULE [NAME=VALUE…] <chunks >chunks
 *     host [--instances N] [--tries N] output MODULE [NAME=VALUE…] <chunks >results
 *
 * A chunk is its length in decimal, a newline, and its bytes. A filter's answer is the same; before
 * the length stands `touched` or `untouched`. An output's is `ok`, `retry` or `error` a chunk; one
 * that is to be tried again is flushed again until it is not. `--instances N` makes N of them and
 * gives each every chunk; `--tries N` ends the trying. The flush runs on a stack as small as a
 * coroutine's. The host's log goes to stderr. Exit code 3: the plugin refused to start. */
#include "plugin/fluent-bit/abi.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <ucontext.h>

enum {
    INSTANCES_MAX = 8,
    PROPERTIES_MAX = 32,
    STACK_BYTES = 24 * 1024,
    PADDING_WORDS = 60, /* what an instance has behind its list */
};

/* As much like the host's as the modules look at. */
struct instance {
    uint64_t front[9];
    void *context;
    struct abi_list properties;
    uint64_t back[PADDING_WORDS];
    struct abi_property pool[PROPERTIES_MAX];
    size_t pool_count;
    char name[32];
};

struct chunk {
    char *data;
    size_t size;
};

/* The host's symbols, which the modules find in this program. */
#define HOST_API __attribute__((visibility("default")))

HOST_API void flb_log_print(int level, const char *file, int line, const char *format, ...)
{
    static const char *const levels[] = {"off", "error", "warn", "info"};
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "[%s] ", levels[level & 3]);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static const char *get_property(const char *key, void *instance)
{
    struct abi_list *head = &((struct instance *)instance)->properties;
    for (struct abi_list *link = head->next; link != head; link = link->next) {
        struct abi_property *property =
            (struct abi_property *)((char *)link - offsetof(struct abi_property, link));
        if (strcasecmp(property->key, key) == 0)
            return property->value;
    }
    return NULL;
}

static int set_property(void *instance, const char *key, const char *value)
{
    struct instance *one = instance;
    if (one->pool_count == PROPERTIES_MAX)
        return -1;
    struct abi_property *property = &one->pool[one->pool_count++];
    struct abi_list *head = &one->properties;
    *property = (struct abi_property){strdup(key), strdup(value), {head->prev, head}};
    head->prev->next = &property->link;
    head->prev = &property->link;
    return 0;
}

HOST_API const char *flb_filter_get_property(const char *key, void *instance)
{
    return get_property(key, instance);
}

HOST_API int flb_filter_set_property(void *instance, const char *key, const char *value)
{
    return set_property(instance, key, value);
}

HOST_API int flb_output_set_property(void *instance, const char *key, const char *value)
{
    return set_property(instance, key, value);
}

HOST_API void flb_filter_set_context(void *instance, void *context)
{
    ((struct instance *)instance)->context = context;
}

HOST_API const char *flb_filter_name(void *instance)
{
    return ((struct instance *)instance)->name;
}

HOST_API const char *flb_output_name(void *instance)
{
    return ((struct instance *)instance)->name;
}

static struct instance *instance_new(unsigned number, char **properties)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        abort();
    instance->properties = (struct abi_list){&instance->properties, &instance->properties};
    snprintf(instance->name, sizeof instance->name, "blotter.%u", number);
    for (; *properties; properties++) {
        char *copy = strdup(*properties);
        char *value = strchr(copy, '=');
        if (value)
            *value++ = '\0';
        if (value)
            set_property(instance, copy, value);
        free(copy);
    }
    return instance;
}

static void instance_free(struct instance *instance)
{
    for (size_t i = 0; i < instance->pool_count; i++) {
        free(instance->pool[i].key);
        free(instance->pool[i].value);
    }
    free(instance);
}

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

static void filter_chunk(const struct abi_filter_plugin *plugin, struct instance *instance,
                         const struct chunk *chunk)
{
    void *output = NULL;
    size_t size = 0;
    int r = plugin->filter(chunk->data, chunk->size, "test", 4, &output, &size, instance, NULL,
                           instance->context, NULL);
    bool touched = r == ABI_FILTER_MODIFIED;
    printf("%s %zu\n", touched ? "touched" : "untouched", touched ? size : chunk->size);
    fwrite(touched ? output : chunk->data, 1, touched ? size : chunk->size, stdout);
    if (touched)
        free(output);
}

static int run_filter(void *module, struct instance **instances, unsigned count)
{
    struct abi_filter_plugin plugin;
    struct chunk chunk;
    memcpy(&plugin, symbol(module, "filter_blotter_plugin"), sizeof plugin);
    for (unsigned i = 0; i < count; i++) {
        if (plugin.init(instances[i], NULL, NULL) != 0)
            return 3;
    }
    while (read_chunk(&chunk)) {
        for (unsigned i = 0; i < count; i++)
            filter_chunk(&plugin, instances[i], &chunk);
        free(chunk.data);
    }
    for (unsigned i = 0; i < count; i++)
        plugin.exit(instances[i]->context, NULL);
    return 0;
}

/* ---- outputs ---- */

struct flush {
    int (*function)(void *context, const void *data, size_t size, char *tag);
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
        flushing.function(flushing.context, flushing.chunk->data, flushing.chunk->size, tag);
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

static int run_output(void *module, struct instance **instances, unsigned count, unsigned tries)
{
    static const char *const results[] = {"error", "ok", "retry"};
    struct abi_proxy_context contexts[INSTANCES_MAX] = {0};
    struct abi_api api = {get_property};
    struct abi_proxy_definition definition = {0};
    struct abi_proxy_plugin plugin = {.api = &api};
    int (*reg)(struct abi_proxy_definition *);
    int (*init)(struct abi_proxy_plugin *);
    int (*leave)(void *);
    struct chunk chunk;
    /* As dlsym(3) says that it is done. */
    *(void **)&reg = symbol(module, "FLBPluginRegister");
    *(void **)&init = symbol(module, "FLBPluginInit");
    *(void **)&leave = symbol(module, "FLBPluginExitCtx");
    *(void **)&flushing.function = symbol(module, "FLBPluginFlushCtx");
    if (reg(&definition) != 0 || strcmp(definition.name, "blotter") != 0)
        return 1;
    for (unsigned i = 0; i < count; i++) {
        plugin.instance = instances[i];
        plugin.context = &contexts[i];
        if (init(&plugin) <= 0)
            return 3;
    }
    while (read_chunk(&chunk)) {
        for (unsigned i = 0; i < count; i++) {
            flushing.context = contexts[i].remote_context;
            flushing.chunk = &chunk;
            unsigned left = tries;
            int result;
            do {
                result = flush_on_small_stack();
                printf("%s\n", results[result]);
                fflush(stdout);
            } while (result == ABI_FLUSH_RETRY && --left > 0);
        }
        free(chunk.data);
    }
    for (unsigned i = 0; i < count; i++)
        leave(contexts[i].remote_context);
    return 0;
}

int main(int count, char **arguments)
{
    unsigned instance_count = 1;
    unsigned tries = 1;
    struct instance *instances[INSTANCES_MAX];
    arguments++;
    for (; count > 2 && arguments[0] && strncmp(arguments[0], "--", 2) == 0; arguments += 2) {
        unsigned number = (unsigned)atoi(arguments[1]);
        if (strcmp(arguments[0], "--tries") == 0)
            tries = number;
        else
            instance_count = number < INSTANCES_MAX ? number : INSTANCES_MAX;
    }
    if (!arguments[0] || !arguments[1])
        return 64;
    void *module = dlopen(arguments[1], RTLD_LAZY);
    if (!module) {
        fprintf(stderr, "host: %s\n", dlerror());
        return 1;
    }
    for (unsigned i = 0; i < instance_count; i++)
        instances[i] = instance_new(i, arguments + 2);
    int r = strcmp(arguments[0], "filter") == 0
                ? run_filter(module, instances, instance_count)
                : run_output(module, instances, instance_count, tries);
    for (unsigned i = 0; i < instance_count; i++)
        instance_free(instances[i]);
    return r;
}
