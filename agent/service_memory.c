#include "agent/queue.h"
#include "agent/service_parts.h"
#include "agent/state.h"

void service_memory_collect(void *user, struct memory_usage *usage)
{
    struct service *service = user;
    if (!service->pipeline)
        return;
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

void service_memory_profile(struct service *service, const char *moment)
{
    struct memory_usage usage;
    memory_read(&usage);
    service_memory_collect(service, &usage);
    memory_log(moment, &usage, service->last_usage.rss_bytes > 0 ? &service->last_usage : NULL);
    service->last_usage = usage;
}
