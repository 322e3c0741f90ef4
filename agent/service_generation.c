#include "agent/generation_config.h"
#include "agent/log.h"
#include "agent/redact.h"
#include "agent/service_parts.h"

#include <errno.h>

/* The log shows paths and errors of libraries as the newest rules let it. */
int service_generation_log(struct service *service, const struct blot_ruleset *rules)
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

void service_generation_gauges(struct service *service, const struct generation *generation)
{
    metrics_set_generation(service->metrics, generation->number,
                           blot_ruleset_hash(generation->rules),
                           blot_ruleset_kernel(generation->rules));
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
    r = service_generation_log(service, generation->rules);
    if (r < 0) {
        generation_unref(generation);
        return r;
    }
    service->generation_number++;
    log_configure((enum log_level)config->log_level, (enum log_format)config->log_format);
    service_generation_gauges(service, generation);
    pipeline_use_generation(service->pipeline, generation);
    return 0;
}

void service_generation_reload(struct service *service)
{
    struct config *config = NULL;
    struct blot_ruleset *rules = NULL;
    service_memory_profile(service, "before reload");
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
    service_memory_profile(service, "after reload");
}
