#include "agent/admin.h"

#include "agent/address.h"

#include "agent/health.h"
#include "agent/memory.h"
#include "agent/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 16,
    CONNECTION_MEMORY_BYTES = 16 * 1024,
    CONNECTION_TIMEOUT_S = 5,
    STACK_BYTES = 128 * 1024,
    BACKLOG = 16,
};

struct admin {
    struct admin_options options;
    struct MHD_Daemon *daemon;
    uint16_t port;
};

struct page {
    const char *path;
    const char *content_type;
    /* Writes the body and returns the status. */
    unsigned (*write)(struct admin *admin, FILE *out);
};

static unsigned write_metrics(struct admin *admin, FILE *out)
{
    const struct admin_options *options = &admin->options;
    if (options->refresh)
        options->refresh(options->user);
    metrics_print(options->metrics, out);
    struct memory_usage usage;
    memory_read(&usage);
    if (options->collect_memory)
        options->collect_memory(options->user, &usage);
    memory_print(&usage, out);
    return MHD_HTTP_OK;
}

/* Alive is: no thread is stuck. Never whether the broker can be reached: a restart mends no broker.
 */
static unsigned write_health(struct admin *admin, FILE *out)
{
    if (!health_is_good(admin->options.health, admin->options.stuck_limit_ns, out))
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    fputs("ok\n", out);
    return MHD_HTTP_OK;
}

static unsigned write_readiness(struct admin *admin, FILE *out)
{
    const struct admin_options *options = &admin->options;
    if (options->is_ready && !options->is_ready(options->user, out))
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    fputs("ready\n", out);
    return MHD_HTTP_OK;
}

static const struct page pages[] = {
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", write_metrics},
    {"/healthz", "text/plain; charset=utf-8", write_health},
    {"/readyz", "text/plain; charset=utf-8", write_readiness},
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *body,
                              size_t size, enum MHD_ResponseMemoryMode mode, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, body, mode);
    if (!response) {
        if (mode == MHD_RESPMEM_MUST_FREE)
            free(body);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
                                   const char *text)
{
    return answer(connection, status, (char *)text, strlen(text), MHD_RESPMEM_PERSISTENT,
                  "text/plain; charset=utf-8");
}

static enum MHD_Result answer_page(struct admin *admin, struct MHD_Connection *connection,
                                   const struct page *page)
{
    char *body = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&body, &size);
    if (!out)
        return MHD_NO;
    unsigned status = page->write(admin, out);
    if (fclose(out) != 0) {
        free(body);
        return MHD_NO;
    }
    return answer(connection, status, body, size, MHD_RESPMEM_MUST_FREE, page->content_type);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static char seen_headers;

    /* The first call has only the headers; an answer to it would close a connection that still
     * sends. */
    if (!*request) {
        *request = &seen_headers;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0; /* thrown away */
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (strcmp(path, pages[i].path) == 0)
            return answer_page(user, connection, &pages[i]);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "/metrics /healthz /readyz\n");
}

/* Listens itself instead of leaving it to the library, which tells no errno. */
static int listen_on(const char *listen_text, int *ret_socket, uint16_t *ret_port)
{
    union address address;
    socklen_t size;
    int r = address_parse(listen_text, &address, &size);
    if (r < 0)
        return r;
    int descriptor = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -errno;
    int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(descriptor, &address.any, size) < 0 || listen(descriptor, BACKLOG) < 0 ||
        getsockname(descriptor, &address.any, &size) < 0) {
        r = -errno;
        close(descriptor);
        return r;
    }
    *ret_port =
        ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    *ret_socket = descriptor;
    return 0;
}

int admin_start(const struct admin_options *options, struct admin **ret_admin)
{
    struct admin *admin = calloc(1, sizeof(*admin));
    if (!admin)
        return -ENOMEM;
    admin->options = *options;

    int descriptor = -1;
    int r = listen_on(options->listen, &descriptor, &admin->port);
    if (r < 0) {
        free(admin);
        return r;
    }
    admin->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, handle,
                         admin, MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
                         (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_THREAD_STACK_SIZE,
                         (size_t)STACK_BYTES, MHD_OPTION_END);
    if (!admin->daemon) {
        close(descriptor);
        free(admin);
        return -ENOMEM;
    }
    *ret_admin = admin;
    return 0;
}

struct admin *admin_stop(struct admin *admin)
{
    if (!admin)
        return NULL;
    MHD_stop_daemon(admin->daemon); /* closes the listening socket too */
    free(admin);
    return NULL;
}

uint16_t admin_port(const struct admin *admin)
{
    return admin->port;
}
