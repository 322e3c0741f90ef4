#include "agent/service.h"

#include "agent/admin.h"
#include "agent/generation_config.h"
#include "agent/health.h"
#include "agent/log.h"
#include "agent/memory.h"
#include "agent/pipeline.h"
#include "agent/queue.h"
#include "agent/redact.h"
#include "agent/state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A thread that is at one piece of work for longer makes /healthz fail. The longest honest piece is
 * a fsync on a busy disk. */
#define STUCK_LIMIT_NS INT64_C(30000000000)

enum {
    SIGNAL_COUNT = 3,
    NS_PER_MS = 1000000,
    WATCH_MS = 5000, /* between looks at the configuration file */
};

struct service {
    struct service_options options;
    struct config *config;
    uv_loop_t loop;
    uv_signal_t signals[SIGNAL_COUNT];
    uv_async_t stop;
    uv_timer_t deadline; /* of a drain */
    uv_timer_t profile;
    uv_timer_t watch;
    uv_prepare_t idle; /* the loop is about to wait */
    uv_check_t busy;   /* it has been woken */
    struct redactor *log_redactor;
    struct state *state;
    struct metrics *metrics;
    const char *input_ids[CONFIG_INPUTS_MAX]; /* of the metrics' labels */
    const char *output_ids[CONFIG_OUTPUTS_MAX];
    struct health *health;
    unsigned loop_slot;
    struct pipeline *pipeline;
    struct admin *admin;
    struct memory_usage last_usage;
    unsigned generation_number;
    bool has_loop;
    bool is_draining;
    bool is_over;
    int exit_code;
};

/* ---- memory ---- */

static void collect_memory(void *user, struct memory_usage *usage)
{
    struct service *service = user;
    struct pipeline_usage arenas = pipeline_usage(service->pipeline);
    memory_add(usage, "arena_raw", arenas.raw.used_bytes + arenas.raw.cached_bytes);
    memory_add(usage, "arena_clean", arenas.clean.used_bytes + arenas.clean.cached_bytes);
    memory_add(usage, "state", state_status(service->state).memory_bytes);
    /* What waits in queues is clean, and so part of the clean arena too. */
    size_t queued_bytes = 0, client_bytes = 0;
    unsigned count;
    struct output *outputs = pipeline_outputs(service->pipeline, &count);
    for (unsigned i = 0; i < count; i++) {
        queued_bytes += queue_usage(outputs[i].queue).bytes;
        client_bytes += (size_t)metrics_gauge(service->metrics, GAUGE_CLIENT_QUEUE_BYTES, i);
    }
    memory_add(usage, "queues", queued_bytes);
    memory_add(usage, "client_queues", client_bytes);
}

static void profile_memory(struct service *service, const char *moment)
{
    struct memory_usage usage;
    memory_read(&usage);
    collect_memory(service, &usage);
    memory_log(moment, &usage, service->last_usage.rss_bytes > 0 ? &service->last_usage : NULL);
    service->last_usage = usage;
}

static void on_profile(uv_timer_t *timer)
{
    profile_memory(timer->data, "interval");
}

/* ---- end ---- */

static void end(struct service *service, int exit_code)
{
    if (service->is_over)
        return;
    service->is_over = true;
    service->exit_code = exit_code;
    uv_stop(&service->loop);
}

static void on_finished(void *user, int error)
{
    struct service *service = user;
    if (error < 0)
        log_error("a worker cannot go on; what was not delivered is read again at the next start",
                  log_errno(error));
    end(service, error < 0 ? EX_TEMPFAIL : EX_OK);
}

static void on_deadline(uv_timer_t *timer)
{
    struct service *service = timer->data;
    log_warn("the drain timed out; what was not delivered is kept for the next start",
             log_duration("timeout", service->config->drain_timeout_ns));
    end(service, EX_TEMPFAIL);
}

static void drain(struct service *service)
{
    if (service->is_draining) {
        end(service, EX_TEMPFAIL); /* asked a second time: do not wait */
        return;
    }
    service->is_draining = true;
    log_info("draining", log_duration("timeout", service->config->drain_timeout_ns));
    profile_memory(service, "drain");
    uv_timer_start(&service->deadline, on_deadline,
                   (uint64_t)(service->config->drain_timeout_ns / NS_PER_MS), 0);
    pipeline_drain(service->pipeline);
}

static void on_stop(uv_async_t *async)
{
    drain(async->data);
}

void service_stop(struct service *service)
{
    uv_async_send(&service->stop);
}

struct metrics *service_metrics(struct service *service)
{
    return service->metrics;
}

static void tell_left(void *user, const struct pipeline_left *left)
{
    struct service *service = user;
    if (service->options.left)
        service->options.left(service->options.user, left->source_id, left->output_id, left->from,
                              left->to);
}

/* ---- generations ---- */

/* The log shows paths and errors of libraries as the newest rules let it. */
static int64_t redact_for_log(const char *text, size_t length_bytes, char *ret_clean,
                              size_t capacity_bytes, void *data)
{
    struct clean clean =
        redact_text(data, (struct raw){text, length_bytes}, ret_clean, capacity_bytes);
    if (clean.data != ret_clean)
        return -EIO;
    return (int64_t)clean.size;
}

static int use_log_redactor(struct service *service, const struct blot_ruleset *rules)
{
    struct redactor *redactor;
    int r = redactor_new(rules, &redactor);
    if (r < 0)
        return r;
    log_set_redactor(redact_for_log, redactor);
    redactor_free(service->log_redactor);
    service->log_redactor = redactor;
    return 0;
}

