/* omblotter: an output module for rsyslogd that redacts the rendered text of each message and
 * delivers it to Kafka in one action, by the agent's own output (agent/output/README.md).
 *
 * rsyslogd hands over a batch and takes the answer OK for all of it. OK is given after the broker
 * has acknowledged every record. While it does not, the answer is SUSPENDED, and rsyslogd keeps the
 * batch in its queue; it then comes again, first message by message (action.c, actionCommit), which
 * the deliverer knows as what is in flight already. A suspended action whose retries are used up
 * loses its messages, and the default is not to retry: action.resumeRetryCount="-1" is asked for.
 */
#include "agent/deliver.h"
#include "plugin/rsyslog/counters.h"
#include "plugin/rsyslog/module.h"
#include "plugin/rsyslog/parameters.h"
#include "plugin/rsyslog/rules.h"
#include "rules/blotter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "omblotter"

enum {
    ACKNOWLEDGE_MS = 10000,
    BUFFER_BYTES = 8 * 1024 * 1024,
};

/* An action. Read-only after it is made, but for the counters. */
struct instance {
    struct blot_ruleset *rules;
    struct deliver_config *output;
    struct counters counters;
    _Atomic uint64_t delivered, refused;
    int acknowledge_ms;
    size_t buffer_bytes;
};

/* One thread of an action: a client of its own, so that its messages keep their order. */
struct thread {
    struct instance *instance;
    struct deliverer *deliverer; /* NULL: it could not be opened; tried again on resume */
    struct deliver_text *texts;
    size_t capacity;
    size_t limit_bytes;
};

/* actWrkrIParams_t, runtime/typedefs.h */
struct text_parameter {
    unsigned char *text;
    uint32_t capacity;
    uint32_t size;
};

static struct host_parameter parameter_list[] = {
    RULES_PARAMETERS,
    {"broker", HOST_TYPE_ARRAY, 0},
    {"topic", HOST_TYPE_STRING, 1},
    {"key", HOST_TYPE_STRING, 0},
    {"confParam", HOST_TYPE_ARRAY, 0},
    {"template", HOST_TYPE_WORD, 0},
    {"acknowledgeTimeout", HOST_TYPE_POSITIVE, 0},
    {"buffer", HOST_TYPE_SIZE, 0},
};
static struct host_parameters parameters = {
    .version = 1,
    .count = sizeof(parameter_list) / sizeof(parameter_list[0]),
    .list = parameter_list,
};

/* YAML's single quotes know one escape. */
static void write_quoted(FILE *out, const char *text, size_t size)
{
    fputc('\'', out);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'')
            fputc('\'', out);
        fputc(text[i], out);
    }
    fputc('\'', out);
}

static void write_text(FILE *out, const char *key, const char *text)
{
    if (!text)
        return;
    fprintf(out, "%s: ", key);
    write_quoted(out, text, strlen(text));
    fputc('\n', out);
}

/* The option table of the agent's output judges the values; what it reads is written here. -EINVAL:
 * an entry is no property. */
static int write_options(FILE *out, const char *topic, const char *key, const struct names *brokers,
                         const struct names *properties)
{
    write_text(out, "topic", topic);
    write_text(out, "key", key);
    fputs("properties:\n", out);
    if (brokers->count > 0)
        fputs("  bootstrap.servers: '", out);
    for (size_t i = 0; i < brokers->count; i++)
        fprintf(out, "%s%s", i > 0 ? "," : "", brokers->items[i]);
    if (brokers->count > 0)
        fputs("'\n", out);
    for (size_t i = 0; i < properties->count; i++) {
        const char *item = properties->items[i];
        const char *equals = strchr(item, '=');
        if (!equals)
            return -EINVAL;
        fputs("  ", out);
        write_quoted(out, item, (size_t)(equals - item));
        write_text(out, "", equals + 1);
    }
    return 0;
}

static void log_diagnostics(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        LogError(0, HOST_PARAMETER_ERROR, MODULE ": %s", diagnostics->list[i].text);
}

