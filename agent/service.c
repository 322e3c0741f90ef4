#include "agent/generation.h"
#include "agent/health.h"
#include "agent/log.h"
#include "agent/redact.h"
#include "agent/service_parts.h"
#include "agent/state.h"

#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>

static void end(struct service *service, int exit_code)
{
    if (service->is_over)
        return;
    service->is_over = true;
    service->exit_code = exit_code;
    uv_stop(&service->loop);
}

void service_on_finished(void *user, int error)
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
    service_memory_profile(service, "before drain");
    uv_timer_start(&service->deadline, on_deadline,
                   (uint64_t)(service->config->drain_timeout_ns / SERVICE_NS_PER_MS), 0);
    pipeline_drain(service->pipeline);
}

void service_on_stop(uv_async_t *async)
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

void service_on_signal(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    if (number != SIGHUP || !service->options.reload) {
        drain(service); /* a viewer ends with its terminal */
        return;
    }
    pipeline_reopen(service->pipeline);
    if (!service->is_draining)
        service_generation_reload(service);
}

void service_on_watch(uv_timer_t *timer)
{
    struct service *service = timer->data;
    if (!service->is_draining && service->options.is_changed(service->options.user))
        service_generation_reload(service);
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
    if (service->is_draining)
        service_memory_profile(service, "after drain");
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
    service_memory_profile(service, "before start");
    service->exit_code = service_start(service);
    if (service->exit_code == EX_OK) {
        log_info("started", log_unsigned("inputs", service->config->input_count),
                 log_unsigned("outputs", service->config->output_count),
                 log_id("rules", blot_ruleset_hash(pipeline_generation(service->pipeline)->rules)));
        service_memory_profile(service, "after start");
        if (options->started)
            options->started(options->user, service);
        if (!service->is_over)
            uv_run(&service->loop, UV_RUN_DEFAULT);
    }
    int exit_code = service->exit_code;
    finish(service);
    return exit_code;
}
