/* The stdout output: descriptor 1 is replaced for the length of a test. */
#include "test/unit/agent/output/driver.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

extern const struct output_type stdout_output_type;

enum {
    RECORD_BYTES = 200,
};

/* An output whose descriptor 1 is `fd`, which is closed. */
static void start(struct driver *driver, int fd, int *ret_saved)
{
    static const char config;
    fflush(stdout);
    *ret_saved = dup(STDOUT_FILENO);
    assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    close(fd);
    driver_open(driver, &stdout_output_type, &config);
}

static void stop(struct driver *driver, int saved)
{
    driver_close(driver);
    dup2(saved, STDOUT_FILENO);
    close(saved);
}

struct reader {
    size_t next;
    size_t bytes; /* of the line at hand */
    char line[RECORD_BYTES + 2];
};

/* Takes what is there, and checks that whole lines come in order. */
static size_t read_some(int fd, struct reader *reader, size_t limit)
{
    char block[4096];
    ssize_t size = read(fd, block, limit < sizeof(block) ? limit : sizeof(block));
    for (ssize_t i = 0; i < size; i++) {
        assert_true(reader->bytes < sizeof(reader->line) - 1);
        reader->line[reader->bytes++] = block[i];
        if (block[i] != '\n')
            continue;
        size_t offset;
        reader->line[reader->bytes] = '\0';
        assert_int_equal(reader->bytes, RECORD_BYTES + 1);
        assert_int_equal(sscanf(reader->line, "{\"log.offset\":%zu,", &offset), 1);
        assert_int_equal(offset, reader->next++);
        reader->bytes = 0;
    }
    return size > 0 ? (size_t)size : 0;
}

static void give(struct driver *driver, size_t count, size_t first)
{
    driver_give(driver, driver_batch_new(driver_source(0), count, first, RECORD_BYTES));
}

/* A reader that is slow: writing stops, never waits, and goes on in the middle of a line. */
static void slow_reader(int read_fd, int write_fd)
{
    struct driver driver;
    struct reader reader = {0};
    int saved;
    start(&driver, write_fd, &saved);
    for (size_t i = 0; i < 20; i++)
        give(&driver, 500, i * 500);
    assert_true(driver.delivered < 10000); /* it came back, though nobody reads */
    assert_non_null(driver.waiting);
    for (int i = 0; reader.next < 10000 && i < 100000; i++) {
        read_some(read_fd, &reader, 1000);
        driver_turn(&driver, 0);
    }
    assert_int_equal(reader.next, 10000);
    assert_int_equal(driver.delivered, 10000);
    stop(&driver, saved);
    close(read_fd);
}

static void test_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    slow_reader(ends[0], ends[1]);
}

/* Cannot be opened again through /proc. */
static void test_socket(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    slow_reader(ends[0], ends[1]);
}

static void test_file(void **state)
{
    (void)state;
    struct driver driver;
    struct reader reader = {0};
    int saved;
    char path[] = "/tmp/blotter-stdout-XXXXXX";
    int fd = mkstemp(path);
    int read_fd = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    start(&driver, fd, &saved);
    for (size_t i = 0; i < 20; i++)
        give(&driver, 500, i * 500);
    assert_int_equal(driver.delivered, 10000);
    while (read_some(read_fd, &reader, 4096) > 0)
        continue;
    assert_int_equal(reader.next, 10000);
    stop(&driver, saved);
    close(read_fd);
}

static volatile sig_atomic_t terminated;

static void on_terminate(int number)
{
    (void)number;
    terminated++;
}

static void test_reader_goes_away(void **state)
{
    (void)state;
    struct driver driver;
    int ends[2], saved;
    char why[256];
    assert_int_equal(pipe(ends), 0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, on_terminate);
    start(&driver, ends[1], &saved);
    struct driver_batch *first = driver_batch_new(driver_source(0), 10, 0, RECORD_BYTES);
    driver_give(&driver, first);
    assert_int_equal(driver.delivered, 10);
    close(ends[0]);
    struct driver_batch *second = driver_batch_new(driver_source(0), 10, 10, RECORD_BYTES);
    driver_give(&driver, second);
    driver_turn(&driver, 0);
    assert_int_equal(terminated, 1); /* once */
    assert_true(atomic_load(&driver.output.is_gone));
    assert_int_equal(driver.delivered, 10);
    assert_int_equal(stdout_output_type.poll(&driver.output), -1);
    assert_int_equal(stdout_output_type.descriptor(&driver.output), -1);
    assert_false(stdout_output_type.is_ready(&driver.output, why, sizeof(why)));
    stop(&driver, saved);
    driver_batch_free(second);
    signal(SIGTERM, SIG_DFL);
}

/* While there is nothing to write. */
static void test_reader_goes_away_in_silence(void **state)
{
    (void)state;
    struct driver driver;
    int ends[2], saved;
    assert_int_equal(pipe(ends), 0);
    signal(SIGTERM, on_terminate);
    terminated = 0;
    start(&driver, ends[1], &saved);
    driver_turn(&driver, 0);
    assert_false(atomic_load(&driver.output.is_gone));
    close(ends[0]);
    driver_turn(&driver, 1000);
    driver_turn(&driver, 0);
    assert_true(atomic_load(&driver.output.is_gone));
    assert_int_equal(terminated, 1);
    stop(&driver, saved);
    signal(SIGTERM, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_socket),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_reader_goes_away),
        cmocka_unit_test(test_reader_goes_away_in_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
