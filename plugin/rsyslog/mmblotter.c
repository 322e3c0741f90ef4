/* mmblotter: a message-modification module for rsyslogd, which redacts a message's properties where
 * they are, so that every action after it gets clean ones.
 *
 * rsyslogd passes a message on, as it is, after any error of such a module (measured with 8.2302:
 * results -6, -2002, -2006, -2007), and leaves an action out that cannot be made. So this module
 * answers OK always: what fails overwrites the message, and an action with wrong parameters is made
 * all the same and withholds every message. The error is logged, which with abortOnUncleanConfig
 * keeps rsyslogd from starting. */
#include "plugin/rsyslog/module.h"
#include "plugin/rsyslog/parameters.h"
#include "plugin/rsyslog/property.h"
#include "plugin/rsyslog/rules.h"
#include "plugin/rsyslog/worker.h"
#include "rules/blotter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MODULE "mmblotter"

enum on_error {
    ON_ERROR_WITHHOLD,
    ON_ERROR_DROP,
    ON_ERROR_MARK,
};
static const char *const on_error_words[] = {"withhold", "drop", "mark", NULL};

/* An action. Read-only after it is made, but for the counters. */
struct instance {
    struct blot_ruleset *rules; /* NULL: every message is withheld */
    struct property_table properties;
    struct counters counters;
    enum on_error on_error;
    size_t limit_bytes; /* 0: ask rsyslogd */
};

/* One thread of an action. */
struct thread {
    struct instance *instance;
    struct worker worker;
    struct property_cache cache;
    size_t limit_bytes;
};

static struct host_parameter parameter_list[] = {
    RULES_PARAMETERS,
    {"fields", HOST_TYPE_ARRAY, 0},
    {"onError", HOST_TYPE_WORD, 0},
    {"messageLimit", HOST_TYPE_SIZE, 0},
};
static struct host_parameters parameters = {
    .version = 1,
    .count = sizeof(parameter_list) / sizeof(parameter_list[0]),
    .list = parameter_list,
};

static int read_fields(const struct host_value *value, unsigned *ret_wanted)
{
    struct names names;
    unsigned wanted = 0;
    int r = parameters_names(value, &names);
    for (size_t i = 0; r == 0 && i < names.count; i++) {
        int id = parameters_word(MODULE, "fields", names.items[i], property_names);
        if (id == PROPERTY_COUNT)
            id = PROPERTY_SYSLOGTAG;
        if (id < 0)
            r = -EINVAL;
        else
            wanted |= 1U << id;
    }
    parameters_names_free(&names);
    *ret_wanted = value ? wanted : (1U << PROPERTY_COUNT) - 1;
    return r;
}

static int read_on_error(const struct host_value *value, enum on_error *ret_on_error)
{
    char *word = value ? es_str2cstr(value->data.string, NULL) : strdup(on_error_words[0]);
    int index = word ? parameters_word(MODULE, "onError", word, on_error_words) : -1;
    free(word);
    *ret_on_error = index < 0 ? ON_ERROR_WITHHOLD : (enum on_error)index;
    return index < 0 ? -EINVAL : 0;
}

/* Parameters of rsyslogd's actions with which the next action would get the message raw: a queue or
 * a copy, since what is redacted is then another message, and conditions under which this action is
 * left out. Each with the value that is none. */
static const struct {
    const char *name, *harmless, *wrong;
} host_parameters[] = {
    {"queue.type", "direct", "a queue gives the next actions the raw message"},
    {"action.copyMsg", "off", "a copy leaves the next actions the raw message"},
    {"action.execOnlyWhenPreviousIsSuspended", "off", "messages would pass by this action"},
    {"action.execOnlyEveryNthTime", "0", "messages would pass by this action"},
    {"action.execOnlyOnceEveryInterval", "0", "messages would pass by this action"},
};

static int check_host_parameters(const struct host_pair *pairs)
{
    int result = 0;
    for (size_t i = 0; i < sizeof(host_parameters) / sizeof(host_parameters[0]); i++) {
        char *value = parameters_host_value(pairs, host_parameters[i].name);
        if (value && strcasecmp(value, host_parameters[i].harmless) != 0) {
            LogError(0, HOST_PARAMETER_ERROR, MODULE ": %s: %s: leave it out",
                     host_parameters[i].name, host_parameters[i].wrong);
            result = -EINVAL;
        }
        free(value);
    }
    return result;
}

/* All that is wrong is logged in one go. */
static int configure(struct instance *instance, struct host_pair *pairs)
{
    struct host_setting *settings = parameters_read(MODULE, pairs, &parameters);
    unsigned wanted = 0;
    if (!settings)
        return -EINVAL;
    const struct host_value *limit = parameters_get(settings, &parameters, "messageLimit");
    instance->limit_bytes = limit ? (size_t)limit->data.number : 0;
    int fields = read_fields(parameters_get(settings, &parameters, "fields"), &wanted);
    int on_error =
        read_on_error(parameters_get(settings, &parameters, "onError"), &instance->on_error);
    int rules = rules_read(MODULE, settings, &parameters, &instance->rules);
    int host = check_host_parameters(pairs);
    instance->properties.wanted = wanted;
    cnfparamvalsDestruct(settings, &parameters);
    return fields < 0 ? fields : on_error < 0 ? on_error : host < 0 ? host : rules;
}

