#include "agent/generation_config.h"
#include "agent/health.h"
#include "agent/log.h"
#include "agent/service_parts.h"
#include "agent/state.h"
#include "rules/blotter.h"

#include <signal.h>
#include <string.h>
#include <sysexits.h>

/* A thread that is at one piece of work for longer makes /healthz fail. The longest honest piece is
 * a fsync on a busy disk. */
#define STUCK_LIMIT_NS INT64_C(30000000000)

enum {
    WATCH_MS = 5000, /* between looks at the configuration file */
    BUFFER_MIN_BYTES = 1024 * 1024,
};

static void on_profile(uv_timer_t *timer)
{
    service_memory_profile(timer->data, "interval");
}

static void on_idle(uv_prepare_t *handle)
{
    struct service *service = handle->data;
    health_idle(service->health, service->loop_slot);
}

static void on_busy(uv_check_t *handle)
{
    struct service *service = handle->data;
    health_busy(service->health, service->loop_slot);
}

static int start_handles(struct service *service)
{
    static const int numbers[SERVICE_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    uv_loop_t *loop = &service->loop;
    for (int i = 0; i < SERVICE_SIGNALS; i++) {
        uv_signal_init(loop, &service->signals[i]);
        service->signals[i].data = service;
        int r = uv_signal_start(&service->signals[i], service_on_signal, numbers[i]);
        if (r < 0)
            return r;
    }
    uv_timer_init(loop, &service->deadline);
    uv_timer_init(loop, &service->profile);
    uv_timer_init(loop, &service->watch);
    uv_prepare_init(loop, &service->idle);
    uv_check_init(loop, &service->busy);
    service->deadline.data = service;
    service->profile.data = service;
    service->watch.data = service;
    service->idle.data = service;
    service->busy.data = service;
    service->stop.data = service;
    uv_prepare_start(&service->idle, on_idle);
    uv_check_start(&service->busy, on_busy);
    return uv_async_init(loop, &service->stop, service_on_stop);
}

static int make_metrics(struct service *service)
{
    const struct config *config = service->config;
    for (size_t i = 0; i < config->input_count; i++)
        service->input_ids[i] = config->inputs[i].id;
    for (size_t i = 0; i < config->output_count; i++)
        service->output_ids[i] = config->outputs[i].id;
    int r = metrics_new(service->input_ids, config->input_count, service->output_ids,
                        config->output_count, &service->metrics);
    if (r >= 0)
        r = health_new(&service->health);
    if (r >= 0)
        r = health_add(service->health, "loop", &service->loop_slot);
    return r;
}

static int open_state(struct service *service)
{
    const char *directory = service->options.keeps_state ? service->config->state_dir : NULL;
    bool recovered = false;
    int r = state_open(directory, &service->state, &recovered);
    if (r < 0)
        log_error("the state cannot be opened", log_id("state_dir", directory), log_errno(r));
    else if (recovered)
        log_error("the state was not readable and was moved aside; files are read from their "
                  "beginning");
    return r;
}

static int start_pipeline(struct service *service)
{
    const struct config *config = service->config;
    struct pipeline_input inputs[CONFIG_INPUTS_MAX];
    struct pipeline_output outputs[CONFIG_OUTPUTS_MAX];
    for (size_t i = 0; i < config->input_count; i++) {
        const struct config_input *input = &config->inputs[i];
        inputs[i] = (struct pipeline_input){
            .type = input->type,
            .id = input->id,
            .config = input->options,
            .frame = input->frame,
            .parser = parse_find(input->parse),
            .parse = {.timezone_offset_s = (int)config->timezone_offset_s},
            .max_line_bytes = (size_t)input->max_line_bytes,
            .until_eof = service->options.until_eof,
        };
    }
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];
        outputs[i] = (struct pipeline_output){
            .type = output->type,
            .id = output->id,
            .config = output->options,
            .required = output->required,
            .is_quarantine = strcmp(output->id, config->redact_quarantine) == 0,
        };
    }
    const char *id = NULL;
    struct clean why = {0};
    int r = pipeline_start(service->pipeline, inputs, config->input_count, outputs,
                           config->output_count, &id, &why);
    if (r < 0)
        log_error("a component cannot start", log_id("id", id ? id : "pipeline"),
                  log_text("why", why.data ? why.data : "", why.size), log_errno(r));
    return r;
}

