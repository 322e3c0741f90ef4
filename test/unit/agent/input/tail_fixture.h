#pragma once
/* A tail input over real files in a directory of its own, driven by a real loop; the pipeline is
 * the double. Nothing here measures time: a wait only gives up. */
#include "test/unit/agent/input/pipeline_double.h"

#include "agent/input/tail.h"
#include "agent/log.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Each test program uses some of what follows. */
#pragma GCC diagnostic ignored "-Wunused-function"

extern const struct input_type tail_input_type;

enum {
    PATTERNS_MAX = 4,
    GIVE_UP_S = 30,
};

static struct {
    char directory[64];
    char *patterns[PATTERNS_MAX];
    char *exclude[PATTERNS_MAX];
    struct tail_config config;
    size_t max_line_bytes;
    bool until_eof;
    bool hold_acknowledgements;
    int64_t room;

    bool is_running;
    uv_loop_t loop;
    uv_timer_t tick;
    struct state *state;
    struct pipeline pipeline;
    struct input input;
} tail_test;

static const char *at(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", tail_test.directory, name);
    return path;
}

static void append_bytes(const char *name, const char *data, size_t size)
{
    int fd = open(at(name), O_WRONLY | O_APPEND | O_CREAT, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

static void append(const char *name, const char *text)
{
    append_bytes(name, text, strlen(text));
}

static void rename_file(const char *from, const char *to)
{
    assert_int_equal(rename(at(from), at(to)), 0);
}

/* What `cp app.log app.log.1; : > app.log` does to app.log. */
static void truncate_file(const char *name)
{
    assert_int_equal(truncate(at(name), 0), 0);
}

static void watch_names(const char *first, const char *second)
{
    free(tail_test.patterns[0]);
    free(tail_test.patterns[1]);
    tail_test.patterns[0] = strdup(at(first));
    tail_test.patterns[1] = second ? strdup(at(second)) : NULL;
    tail_test.config.paths.count = second ? 2 : 1;
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer; /* only ends uv_run */
}

static void start(void)
{
    bool recovered = false;
    assert_int_equal(state_open(at("state"), &tail_test.state, &recovered), 0);
    double_init(&tail_test.pipeline, tail_test.state);
    tail_test.pipeline.room = tail_test.room;
    uv_loop_init(&tail_test.loop);
    uv_timer_init(&tail_test.loop, &tail_test.tick);
    uv_timer_start(&tail_test.tick, on_tick, 1, 1);
    tail_test.input = (struct input){
        .type = &tail_input_type,
        .id = "app",
        .config = &tail_test.config,
        .loop = &tail_test.loop,
        .pipeline = &tail_test.pipeline,
        .state = calloc(1, tail_input_type.state_size),
        .max_line_bytes = tail_test.max_line_bytes,
        .until_eof = tail_test.until_eof,
    };
    assert_int_equal(tail_input_type.open(&tail_test.input), 0);
    tail_test.is_running = true;
}

static void step(void)
{
    uv_run(&tail_test.loop, UV_RUN_ONCE);
    if (!tail_test.hold_acknowledgements)
        double_acknowledge(&tail_test.pipeline, &tail_test.input);
}

/* Ends it like a crash: nothing is drained, what was not acknowledged is not known. */
static void stop(void)
{
    if (!tail_test.is_running)
        return;
    tail_test.is_running = false;
    tail_input_type.close(&tail_test.input);
    uv_close((uv_handle_t *)&tail_test.tick, NULL);
    uv_run(&tail_test.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&tail_test.loop), 0);
    free(tail_test.input.state);
    double_free(&tail_test.pipeline);
    tail_test.state = state_close(tail_test.state);
}

static void restart(void)
{
    stop();
    start();
}

static time_t give_up_at(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + GIVE_UP_S;
}

#define wait_for(condition)                                                                        \
    do {                                                                                           \
        time_t give_up = give_up_at();                                                             \
        while (!(condition)) {                                                                     \
            step();                                                                                \
            if (give_up_at() - GIVE_UP_S > give_up)                                                \
                fail_msg("never: %s", #condition);                                                 \
        }                                                                                          \
    } while (0)

/* Lets everything happen that is under way, polls and quiet times included. */
static void settle(void)
{
    uint64_t until_ns = uv_hrtime() + 400000000;
    while (uv_hrtime() < until_ns)
        step();
}

/* The source whose text contains `part`, or NULL. */
static struct double_source *source_with(const char *part)
{
    for (struct double_source *source = tail_test.pipeline.sources; source; source = source->next)
        if (source->text && memmem(source->text, source->text_size, part, strlen(part)))
            return source;
    return NULL;
}

/* All that came, of all sources, is `text` of one source and nothing else. */
static bool is_all(const char *text)
{
    const struct double_source *source = source_with(text);
    size_t total = 0;
    for (struct double_source *any = tail_test.pipeline.sources; any; any = any->next)
        total += any->text_size;
    return source && source->text_size == strlen(text) && total == strlen(text);
}

static size_t total_bytes(void)
{
    size_t total = 0;
    for (struct double_source *any = tail_test.pipeline.sources; any; any = any->next)
        total += any->text_size;
    return total;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int set_up(void **unused)
{
    (void)unused;
    memset(&tail_test, 0, sizeof(tail_test));
    log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_JSON);
    strcpy(tail_test.directory, "/tmp/blotter-tail-XXXXXX");
    if (!mkdtemp(tail_test.directory))
        return -1;
    tail_test.config = (struct tail_config){
        .paths = {tail_test.patterns, 1},
        .exclude = {tail_test.exclude, 0},
        .rotate_wait_ns = 100000000,
        .poll_interval_ns = 20000000,
        .max_open_files = 100,
    };
    tail_test.max_line_bytes = 1024 * 1024;
    tail_test.room = -1;
    watch_names("*.log", NULL);
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    stop();
    for (int i = 0; i < PATTERNS_MAX; i++) {
        free(tail_test.patterns[i]);
        free(tail_test.exclude[i]);
    }
    return nftw(tail_test.directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#define with_files(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