static int make_output(struct instance *instance, const char *yaml, size_t size)
{
    struct diagnostics diagnostics;
    int r = diagnostics_init(&diagnostics, MODULE);
    if (r < 0)
        return r;
    r = deliver_config_new("kafka", yaml, size, &diagnostics, &instance->output);
    if (r < 0)
        log_diagnostics(&diagnostics);
    diagnostics_finish(&diagnostics);
    return r;
}

static int read_output(struct instance *instance, const struct host_setting *settings)
{
    struct names brokers = {0}, properties = {0};
    char *topic = parameters_text(settings, &parameters, "topic");
    char *key = parameters_text(settings, &parameters, "key");
    char *yaml = NULL;
    size_t size = 0;
    int r = parameters_names(parameters_get(settings, &parameters, "broker"), &brokers);
    if (r == 0)
        r = parameters_names(parameters_get(settings, &parameters, "confParam"), &properties);
    FILE *out = r == 0 ? open_memstream(&yaml, &size) : NULL;
    if (out) {
        r = write_options(out, topic, key, &brokers, &properties);
        if (fclose(out) != 0)
            r = -ENOMEM;
        if (r == -EINVAL)
            LogError(0, HOST_PARAMETER_ERROR, MODULE ": confParam: an entry is PROPERTY=VALUE");
        else if (r == 0)
            r = make_output(instance, yaml, size);
    } else if (r == 0) {
        r = -ENOMEM;
    }
    free(yaml);
    free(topic);
    free(key);
    parameters_names_free(&brokers);
    parameters_names_free(&properties);
    return r;
}

static int check_retries(const struct host_pair *pairs)
{
    char *retries = parameters_host_value(pairs, "action.resumeRetryCount");
    bool is_endless = retries && strcmp(retries, "-1") == 0;
    free(retries);
    if (is_endless)
        return 0;
    LogError(0, HOST_PARAMETER_ERROR,
             MODULE ": write action.resumeRetryCount=\"-1\": with any other value rsyslogd loses "
                    "what the broker does not take at once");
    return -EINVAL;
}

static int configure(struct instance *instance, struct host_pair *pairs, char **ret_template)
{
    struct host_setting *settings = parameters_read(MODULE, pairs, &parameters);
    if (!settings)
        return -EINVAL;
    const struct host_value *wait = parameters_get(settings, &parameters, "acknowledgeTimeout");
    const struct host_value *buffer = parameters_get(settings, &parameters, "buffer");
    instance->acknowledge_ms = wait ? (int)wait->data.number : ACKNOWLEDGE_MS;
    instance->buffer_bytes = buffer ? (size_t)buffer->data.number : BUFFER_BYTES;
    *ret_template = parameters_text(settings, &parameters, "template");
    int retries = check_retries(pairs);
    int rules = rules_read(MODULE, settings, &parameters, &instance->rules);
    int output = read_output(instance, settings);
    cnfparamvalsDestruct(settings, &parameters);
    return retries < 0 ? retries : rules < 0 ? rules : output;
}

static int free_instance(void *data)
{
    struct instance *instance = data;
    if (!instance)
        return HOST_OK;
    counters_finish(&instance->counters);
    deliver_config_free(instance->output);
    blot_ruleset_free(instance->rules);
    free(instance);
    return HOST_OK;
}

static int count_names(struct instance *instance, struct host_pair *pairs)
{
    char *name = parameters_host_value(pairs, "name");
    int r = counters_init(&instance->counters, MODULE, name ? name : MODULE, NULL);
    counters_show(&instance->counters, "delivered", &instance->delivered);
    counters_show(&instance->counters, "refused", &instance->refused);
    free(name);
    return r;
}

/* An action that cannot be made delivers nothing, so nothing leaves raw; rsyslogd says so. */
static int new_instance(unsigned char *name, struct host_pair *pairs, void **ret_instance,
                        struct host_requests **ret_requests)
{
    struct host_requests *requests = NULL;
    struct instance *instance = calloc(1, sizeof(*instance));
    char *template = NULL;
    int r = instance ? configure(instance, pairs, &template) : -ENOMEM;
    if (r == 0)
        r = count_names(instance, pairs);
    if (r == 0 && !template)
        template = strdup("RSYSLOG_FileFormat");
    if (r == 0 && (!template || OMSRconstruct(&requests, 1) != HOST_OK))
        r = -ENOMEM;
    if (r < 0) {
        free(template);
        free_instance(instance);
        return r == -ENOMEM ? HOST_OUT_OF_MEMORY : HOST_PARAMETER_ERROR;
    }
    OMSRsetEntry(requests, 0, (unsigned char *)template, HOST_REQUEST_STRING);
    *ret_instance = instance;
    *ret_requests = requests;
    return HOST_OK;
}

