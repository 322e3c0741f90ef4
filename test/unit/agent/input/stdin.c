/* Standard input as a pipe, a file, a socket and a device. */
#include "test/unit/agent/input/pipeline_double.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern const struct input_type stdin_input_type;

static struct {
    uv_loop_t loop;
    uv_timer_t tick;
    struct state *state; /* in memory: the double asks it */
    struct pipeline pipeline;
    struct input input;
    int old_stdin;
    bool hold_acknowledgements;
} test;

static void on_tick(uv_timer_t *timer)
{
    (void)timer; /* only ends uv_run */
}

static int set_up(void **unused)
{
    (void)unused;
    memset(&test, 0, sizeof(test));
    test.old_stdin = dup(STDIN_FILENO);
    bool recovered = false;
    if (state_open(NULL, &test.state, &recovered) < 0)
        return -1;
    double_init(&test.pipeline, test.state);
    uv_loop_init(&test.loop);
    uv_timer_init(&test.loop, &test.tick);
    uv_timer_start(&test.tick, on_tick, 1, 1);
    test.input = (struct input){
        .type = &stdin_input_type,
        .id = "in",
        .loop = &test.loop,
        .pipeline = &test.pipeline,
        .state = calloc(1, stdin_input_type.state_size),
        .max_line_bytes = 1024 * 1024,
    };
    return 0;
}

/* Takes `fd` over as standard input. */
static void start(int fd)
{
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    assert_int_equal(stdin_input_type.open(&test.input), 0);
}

static int tear_down(void **unused)
{
    (void)unused;
    stdin_input_type.close(&test.input);
    uv_close((uv_handle_t *)&test.tick, NULL);
    uv_run(&test.loop, UV_RUN_DEFAULT);
    int r = uv_loop_close(&test.loop);
    free(test.input.state);
    double_free(&test.pipeline);
    state_close(test.state);
    dup2(test.old_stdin, STDIN_FILENO);
    close(test.old_stdin);
    return r;
}

static void step(void)
{
    uv_run(&test.loop, UV_RUN_ONCE);
    if (!test.hold_acknowledgements)
        double_acknowledge(&test.pipeline, &test.input);
}

