#pragma once
/* The service: a pipeline as a configuration asks for it, with state, metrics, the HTTP server, the
 * signals, reload and drain. What `run` and `demo` start. One at a time in a process; it runs on
 * the calling thread, which becomes the loop. */
#include "agent/config.h"

struct blot_ruleset;
struct service;

struct service_options {
    struct config *config;      /* taken over */
    struct blot_ruleset *rules; /* taken over */
    bool until_eof;             /* deliver all there is, then end */
    bool keeps_state;           /* false: no state_dir, nothing is remembered */
    /* SIGHUP: reads configuration and rules anew. 0, or a negative errno after saying why. NULL:
     * nothing can be reloaded. */
    int (*reload)(void *user, struct config **ret_config, struct blot_ruleset **ret_rules);
    /* Whether that would read something new: asked every few seconds, a yes reloads. NULL: only
     * SIGHUP does. */
    bool (*is_changed)(void *user);
    /* What a stop left undelivered, one call for each source and output. NULL: not told. */
    void (*left)(void *user, const char *source_id, const char *output_id, uint64_t from,
                 uint64_t to);
    /* On the loop, once everything runs. NULL: not told. */
    void (*started)(void *user, struct service *service);
    void *user;
};

/* Runs until a signal (SIGTERM, SIGINT), service_stop, or with until_eof the end of what is there.
 * Returns an exit code: 0; 75 with records undelivered; 69, 71, 73, 78 when it cannot start. */
int service_run(const struct service_options *options);
/* Drains as SIGTERM does. Any thread, between `started` and the end of service_run. */
void service_stop(struct service *service);
struct metrics *service_metrics(struct service *service);
