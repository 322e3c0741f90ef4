#include "test/fluent_bit/instance.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

const char *instance_property(const char *key, void *instance)
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
    if (one->pool_count == INSTANCE_PROPERTIES_MAX)
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
    return instance_property(key, instance);
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

struct instance *instance_new(unsigned number, char **properties)
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

void instance_free(struct instance *instance)
{
    for (size_t i = 0; i < instance->pool_count; i++) {
        free(instance->pool[i].key);
        free(instance->pool[i].value);
    }
    free(instance);
}
