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
#include "plugin/rsyslog/cut.h"
#include "plugin/rsyslog/host_log.h"
#include "plugin/rsyslog/module.h"
#include "plugin/rsyslog/output.h"
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

/* What rsyslogd renders of each message: the text to deliver, and the message as it came, whose
 * length says whether it was cut. */
enum {
    TEMPLATE_TEXT,
    TEMPLATE_RAW,
    TEMPLATE_COUNT,
};
static const char raw_template[] = " omblotter_raw";

/* An action. Read-only after it is made, but for the counters. */
struct instance {
    struct blot_ruleset *rules;
    struct deliver_config *output;
    struct counters counters;
    _Atomic uint64_t delivered, refused, dropped;
    int acknowledge_ms;
    size_t buffer_bytes;
    size_t limit_bytes; /* 0: ask rsyslogd */
};

/* One thread of an action: a client of its own, so that its messages keep their order. */
struct thread {
    struct instance *instance;
    struct deliverer *deliverer;  /* NULL: it could not be opened; tried again on resume */
    struct blot_scratch *scratch; /* for messages that were cut */
    struct deliver_text *texts;
    char **copies; /* of each text, NULL where it is rsyslogd's */
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
    OUTPUT_PARAMETERS,
    {"template", HOST_TYPE_WORD, 0},
    {"acknowledgeTimeout", HOST_TYPE_POSITIVE, 0},
    {"buffer", HOST_TYPE_SIZE, 0},
    {"messageLimit", HOST_TYPE_SIZE, 0},
};
static struct host_parameters parameters = {
    .version = 1,
    .count = sizeof(parameter_list) / sizeof(parameter_list[0]),
    .list = parameter_list,
};

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

static int read_rules(struct instance *instance, const struct host_setting *settings)
{
    int r = rules_read(MODULE, settings, &parameters, &instance->rules);
    const char *why = r == 0 ? deliver_judge_rules(instance->rules) : NULL;
    if (why)
        LogError(0, HOST_PARAMETER_ERROR,
                 MODULE ": %s, or let mmblotter set $.blotter before this action", why);
    return why ? -EINVAL : r;
}

static int add_raw_template(void)
{
    unsigned char quoted[] = "\"%rawmsg%\"", *line = quoted;
    if (tplFind(loadConf, raw_template, (int)strlen(raw_template)) ||
        tplAddLine(loadConf, raw_template, &line))
        return 0;
    return -ENOMEM;
}

