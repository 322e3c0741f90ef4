/* The stdout output: one record a line, for a person or for the next program of a pipe.
 *
 * A write never waits. Other programs may share the terminal or pipe, so its flags are not touched:
 * it is opened once more through /proc, without blocking, for this thread alone. What cannot be
 * opened again (a socket, or another user's terminal) is asked first and given PIPE_BUF bytes at a
 * time, which a descriptor that polls writable takes. */
#include "agent/option.h"
#include "agent/output.h"
#include "agent/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    RECORDS_PER_WRITE = 256,
    RETRY_MS = 200,
};

struct stdout_config {
    char unused;
};

struct stdout_state {
    int fd;
    int epoll; /* readable when fd takes more; -1 for a file, which always does */
    bool owns_fd;
    bool may_block;
    bool is_waiting;     /* fd took less than it was given */
    size_t record_bytes; /* of the first record that is not done: already written */
    char error[128];
};

static const struct option options[] = {{NULL}};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int open_stdout(struct output *output, struct clean *ret_error)
{
    struct stdout_state *state = output->state;
    struct stat status;
    state->fd = STDOUT_FILENO;
    state->epoll = -1;
    if (fstat(STDOUT_FILENO, &status) < 0) {
        int error = errno;
        snprintf(state->error, sizeof(state->error), "standard output: %s", strerror(error));
        *ret_error = clean_from_config(state->error);
        return -error;
    }
    if (S_ISREG(status.st_mode))
        return 0;
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
        int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0) {
            state->fd = fd;
            state->owns_fd = true;
        }
    }
    state->may_block = !state->owns_fd;
    state->epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = 0};
    if (state->epoll >= 0 && epoll_ctl(state->epoll, EPOLL_CTL_ADD, state->fd, &event) < 0) {
        close(state->epoll); /* /dev/null */
        state->epoll = -1;
    }
    return 0;
}

static void close_stdout(struct output *output)
{
    struct stdout_state *state = output->state;
    if (state->epoll >= 0)
        close(state->epoll);
    if (state->owns_fd)
        close(state->fd);
}

static void watch(struct stdout_state *state, bool is_waiting)
{
    struct epoll_event event = {.events = is_waiting ? EPOLLOUT : 0};
    state->is_waiting = is_waiting;
    if (state->epoll >= 0)
        epoll_ctl(state->epoll, EPOLL_CTL_MOD, state->fd, &event);
}

/* Points `parts` at the records' bytes and newlines, at most `limit` bytes. */
static int gather(const struct stdout_state *state, const struct batch *batch, size_t first,
                  size_t end, size_t limit, struct iovec parts[2 * RECORDS_PER_WRITE])
{
    int count = 0;
    size_t skip = state->record_bytes;
    for (size_t i = first; i < end && count < 2 * RECORDS_PER_WRITE; i++) {
        struct clean payload = batch->records[i].payload;
        struct iovec line[2] = {{(char *)(uintptr_t)payload.data, payload.size}, {(char *)"\n", 1}};
        for (int j = 0; j < 2; j++) {
            size_t skipped = skip < line[j].iov_len ? skip : line[j].iov_len;
            size_t size = line[j].iov_len - skipped;
            skip -= skipped;
            if (size > limit)
                size = limit;
            if (size > 0)
                parts[count++] = (struct iovec){(char *)line[j].iov_base + skipped, size};
            limit -= size;
        }
        if (limit == 0)
            break;
    }
    return count;
}

static void end(struct output *output)
{
    if (!atomic_exchange(&output->is_gone, true))
        kill(getpid(), SIGTERM);
}

/* How many records `written` bytes completed. */
static size_t advance(struct stdout_state *state, const struct batch *batch, size_t first,
                      size_t end, size_t written)
{
    size_t done = 0;
    written += state->record_bytes;
    while (first + done < end && written >= batch->records[first + done].payload.size + 1)
        written -= batch->records[first + done++].payload.size + 1;
    state->record_bytes = written;
    return done;
}

static bool takes_more(const struct stdout_state *state)
{
    struct pollfd descriptor = {.fd = state->fd, .events = POLLOUT};
    return !state->may_block || poll(&descriptor, 1, 0) > 0;
}

static size_t write_stdout(struct output *output, struct batch *batch, size_t first)
{
    struct stdout_state *state = output->state;
    struct iovec parts[2 * RECORDS_PER_WRITE];
    size_t taken = 0;
    size_t last = output_end(output, batch), records = last - first;
    while (taken < records && !atomic_load(&output->is_gone)) {
        ssize_t written = -1;
        errno = EAGAIN;
        if (takes_more(state)) {
            int count = gather(state, batch, first + taken, last,
                               state->may_block ? PIPE_BUF : SSIZE_MAX, parts);
            written = writev(state->fd, parts, count);
        }
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            if (errno == EPIPE)
                end(output);
            watch(state, true);
            return taken;
        }
        size_t done = advance(state, batch, first + taken, last, (size_t)written);
        const struct record *record = &batch->records[first + taken];
        taken += done;
        if (done > 0) /* with its last record the batch is gone */
            output_delivered(output, batch, record, done, DELIVERY_OK, monotonic_ns());
    }
    if (state->is_waiting)
        watch(state, false);
    return taken;
}

/* A reader may go away while there is nothing to write: that is seen here. */
static int poll_stdout(struct output *output)
{
    const struct stdout_state *state = output->state;
    struct epoll_event event;
    if (state->epoll >= 0 && epoll_wait(state->epoll, &event, 1, 0) == 1 &&
        (event.events & (EPOLLERR | EPOLLHUP)) != 0)
        end(output);
    if (atomic_load(&output->is_gone))
        return -1;
    /* A full disk under a redirected output does not tell when there is room. */
    return state->is_waiting && state->epoll < 0 ? RETRY_MS : -1;
}

static int descriptor(struct output *output)
{
    const struct stdout_state *state = output->state;
    return atomic_load(&output->is_gone) ? -1 : state->epoll;
}

static bool is_ready(struct output *output, char *ret_why, size_t why_size)
{
    if (!atomic_load(&output->is_gone))
        return true;
    snprintf(ret_why, why_size, "the reader of standard output is gone");
    return false;
}

const struct output_type stdout_output_type = {
    .name = "stdout",
    .summary = "Prints one record a line",
    .options = options,
    .config_size = sizeof(struct stdout_config),
    .state_size = sizeof(struct stdout_state),
    .open = open_stdout,
    .write = write_stdout,
    .poll = poll_stdout,
    .descriptor = descriptor,
    .close = close_stdout,
    .is_ready = is_ready,
};
