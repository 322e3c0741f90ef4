#pragma once
/* What the files of the service share; nobody else includes it. Loop thread, but where it says so.
 */
#include "agent/admin.h"
#include "agent/config.h"
#include "agent/memory.h"
#include "agent/metrics.h"
#include "agent/pipeline.h"
#include "agent/service.h"

enum {
    SERVICE_SIGNALS = 3,
    SERVICE_NS_PER_MS = 1000000,
};

struct service {
    struct service_options options;
    struct config *config;
    uv_loop_t loop;
    uv_signal_t signals[SERVICE_SIGNALS];
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

/* ---- service_memory.c ---- */
/* What the parts hold. Any thread. */
void service_memory_collect(void *user, struct memory_usage *usage);
/* Logs a profile; `moment` is a constant. */
void service_memory_profile(struct service *service, const char *moment);

/* ---- service_generation.c: rules and configuration in force ---- */
/* The log redacts by these rules, which outlive the service or the next call. */
int service_generation_log(struct service *service, const struct blot_ruleset *rules);
void service_generation_gauges(struct service *service, const struct generation *generation);
/* Takes the new configuration over, or says why it stays with the old one. */
void service_generation_reload(struct service *service);

/* ---- service_start.c ---- */
/* Opens everything and starts it. Exit code, EX_OK when all of it runs. */
int service_start(struct service *service);

/* ---- service.c ---- */
void service_on_signal(uv_signal_t *handle, int number);
void service_on_watch(uv_timer_t *timer);
void service_on_stop(uv_async_t *async);
/* Of struct pipeline_options. */
void service_on_finished(void *user, int error);