static int configure(struct instance *instance, struct host_pair *pairs, char **ret_template)
{
    struct host_setting *settings = parameters_read(MODULE, pairs, &parameters);
    if (!settings)
        return -EINVAL;
    const struct host_value *wait = parameters_get(settings, &parameters, "acknowledgeTimeout");
    const struct host_value *buffer = parameters_get(settings, &parameters, "buffer");
    instance->acknowledge_ms = wait ? (int)wait->data.number : ACKNOWLEDGE_MS;
    const struct host_value *limit = parameters_get(settings, &parameters, "messageLimit");
    instance->buffer_bytes = buffer ? (size_t)buffer->data.number : BUFFER_BYTES;
    instance->limit_bytes = limit ? (size_t)limit->data.number : 0;
    *ret_template = parameters_text(settings, &parameters, "template");
    int retries = check_retries(pairs);
    int rules = read_rules(instance, settings);
    int output = output_read(MODULE, settings, &parameters, &instance->output);
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
    counters_show(&instance->counters, "dropped", &instance->dropped);
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
    int r = instance ? host_log_open() : -ENOMEM;
    if (r < 0)
        LogError(0, HOST_OUT_OF_MEMORY, MODULE ": what redacts its own log cannot be made");
    else
        r = configure(instance, pairs, &template);
    if (r == 0)
        r = count_names(instance, pairs);
    if (r == 0 && !template)
        template = strdup("RSYSLOG_FileFormat");
    if (r == 0 && (!template || add_raw_template() < 0 ||
                   OMSRconstruct(&requests, TEMPLATE_COUNT) != HOST_OK))
        r = -ENOMEM;
    if (r < 0) {
        free(template);
        free_instance(instance);
        return r == -ENOMEM ? HOST_OUT_OF_MEMORY : HOST_PARAMETER_ERROR;
    }
    OMSRsetEntry(requests, TEMPLATE_TEXT, (unsigned char *)template, HOST_REQUEST_STRING);
    OMSRsetEntry(requests, TEMPLATE_RAW, (unsigned char *)strdup(raw_template),
                 HOST_REQUEST_STRING);
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

static int free_thread(void *data)
{
    struct thread *thread = data;
    if (!thread)
        return HOST_OK;
    deliver_free(thread->deliverer);
    blot_scratch_free(thread->scratch);
    free(thread->copies);
    free(thread->texts);
    free(thread);
    return HOST_OK;
}

static int new_thread(void **ret_thread, void *data)
{
    struct instance *instance = data;
    struct thread *thread = calloc(1, sizeof(*thread));
    if (!thread || blot_scratch_new(instance->rules, NULL, &thread->scratch) < 0) {
        free_thread(thread);
        return HOST_OUT_OF_MEMORY;
    }
    thread->instance = instance;
    thread->limit_bytes = instance->limit_bytes;
    if (thread->limit_bytes == 0 && glblGetMaxLine)
        thread->limit_bytes = (size_t)glblGetMaxLine(&runConf ? runConf : NULL);
    open_deliverer(thread);
    *ret_thread = thread;
    return HOST_OK;
}

/* rsyslogd counts a message as done when it is put into the transaction, before it asks for the
 * commit (action.c, processBatchMain): one that is stopped in between loses it. So no transaction
 * begins while the broker is away. */
static int begin_transaction(void *data)
{
    struct thread *thread = data;
    host_log_flush(MODULE);
    open_deliverer(thread);
    return thread->deliverer &&
                   deliver_wait_ready(thread->deliverer, thread->instance->acknowledge_ms)
               ? HOST_OK
               : HOST_SUSPENDED;
}

static int reserve(struct thread *thread, size_t count)
{
    if (count <= thread->capacity)
        return 0;
    struct deliver_text *texts = realloc(thread->texts, count * sizeof(*texts));
    if (texts)
        thread->texts = texts;
    char **copies = realloc(thread->copies, count * sizeof(*copies));
    if (copies)
        thread->copies = copies;
    if (!texts || !copies)
        return -ENOMEM;
    thread->capacity = count;
    return 0;
}

/* Templates end with a newline for files; a record is no line. */
static int collect_one(struct thread *thread, size_t index, const struct text_parameter *rendered)
{
    const struct text_parameter *text = &rendered[TEMPLATE_TEXT], *raw = &rendered[TEMPLATE_RAW];
    size_t size = text->size;
    if (size > 0 && text->text[size - 1] == '\n')
        size--;
    thread->copies[index] = NULL;
    thread->texts[index] = (struct deliver_text){.text = {(const char *)text->text, size}};
    if (thread->limit_bytes == 0 || raw->size < thread->limit_bytes)
        return 0;
    int r = cut_withhold(thread->scratch, (const char *)text->text, size, (const char *)raw->text,
                         raw->size, &thread->copies[index], &size);
    if (r == 0)
        thread->texts[index].text = (struct raw){thread->copies[index], size};
    return r;
}

static void release(struct thread *thread, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(thread->copies[i]);
}

static int send_all(struct thread *thread, const struct text_parameter *rendered, size_t count,
                    struct deliver_counts *counts)
{
    int r = reserve(thread, count);
    size_t collected = 0, cut = 0;
    if (r < 0)
        return r;
    while (r == 0 && collected < count) {
        r = collect_one(thread, collected, rendered + collected * TEMPLATE_COUNT);
        cut += thread->copies[collected++] != NULL;
    }
    if (r == 0)
        r = deliver_send(thread->deliverer, thread->texts, count, thread->instance->acknowledge_ms,
                         counts);
    if (r == 0)
        counters_add(&thread->instance->counters.cut, cut);
    release(thread, collected);
    return r;
}

static int commit_transaction(void *data, struct text_parameter *rendered, unsigned count)
{
    struct thread *thread = data;
    struct instance *instance = thread->instance;
    struct deliver_counts counts = {0};
    if (!thread->deliverer)
        return HOST_SUSPENDED;
    int r = send_all(thread, rendered, count, &counts);
    counters_add(&instance->delivered, counts.delivered);
    counters_add(&instance->refused, counts.refused);
    counters_add(&instance->dropped, counts.dropped);
    counters_add(&instance->counters.redacted, counts.redacted);
    return r == 0 ? HOST_OK : HOST_SUSPENDED;
}

static int try_resume(void *data)
{
    struct thread *thread = data;
    char why[DELIVER_ERROR_BYTES];
    host_log_flush(MODULE);
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