/* memory.limit, and what of buffer.memory fits in it: a limit that the file names was compared with
 * it, the cgroup's may be anything. */
static void read_memory_limit(const struct config *config, struct pipeline_options *options)
{
    int64_t limit_bytes = config->memory_limit_bytes;
    int64_t buffer_bytes = config->buffer_memory_bytes;
    if (limit_bytes == CONFIG_AUTO)
        limit_bytes = memory_cgroup_limit_bytes();
    if (limit_bytes > 0 && limit_bytes < buffer_bytes + CONFIG_BESIDE_BUFFER_BYTES) {
        buffer_bytes = limit_bytes - CONFIG_BESIDE_BUFFER_BYTES;
        if (buffer_bytes < BUFFER_MIN_BYTES)
            buffer_bytes = BUFFER_MIN_BYTES;
        log_warn("buffer.memory does not fit in the cgroup's limit: less is used",
                 log_integer("limit_bytes", limit_bytes),
                 log_integer("buffer_bytes", buffer_bytes));
    }
    options->limit_bytes = limit_bytes > 0 ? limit_bytes : 0;
    options->memory_bytes = (size_t)buffer_bytes;
}

static int make_pipeline(struct service *service, struct blot_ruleset *rules)
{
    struct generation *generation;
    int r = generation_config(service->config, rules, 1, &generation);
    if (r < 0)
        return r;
    service->generation_number = 1;
    r = service_generation_log(service, generation->rules);
    if (r < 0) {
        generation_unref(generation);
        return r;
    }
    service_generation_gauges(service, generation);
    struct pipeline_options options = {
        .loop = &service->loop,
        .workers = (unsigned)service->config->workers,
        .state = service->state,
        .metrics = service->metrics,
        .health = service->health,
        .finished = service_on_finished,
        .user = service,
    };
    read_memory_limit(service->config, &options);
    return pipeline_new(&options, generation, &service->pipeline);
}

static bool is_ready(void *user, FILE *out)
{
    struct service *service = user;
    unsigned count;
    struct output *outputs = pipeline_outputs(service->pipeline, &count);
    bool ready = true;
    for (unsigned i = 0; i < count; i++) {
        char why[256] = "";
        if (outputs[i].type->is_ready(&outputs[i], why, sizeof why))
            continue;
        fprintf(out, "%s: %s\n", outputs[i].id, why);
        ready = ready && !outputs[i].required;
    }
    return ready;
}

static int start_admin(struct service *service)
{
    if (service->config->http_listen[0] == '\0')
        return 0;
    struct admin_options options = {
        .listen = service->config->http_listen,
        .metrics = service->metrics,
        .health = service->health,
        .stuck_limit_ns = STUCK_LIMIT_NS,
        .collect_memory = service_memory_collect,
        .is_ready = is_ready,
        .user = service,
    };
    int r = admin_start(&options, &service->admin);
    if (r < 0)
        log_error("http.listen cannot be listened on",
                  log_id("listen", service->config->http_listen), log_errno(r));
    return r;
}

int service_start(struct service *service)
{
    struct blot_ruleset *rules = service->options.rules;
    int r = uv_loop_init(&service->loop);
    service->has_loop = r >= 0;
    if (r >= 0)
        r = start_handles(service);
    if (r >= 0)
        r = make_metrics(service);
    if (r < 0) {
        blot_ruleset_free(rules);
        return EX_OSERR;
    }
    if (open_state(service) < 0) {
        blot_ruleset_free(rules);
        return EX_CANTCREAT;
    }
    if (make_pipeline(service, rules) < 0)
        return EX_OSERR;
    if (start_pipeline(service) < 0)
        return EX_CONFIG;
    if (start_admin(service) < 0)
        return EX_UNAVAILABLE;
    int64_t profile_ns = service->config->memory_profile_ns;
    if (profile_ns > 0)
        uv_timer_start(&service->profile, on_profile, (uint64_t)(profile_ns / SERVICE_NS_PER_MS),
                       (uint64_t)(profile_ns / SERVICE_NS_PER_MS));
    if (service->options.is_changed)
        uv_timer_start(&service->watch, service_on_watch, WATCH_MS, WATCH_MS);
    return EX_OK;
}
