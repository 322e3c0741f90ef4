#include "agent/admin.h"

#include "agent/health.h"
#include "agent/memory.h"
#include "agent/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const ids[] = {"app"};

struct world {
    struct metrics *metrics;
    struct health *health;
    struct admin *admin;
    atomic_bool is_ready; /* the server's thread reads it */
};

static bool world_is_ready(void *user, FILE *out)
{
    const struct world *world = user;
    if (!world->is_ready)
        fputs("output kafka: no broker answers\n", out);
    return world->is_ready;
}

static void world_memory(void *user, struct memory_usage *usage)
{
    memory_add(usage, "queues", 12345);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    world->is_ready = true;
    if (metrics_new(ids, 1, ids, 1, &world->metrics) < 0 || health_new(&world->health) < 0)
        return -1;
    struct admin_options options = {
        .listen = "127.0.0.1:0",
        .metrics = world->metrics,
        .health = world->health,
        .stuck_limit_ns = INT64_C(20000000),
        .collect_memory = world_memory,
        .is_ready = world_is_ready,
        .user = world,
    };
    if (admin_start(&options, &world->admin) < 0)
        return -1;
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    admin_stop(world->admin);
    health_free(world->health);
    metrics_free(world->metrics);
    free(world);
    return 0;
}

static int connect_to(const struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(admin_port(world->admin))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 20};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    return descriptor;
}

/* Sends the bytes, reads to the end, and returns the status (0: closed without an answer). */
static int exchange(const struct world *world, const char *request, size_t size, char *body,
                    size_t body_size)
{
    int descriptor = connect_to(world);
    /* MSG_NOSIGNAL: the server may close before it has read all. */
    (void)send(descriptor, request, size, MSG_NOSIGNAL);
    shutdown(descriptor, SHUT_WR);
    size_t filled = 0;
    ssize_t count;
    while (filled < body_size - 1 &&
           (count = read(descriptor, body + filled, body_size - 1 - filled)) > 0)
        filled += (size_t)count;
    body[filled] = '\0';
    close(descriptor);
    int status = 0;
    sscanf(body, "HTTP/1.1 %d", &status);
    return status;
}

static int get(const struct world *world, const char *path, char *body, size_t body_size)
{
    char request[256];
    int size = snprintf(request, sizeof(request),
                        "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    return exchange(world, request, (size_t)size, body, body_size);
}

static void test_pages(void **state)
{
    struct world *world = *state;
    static char body[65536];
    metrics_add(world->metrics, METRIC_READ_BYTES, 0, 7);
    assert_int_equal(get(world, "/metrics", body, sizeof(body)), 200);
    assert_non_null(strstr(body, "blotter_read_bytes_total{input=\"app\"} 7\n"));
    assert_non_null(strstr(body, "blotter_component_bytes{component=\"queues\"} 12345\n"));
    assert_non_null(strstr(body, "blotter_memory_bytes{kind=\"rss\"} "));
    assert_int_equal(get(world, "/", body, sizeof(body)), 404);
    assert_int_equal(get(world, "/metrics/../etc/passwd", body, sizeof(body)), 404);
}

static void test_readiness_says_why(void **state)
{
    struct world *world = *state;
    char body[4096];
    assert_int_equal(get(world, "/readyz", body, sizeof(body)), 200);
    world->is_ready = false;
    assert_int_equal(get(world, "/readyz", body, sizeof(body)), 503);
    assert_non_null(strstr(body, "output kafka: no broker answers\n"));
    assert_int_equal(get(world, "/healthz", body, sizeof(body)), 200);
}

static void test_health_sees_a_stuck_thread(void **state)
{
    struct world *world = *state;
    char body[4096];
    unsigned slot;
    assert_int_equal(health_add(world->health, "worker", &slot), 0);
    assert_int_equal(get(world, "/healthz", body, sizeof(body)), 200);
    health_busy(world->health, slot);
    nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
    assert_int_equal(get(world, "/healthz", body, sizeof(body)), 503);
    assert_non_null(strstr(body, "worker: at one piece of work"));
    health_idle(world->health, slot);
    assert_int_equal(get(world, "/healthz", body, sizeof(body)), 200);
}

static void test_hostile_requests(void **state)
{
    struct world *world = *state;
    char body[4096];
    static const char post[] = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                               "Connection: close\r\n\r\nhello";
    assert_int_equal(exchange(world, post, sizeof(post) - 1, body, sizeof(body)), 405);
    static char huge[64 * 1024];
    memset(huge, 'a', sizeof(huge));
    memcpy(huge, "GET /", 5);
    int status = exchange(world, huge, sizeof(huge), body, sizeof(body));
    assert_true(status == 0 || status >= 400);
    memset(huge, 0, sizeof(huge));
    status = exchange(world, huge, sizeof(huge), body, sizeof(body));
    assert_true(status == 0 || status >= 400);

    /* Connections that say nothing take no more than their share, and the next one still gets in
     * when they are gone. */
    int silent[40];
    for (size_t i = 0; i < 40; i++)
        silent[i] = connect_to(world);
    for (size_t i = 0; i < 40; i++)
        close(silent[i]);
    assert_int_equal(get(world, "/healthz", body, sizeof(body)), 200);
}

static void test_addresses(void **state)
{
    struct world *world = *state;
    static const char *const bad[] = {
        "",       "9598",    "localhost:1",  "127.0.0.1:",    "127.0.0.1:x", "127.0.0.1:65536",
        "::1:80", "[::1:80", "127.0.0.1:-1", "[127.0.0.1]:80"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct admin_options options = {.listen = bad[i], .metrics = world->metrics};
        struct admin *admin = NULL;
        assert_int_equal(admin_start(&options, &admin), -EINVAL);
        assert_null(admin);
    }
    char used[64];
    snprintf(used, sizeof(used), "127.0.0.1:%u", admin_port(world->admin));
    struct admin_options options = {.listen = used, .metrics = world->metrics};
    struct admin *admin = NULL;
    assert_int_equal(admin_start(&options, &admin), -EADDRINUSE);
    assert_null(admin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readiness_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_health_sees_a_stuck_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