static void set_generation_gauges(struct service *service, const struct generation *generation)
{
    metrics_set(service->metrics, GAUGE_GENERATION, 0, generation->number);
    metrics_set(service->metrics, GAUGE_UNSAFE, 0, blot_ruleset_is_unsafe(generation->rules));
}

/* What a reload can take over is taken over; `config` stays the caller's. */
static int take_over(struct service *service, const struct config *config,
                     struct blot_ruleset *rules)
{
    const struct option *changed =
        option_compare(config_options, service->config, config, OPTION_RELOADABLE);
    if (changed) {
        log_warn("the new configuration changes what a reload cannot; restart to use it",
                 log_id("key", changed->key));
        blot_ruleset_free(rules);
        return -ENOTSUP;
    }
    struct generation *generation;
    int r = generation_config(config, rules, service->generation_number + 1, &generation);
    if (r < 0)
        return r;
    r = use_log_redactor(service, generation->rules);
    if (r < 0) {
        generation_unref(generation);
        return r;
    }
    service->generation_number++;
    log_configure((enum log_level)config->log_level, (enum log_format)config->log_format);
    set_generation_gauges(service, generation);
    pipeline_use_generation(service->pipeline, generation);
    return 0;
}

static void reload(struct service *service)
{
    struct config *config = NULL;
    struct blot_ruleset *rules = NULL;
    profile_memory(service, "before reload");
    int r = service->options.reload(service->options.user, &config, &rules);
    if (r >= 0) {
        r = take_over(service, config, rules);
        config_free(config);
    }
    metrics_add(service->metrics, r < 0 ? METRIC_RELOAD_FAILURES : METRIC_RELOADS, 0, 1);
    if (r < 0)
        log_error("the reload failed; the configuration before it stays in force", log_errno(r));
    else
        log_info("reloaded", log_unsigned("generation", service->generation_number),
                 log_id("rules", blot_ruleset_hash(pipeline_generation(service->pipeline)->rules)));
    profile_memory(service, "after reload");
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    if (number != SIGHUP || !service->options.reload) {
        drain(service); /* a viewer ends with its terminal */
        return;
    }
    pipeline_reopen(service->pipeline);
    if (!service->is_draining)
        reload(service);
}

static void on_watch(uv_timer_t *timer)
{
    struct service *service = timer->data;
    if (!service->is_draining && service->options.is_changed(service->options.user))
        reload(service);
}

/* ---- start ---- */

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
    static const int numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};
    uv_loop_t *loop = &service->loop;
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        uv_signal_init(loop, &service->signals[i]);
        service->signals[i].data = service;
        int r = uv_signal_start(&service->signals[i], on_signal, numbers[i]);
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
    return uv_async_init(loop, &service->stop, on_stop);
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
        log_error("the state cannot be opened", log_text("path", directory, strlen(directory)),
                  log_errno(r));
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

static int make_pipeline(struct service *service, struct blot_ruleset *rules)
{
    struct generation *generation;
    int r = generation_config(service->config, rules, 1, &generation);
    if (r < 0)
        return r;
    service->generation_number = 1;
    r = use_log_redactor(service, generation->rules);
    if (r < 0) {
        generation_unref(generation);
        return r;
    }
    set_generation_gauges(service, generation);
    struct pipeline_options options = {
        .loop = &service->loop,
        .memory_bytes = (size_t)service->config->buffer_memory_bytes,
        .workers = (unsigned)service->config->workers,
        .state = service->state,
        .metrics = service->metrics,
        .health = service->health,
        .finished = on_finished,
        .user = service,
    };
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
        .collect_memory = collect_memory,
        .is_ready = is_ready,
        .user = service,
    };
    int r = admin_start(&options, &service->admin);
    if (r < 0)
        log_error("http.listen cannot be listened on",
                  log_id("listen", service->config->http_listen), log_errno(r));
    return r;
}

/* Exit code, EX_OK when everything runs. */
static int start(struct service *service)
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
        uv_timer_start(&service->profile, on_profile, (uint64_t)(profile_ns / NS_PER_MS),
                       (uint64_t)(profile_ns / NS_PER_MS));
    if (service->options.is_changed)
        uv_timer_start(&service->watch, on_watch, WATCH_MS, WATCH_MS);
    return EX_OK;
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void finish(struct service *service)
{
    service->admin = admin_stop(service->admin);
    if (service->pipeline && service->exit_code == EX_TEMPFAIL)
        pipeline_left(service->pipeline, tell_left, service);
    pipeline_free(service->pipeline);
    state_close(service->state);
    if (service->has_loop) {
        uv_walk(&service->loop, close_handle, NULL);
        uv_run(&service->loop, UV_RUN_DEFAULT);
        uv_loop_close(&service->loop);
    }
    metrics_free(service->metrics);
    health_free(service->health);
    log_set_redactor(NULL, NULL);
    redactor_free(service->log_redactor);
    config_free(service->config);
    free(service);
}

int service_run(const struct service_options *options)
{
    struct service *service = calloc(1, sizeof *service);
    if (!service) {
        blot_ruleset_free(options->rules);
        config_free(options->config);
        return EX_OSERR;
    }
    service->options = *options;
    service->config = options->config;
    service->exit_code = start(service);
    if (service->exit_code == EX_OK) {
        log_info("started", log_unsigned("inputs", service->config->input_count),
                 log_unsigned("outputs", service->config->output_count),
                 log_id("rules", blot_ruleset_hash(pipeline_generation(service->pipeline)->rules)));
        profile_memory(service, "start");
        if (options->started)
            options->started(options->user, service);
        if (!service->is_over)
            uv_run(&service->loop, UV_RUN_DEFAULT);
    }
    int exit_code = service->exit_code;
    finish(service);
    return exit_code;
}