#define wait_for(condition)                                                                        \
    do {                                                                                           \
        time_t begin = time(NULL);                                                                 \
        while (!(condition)) {                                                                     \
            step();                                                                                \
            if (time(NULL) > begin + 30)                                                           \
                fail_msg("never: %s", #condition);                                                 \
        }                                                                                          \
    } while (0)

static void settle(void)
{
    for (int i = 0; i < 20; i++)
        step();
}

static const struct double_source *the_source(void)
{
    assert_non_null(test.pipeline.sources);
    assert_null(test.pipeline.sources->next);
    return test.pipeline.sources;
}

static bool came(const char *text)
{
    const struct double_source *source = the_source();
    return source->text_size == strlen(text) && memcmp(source->text, text, strlen(text)) == 0;
}

static void write_text(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int open_pipe(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    start(ends[0]);
    return ends[1];
}

static void pipe_shows_lines_at_once(void **unused)
{
    (void)unused;
    int end = open_pipe();
    write_text(end, "one\ntwo\npart");
    wait_for(came("one\ntwo\n"));
    settle();
    assert_true(came("one\ntwo\n"));
    write_text(end, "ial\n");
    wait_for(came("one\ntwo\npartial\n"));
    write_text(end, "no newline");
    close(end);
    wait_for(test.pipeline.is_done);
    assert_true(came("one\ntwo\npartial\nno newline"));
    assert_true(the_source()->is_final);
    assert_true(the_source()->has_ended);
    assert_int_equal(the_source()->cut_ends, 0);
}

static void empty_input_ends(void **unused)
{
    (void)unused;
    start(open("/dev/null", O_RDONLY));
    wait_for(test.pipeline.is_done);
    assert_int_equal(the_source()->text_size, 0);
    assert_true(the_source()->is_final);
}

static void socket_is_read(void **unused)
{
    (void)unused;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    start(ends[0]);
    write_text(ends[1], "one\n");
    wait_for(came("one\n"));
    close(ends[1]);
    wait_for(test.pipeline.is_done);
}

static void the_given_description_is_left_as_it_is(void **unused)
{
    (void)unused;
    int end = open_pipe();
    settle();
    assert_false(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK);
    close(end);
}

static int file_with(const char *data, size_t size)
{
    FILE *file = tmpfile();
    assert_int_equal(fwrite(data, 1, size, file), size);
    fflush(file);
    int fd = dup(fileno(file));
    fclose(file);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void file_is_read_from_where_it_stands(void **unused)
{
    (void)unused;
    int fd = file_with("skipped\nread\nlast", 17);
    lseek(fd, 8, SEEK_SET);
    start(fd);
    wait_for(test.pipeline.is_done);
    assert_true(came("read\nlast"));
}

/* Lines of every size around the borders, by a file and by a pipe. */
static void lines_of_every_size_arrive(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {0,      1,      4095,   4096,    15359,   15360,  65536,
                                   261119, 261120, 261121, 1000000, 1048576, 300000, 3};
    static char data[8 * 1024 * 1024];
    for (int way = 0; way < 2; way++) {
        size_t size = 0;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            memset(data + size, 'a' + (int)i, sizes[i]);
            size += sizes[i];
            data[size++] = '\n';
        }
        assert_int_equal(set_up(NULL), 0);
        if (way == 0) {
            start(file_with(data, size));
        } else {
            int end = open_pipe();
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                size_t done = 0;
                for (ssize_t n; done < size && (n = write(end, data + done, size - done)) > 0;)
                    done += (size_t)n;
                _exit(0);
            }
            close(end);
        }
        wait_for(test.pipeline.is_done);
        wait(NULL);
        assert_int_equal(the_source()->text_size, size);
        assert_memory_equal(the_source()->text, data, size);
        assert_int_equal(the_source()->cut_ends, 0);
        assert_int_equal(tear_down(NULL), 0);
    }
}

static void long_line_is_cut_and_the_next_is_whole(void **unused)
{
    (void)unused;
    static char line[300 * 1024];
    test.input.max_line_bytes = 100 * 1024;
    int end = open_pipe();
    fcntl(end, F_SETPIPE_SZ, 1024 * 1024);
    memset(line, 'y', sizeof(line));
    assert_int_equal(write(end, line, sizeof(line)), sizeof(line));
    settle();
    assert_int_equal(the_source()->text_size, 0);
    write_text(end, "rest\nnext\nand\npart");
    wait_for(the_source()->text_size == 100 * 1024 + 9);
    assert_string_equal(the_source()->text + 100 * 1024, "next\nand\n");
    assert_int_equal(the_source()->cut_ends, 1);
    assert_int_equal(test.pipeline.counts[METRIC_WITHHELD_BYTES], 200 * 1024 + 4);
    assert_int_equal(the_source()->end, 300 * 1024 + 14);
    close(end);
    wait_for(test.pipeline.is_done);
    assert_string_equal(the_source()->text + 100 * 1024, "next\nand\npart");
}

static void no_room_pauses_and_loses_nothing(void **unused)
{
    (void)unused;
    enum { LINES = 50000 };
    test.pipeline.room = 300 * 1024;
    test.hold_acknowledgements = true;
    int end = open_pipe();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        char line[32];
        for (int i = 0; i < LINES; i++) {
            int size = snprintf(line, sizeof(line), "line number %08d\n", i);
            if (write(end, line, (size_t)size) != size)
                _exit(1);
        }
        _exit(0);
    }
    close(end);
    wait_for(test.pipeline.is_refusing);
    settle();
    assert_true(test.pipeline.held_bytes <= 300 * 1024);
    test.hold_acknowledgements = false;
    wait_for(test.pipeline.is_done);
    waitpid(child, NULL, 0);
    assert_int_equal(the_source()->text_size, LINES * 21);
    for (int i = 0; i < LINES; i++)
        assert_int_equal(atoi(the_source()->text + i * 21 + 12), i);
}

static void drain_takes_what_is_there(void **unused)
{
    (void)unused;
    int end = open_pipe();
    settle();
    write_text(end, "one\npart");
    stdin_input_type.drain(&test.input);
    wait_for(test.pipeline.is_done);
    assert_true(came("one\npart"));
    assert_int_equal(the_source()->cut_ends, 1);
    write_text(end, "too late\n");
    settle();
    assert_true(came("one\npart"));
    close(end);
}

static void waiting_costs_nothing(void **unused)
{
    (void)unused;
    int end = open_pipe();
    write_text(end, "part");
    settle();
    uv_timer_stop(&test.tick);
    /* With the tick stopped, only a busy handle would let the loop run through. */
    assert_int_equal(uv_backend_timeout(&test.loop), -1);
    uv_timer_start(&test.tick, on_tick, 1, 1);
    close(end);
}

#define with_loop(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_loop(pipe_shows_lines_at_once),
        with_loop(empty_input_ends),
        with_loop(socket_is_read),
        with_loop(the_given_description_is_left_as_it_is),
        with_loop(file_is_read_from_where_it_stands),
        cmocka_unit_test(lines_of_every_size_arrive),
        with_loop(long_line_is_cut_and_the_next_is_whole),
        with_loop(no_room_pauses_and_loses_nothing),
        with_loop(drain_takes_what_is_there),
        with_loop(waiting_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