static int free_instance(void *data)
{
    struct instance *instance = data;
    if (!instance)
        return HOST_OK;
    counters_finish(&instance->counters);
    property_table_finish(&instance->properties);
    blot_ruleset_free(instance->rules);
    free(instance);
    return HOST_OK;
}

static void prepare(struct instance *instance, struct host_pair *pairs)
{
    char *name = parameters_host_value(pairs, "name");
    int r = configure(instance, pairs);
    unsigned wanted = instance->properties.wanted;
    if (property_table_init(&instance->properties, wanted) < 0)
        r = -EINVAL;
    if (counters_init(&instance->counters, MODULE, name ? name : MODULE, instance->rules) < 0)
        r = -ENOMEM;
    if (r < 0) {
        LogError(0, HOST_PARAMETER_ERROR,
                 MODULE ": the action cannot be used as it is written: every message is withheld");
        instance->rules = blot_ruleset_free(instance->rules);
    }
    free(name);
}

static int new_instance(unsigned char *name, struct host_pair *pairs, void **ret_instance,
                        struct host_requests **ret_requests)
{
    struct host_requests *requests = NULL;
    struct instance *instance = calloc(1, sizeof(*instance));
    if (!instance || OMSRconstruct(&requests, 1) != HOST_OK) {
        free(instance);
        LogError(0, HOST_OUT_OF_MEMORY, MODULE ": no memory for the action");
        return HOST_OUT_OF_MEMORY;
    }
    OMSRsetEntry(requests, 0, NULL, HOST_REQUEST_MESSAGE);
    prepare(instance, pairs);
    *ret_instance = instance;
    *ret_requests = requests;
    return HOST_OK;
}

static int new_thread(void **ret_thread, void *data)
{
    struct instance *instance = data;
    struct thread *thread = calloc(1, sizeof(*thread));
    if (!thread) {
        *ret_thread = NULL; /* do_action withholds; rsyslogd asks again with the next message */
        return HOST_OK;
    }
    thread->instance = instance;
    worker_init(&thread->worker, instance->rules, &instance->counters);
    thread->limit_bytes = instance->limit_bytes;
    if (thread->limit_bytes == 0 && glblGetMaxLine)
        thread->limit_bytes = (size_t)glblGetMaxLine(&runConf ? runConf : NULL);
    *ret_thread = thread;
    return HOST_OK;
}

static int free_thread(void *data)
{
    struct thread *thread = data;
    if (thread)
        worker_finish(&thread->worker);
    free(thread);
    return HOST_OK;
}

static void withhold(struct instance *instance, struct host_message *message)
{
    bool is_dropped = instance->on_error == ON_ERROR_DROP;
    property_withhold_all(&instance->properties, message, is_dropped ? "" : "[WITHHELD error]");
    if (instance->on_error != ON_ERROR_WITHHOLD)
        property_mark(message, on_error_words[instance->on_error]);
    counters_add(&instance->counters.withheld, 1);
}

/* A rule with the action drop_record. */
static void drop(struct instance *instance, struct host_message *message)
{
    property_withhold_all(&instance->properties, message, "");
    property_mark(message, "drop");
    counters_add(&instance->counters.redacted, 1);
}

static int do_action(void *data, void *worker)
{
    struct host_message *message = ((struct host_message **)data)[0];
    struct thread *thread = worker;
    if (!thread) {
        property_withhold_all(NULL, message, "[WITHHELD error]");
        return HOST_OK;
    }
    struct instance *instance = thread->instance;
    int r = -ENODATA;
    thread->worker.effects = 0;
    if (instance->rules)
        r = property_redact_all(&instance->properties, &thread->worker, &thread->cache, message,
                                thread->limit_bytes);
    if (thread->worker.effects & BLOT_DROP_RECORD) {
        drop(instance, message); /* also when what a rule left of a tree could not be put back */
    } else if (r < 0) {
        withhold(instance, message);
    } else if (r == WORKER_REPLACED) {
        if (thread->worker.effects & BLOT_QUARANTINE)
            property_mark(message, "quarantine");
        counters_add(&instance->counters.redacted, 1);
    }
    return HOST_OK;
}

static int try_resume(void *thread)
{
    return HOST_OK;
}

const char module_name[] = MODULE;
const struct module_entry module_entries[] = {
    {"newActInst", (host_function *)new_instance},
    {"freeInstance", (host_function *)free_instance},
    {"createWrkrInstance", (host_function *)new_thread},
    {"freeWrkrInstance", (host_function *)free_thread},
    {"doAction", (host_function *)do_action},
    {"tryResume", (host_function *)try_resume},
    {NULL, NULL},
};
