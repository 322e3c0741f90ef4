#pragma once
/* The HTTP server of `http.listen`: /metrics, /healthz, /readyz, and nothing else.
 *
 * libmicrohttpd serves it on a thread of its own, so that it answers while the loop is stuck. Every
 * request is hostile: few connections, small buffers, short time-outs, no body is read, only GET
 * and HEAD. What it answers with is made of metrics, ids of the configuration and clean sentences.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct health;
struct metrics;
struct memory_usage;

struct admin_options {
    const char *listen; /* ADDRESS:PORT; [ADDRESS]:PORT; port 0 takes a free one */
    struct metrics *metrics;
    const struct health *health;
    int64_t stuck_limit_ns; /* a thread at one piece of work for longer makes /healthz a 503 */
    /* Called on the server's thread. Brings gauges up to date before /metrics; NULL: nothing to do.
     */
    void (*refresh)(void *user);
    /* Adds the parts of the program to the memory usage; NULL: none. */
    void (*collect_memory)(void *user, struct memory_usage *usage);
    /* Whether all is ready; what is not is written, a clean sentence a line. NULL: always ready. */
    bool (*is_ready)(void *user, FILE *out);
    void *user;
};

struct admin;

/* Listens. 0; -EINVAL for an address that cannot be read; -EADDRINUSE, -EACCES and the like from
 * the system; -ENOMEM. */
int admin_start(const struct admin_options *options, struct admin **ret_admin);
/* Waits for the requests under way; NULL is fine. */
struct admin *admin_stop(struct admin *admin);
/* The port it listens on. */
uint16_t admin_port(const struct admin *admin);
