#pragma once
/* What Fluent Bit and a plugin know of each other. Its headers are in no package, so the little
 * that is needed is declared here, as the host's sources have had it from 2.2 to 5.1.1. */
#include <stddef.h>

/* ---- filters: flb-filter_NAME.so has the object filter_NAME_plugin, which the host copies ---- */

enum abi_filter_result {
    ABI_FILTER_MODIFIED = 1,
    ABI_FILTER_NOTOUCH = 2,
};

struct abi_list {
    struct abi_list *prev;
    struct abi_list *next;
};

/* Hosts before 3.2 end before `notify` and take `head` for what follows; both are theirs. */
struct abi_filter_plugin {
    int event_type; /* 0: logs */
    int flags;
    char *name;
    char *description;
    void *config_map; /* NULL: the host lets every property through */
    int (*pre_run)(void *instance, void *config, void *data);
    int (*init)(void *instance, void *config, void *data); /* 0, or -1: the host does not start */
    int (*filter)(const void *data, size_t size, const char *tag, int tag_size, void **ret_data,
                  size_t *ret_size, void *instance, void *input, void *context, void *config);
    int (*exit)(void *context, void *config);
    int (*notify)(void *instance, void *config, void *data);
    struct abi_list head;
};

/* A property of an instance: in a list, of strings that end with NUL. */
struct abi_property {
    char *key;
    char *value;
    struct abi_list link;
};

/* ---- outputs: out_NAME.so has the functions FLBPlugin…, made for plugins written in Go ---- */

enum abi_flush_result {
    ABI_FLUSH_ERROR = 0, /* the host drops the chunk */
    ABI_FLUSH_OK = 1,
    ABI_FLUSH_RETRY = 2,
};

enum {
    ABI_PROXY_OUTPUT = 2,
    ABI_PROXY_GO = 11,
};

/* The beginning that all versions share: nothing behind it may be written. */
struct abi_proxy_definition {
    int type;
    int proxy;
    int flags;
    char *name;
    char *description;
};

struct abi_proxy_context {
    void *remote_context; /* what the flush gets */
    void *proxy;
};

struct abi_api {
    const char *(*output_get_property)(const char *key, void *instance);
};

/* One of these a library: the host writes a new instance into it before each init. */
struct abi_proxy_plugin {
    char *name;
    struct abi_api *api;
    void *instance;
    struct abi_proxy_context *context;
};

/* ---- functions of the host's executable ---- */

enum abi_log_level {
    ABI_LOG_ERROR = 1,
    ABI_LOG_WARN = 2,
    ABI_LOG_INFO = 3,
};

void flb_log_print(int level, const char *file, int line, const char *format, ...)
    __attribute__((weak, format(printf, 4, 5)));
const char *flb_filter_get_property(const char *key, void *instance) __attribute__((weak));
int flb_filter_set_property(void *instance, const char *key, const char *value)
    __attribute__((weak));
void flb_filter_set_context(void *instance, void *context) __attribute__((weak));
const char *flb_filter_name(void *instance) __attribute__((weak));
int flb_output_set_property(void *instance, const char *key, const char *value)
    __attribute__((weak));
const char *flb_output_name(void *instance) __attribute__((weak));
