#include "plugin/rsyslog/module.h"

#include <string.h>

static int mod_exit(void)
{
    return HOST_OK;
}

static int mod_id(void **ret_id)
{
    *ret_id = (void *)module_entries; /* any address of this module's own */
    return HOST_OK;
}

static int mod_type(int *ret_type)
{
    *ret_type = HOST_MODULE_OUTPUT;
    return HOST_OK;
}

static int mod_keep_type(int *ret_type)
{
    *ret_type = HOST_MODULE_NOT_KEPT;
    return HOST_OK;
}

static int mod_name(unsigned char **ret_name)
{
    *ret_name = (unsigned char *)module_name;
    return HOST_OK;
}

static int legacy_action(unsigned char **line, void **instance, struct host_requests **requests)
{
    return HOST_LEGACY_ACTION;
}

static int is_compatible(int feature)
{
    return HOST_INCOMPATIBLE;
}

static int print_instance(void *instance)
{
    return HOST_OK;
}

static const struct module_entry common_entries[] = {
    {"modExit", (host_function *)mod_exit},
    {"modGetID", (host_function *)mod_id},
    {"getType", (host_function *)mod_type},
    {"getKeepType", (host_function *)mod_keep_type},
    {"getModCnfName", (host_function *)mod_name},
    {"parseSelectorAct", (host_function *)legacy_action},
    {"isCompatibleWithFeature", (host_function *)is_compatible},
    {"dbgPrintInstInfo", (host_function *)print_instance},
    {NULL, NULL},
};

static host_function *find(const struct module_entry *entries, const char *name)
{
    for (; entries->name; entries++) {
        if (strcmp(entries->name, name) == 0)
            return entries->function;
    }
    return NULL;
}

static int query(unsigned char *name, host_function **ret_function)
{
    *ret_function = find(module_entries, (const char *)name);
    if (!*ret_function)
        *ret_function = find(common_entries, (const char *)name);
    return *ret_function ? HOST_OK : HOST_ENTRY_NOT_FOUND;
}

__attribute__((visibility("default"))) int modInit(int requested_version, int *ret_version,
                                                   host_query_function **ret_query,
                                                   host_function *host_query, void *module);

int modInit(int requested_version, int *ret_version, host_query_function **ret_query,
            host_function *host_query, void *module)
{
    *ret_version = HOST_INTERFACE_VERSION;
    *ret_query = query;
    return HOST_OK;
}