static void open_deliverer(struct thread *thread)
{
    struct instance *instance = thread->instance;
    char error[DELIVER_ERROR_BYTES];
    if (thread->deliverer)
        return;
    if (deliver_new(instance->output, instance->rules, instance->buffer_bytes, &thread->deliverer,
                    error) < 0)
        LogError(0, HOST_SUSPENDED, MODULE ": the Kafka client cannot be made: %s", error);
}

static int new_thread(void **ret_thread, void *data)
{
    struct thread *thread = calloc(1, sizeof(*thread));
    if (!thread)
        return HOST_OUT_OF_MEMORY;
    thread->instance = data;
    if (glblGetMaxLine)
        thread->limit_bytes = (size_t)glblGetMaxLine(&runConf ? runConf : NULL);
    open_deliverer(thread);
    *ret_thread = thread;
    return HOST_OK;
}

static int free_thread(void *data)
{
    struct thread *thread = data;
    if (!thread)
        return HOST_OK;
    deliver_free(thread->deliverer);
    free(thread->texts);
    free(thread);
    return HOST_OK;
}

/* rsyslogd counts a message as done when it is put into the transaction, before it asks for the
 * commit (action.c, processBatchMain): one that is stopped in between loses it. So no transaction
 * begins while the broker is away. */
static int begin_transaction(void *data)
{
    struct thread *thread = data;
    open_deliverer(thread);
    return thread->deliverer &&
                   deliver_wait_ready(thread->deliverer, thread->instance->acknowledge_ms)
               ? HOST_OK
               : HOST_SUSPENDED;
}

/* Templates end with a newline for files; a record is no line. */
static int collect(struct thread *thread, const struct text_parameter *parameter, size_t count)
{
    if (count > thread->capacity) {
        struct deliver_text *texts = realloc(thread->texts, count * sizeof(*texts));
        if (!texts)
            return -ENOMEM;
        thread->texts = texts;
        thread->capacity = count;
    }
    for (size_t i = 0; i < count; i++) {
        size_t size = parameter[i].size;
        if (size > 0 && parameter[i].text[size - 1] == '\n')
            size--;
        thread->texts[i] = (struct deliver_text){
            .text = {(const char *)parameter[i].text, size},
            .is_cut = thread->limit_bytes > 0 && size >= thread->limit_bytes,
        };
    }
    return 0;
}

static int commit_transaction(void *data, struct text_parameter *parameter, unsigned count)
{
    struct thread *thread = data;
    struct instance *instance = thread->instance;
    struct deliver_counts counts = {0};
    if (!thread->deliverer || collect(thread, parameter, count) < 0)
        return HOST_SUSPENDED;
    int r =
        deliver_send(thread->deliverer, thread->texts, count, instance->acknowledge_ms, &counts);
    counters_add(&instance->delivered, counts.delivered);
    counters_add(&instance->refused, counts.refused);
    counters_add(&instance->counters.redacted, counts.redacted);
    return r == 0 ? HOST_OK : HOST_SUSPENDED;
}

static int try_resume(void *data)
{
    struct thread *thread = data;
    char why[DELIVER_ERROR_BYTES];
    open_deliverer(thread);
    return thread->deliverer && deliver_is_ready(thread->deliverer, why, sizeof(why))
               ? HOST_OK
               : HOST_SUSPENDED;
}

const char module_name[] = MODULE;
const struct module_entry module_entries[] = {
    {"newActInst", (host_function *)new_instance},
    {"freeInstance", (host_function *)free_instance},
    {"createWrkrInstance", (host_function *)new_thread},
    {"freeWrkrInstance", (host_function *)free_thread},
    {"beginTransaction", (host_function *)begin_transaction},
    {"commitTransaction", (host_function *)commit_transaction},
    {"tryResume", (host_function *)try_resume},
    {NULL, NULL},
};
