#include "agent/input.h"
#include "agent/option.h"
#include "agent/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 255 * 1024,
    BLOCK_MIN_BYTES = 15 * 1024,
    READ_MIN_BYTES = 4096, /* less room than this in a block: it grows */
    READS_MAX = 8,         /* before the loop looks at its other descriptors */
    DRAIN_BYTES_MAX = 16 * 1024 * 1024,
};

struct stdin_state {
    struct input *input;
    struct source *source;
    int fd;
    bool is_blocking; /* shares its open file with others: asked by poll(2) before each read */
    bool is_socket;
    bool is_polled; /* by the loop; else always readable (a regular file) */
    uv_poll_t poll;
    uv_idle_t idle;

    struct batch *batch; /* holds the line whose end has not come, or NULL */
    size_t scanned;      /* bytes of its block in which there is no newline */
    uint64_t offset;     /* of the block's first byte, or of the carry's */
    uint64_t position;   /* bytes that were read */
    /* What follows the last newline of a submitted block, or the rest of a cut line while it is
     * skipped. Mapped, so that it can be left out of core dumps. */
    char *carry;
    size_t carry_size;
    bool is_skipping;
    bool is_at_eof;
    bool is_paused;
    bool is_draining;
    size_t drained_bytes;
    bool is_done;
};

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_idle(uv_idle_t *idle);

/* Starts or stops what wakes it. */
static void set_watching(struct stdin_state *state, bool watching)
{
    if (state->is_polled && watching && !state->is_at_eof)
        uv_poll_start(&state->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    else if (state->is_polled)
        uv_poll_stop(&state->poll);
    if (watching && (!state->is_polled || state->is_at_eof || state->is_draining))
        uv_idle_start(&state->idle, on_idle);
    else
        uv_idle_stop(&state->idle);
}

static ssize_t read_bytes(struct stdin_state *state, char *data, size_t size)
{
    struct pollfd readable = {.fd = state->fd, .events = POLLIN};
    ssize_t n;

    if (state->is_polled && state->is_blocking && poll(&readable, 1, 0) == 0)
        return -EAGAIN;
    do
        n = state->is_socket ? recv(state->fd, data, size, MSG_DONTWAIT)
                             : read(state->fd, data, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    state->position += (uint64_t)n;
    if (n == 0)
        state->is_at_eof = true;
    return n;
}

/* What a block should hold besides the carry. */
static size_t wanted_bytes(const struct stdin_state *state)
{
    int available = 0;
    if (!state->is_polled)
        return BLOCK_BYTES;
    if (ioctl(state->fd, FIONREAD, &available) < 0 || available < READ_MIN_BYTES)
        return READ_MIN_BYTES;
    return available < BLOCK_BYTES ? (size_t)available : BLOCK_BYTES;
}

/* Room in the block, or -EAGAIN. */
static int make_room(struct stdin_state *state)
{
    struct pipeline *pipeline = state->input->pipeline;
    struct batch *batch = state->batch;

    if (!batch) {
        size_t wanted = state->carry_size + wanted_bytes(state);
        size_t capacity = BLOCK_MIN_BYTES;
        while (capacity < wanted)
            capacity = 2 * capacity + 1024;
        batch = pipeline_batch_new(pipeline, state->source, capacity);
        if (!batch)
            return -EAGAIN;
        memcpy(batch->block, state->carry, state->carry_size);
        batch->block_size = state->carry_size;
        explicit_bzero(state->carry, state->carry_size);
        state->carry_size = 0;
        state->scanned = 0;
        state->batch = batch;
    }
    if (batch->block_capacity - batch->block_size >= READ_MIN_BYTES)
        return 0;
    /* Without memory the line ends here, like one that is too long. */
    if (pipeline_batch_grow(pipeline, batch, 2 * batch->block_capacity + 1024) < 0)
        state->is_skipping = true;
    return 0;
}

static void submit(struct stdin_state *state, uint64_t end_offset, unsigned flags)
{
    struct batch *batch = state->batch;
    batch->offset = state->offset;
    batch->end_offset = end_offset;
    batch->flags = flags;
    state->batch = NULL;
    state->offset = end_offset;
    pipeline_submit(state->input->pipeline, batch);
}

static void withhold(struct stdin_state *state, size_t bytes)
{
    pipeline_input_count(state->input->pipeline, state->input, METRIC_WITHHELD_BYTES, bytes);
}

/* Submits the whole lines of the block; what follows them is carried. */
static void take_lines(struct stdin_state *state)
{
    struct batch *batch = state->batch;
    size_t max = state->input->max_line_bytes;
    const char *newline =
        memrchr(batch->block + state->scanned, '\n', batch->block_size - state->scanned);

    state->scanned = batch->block_size;
    if (!newline && batch->block_size > max) {
        withhold(state, batch->block_size - max);
        batch->block_size = max;
        state->is_skipping = true;
    }
    if (!newline)
        return;
    size_t whole = (size_t)(newline - batch->block) + 1;
    state->carry_size = batch->block_size - whole;
    memcpy(state->carry, newline + 1, state->carry_size);
    batch->block_size = whole;
    submit(state, state->offset + whole, 0);
}

/* Reads past the rest of a cut line. Only when its end was found is the line submitted, because a
 * checkpoint within it would make a line of its rest. */
static ssize_t skip(struct stdin_state *state)
{
    ssize_t n = read_bytes(state, state->carry, BLOCK_BYTES);
    if (n <= 0)
        return n;
    const char *newline = memchr(state->carry, '\n', (size_t)n);
    size_t skipped = newline ? (size_t)(newline - state->carry) : (size_t)n;
    withhold(state, skipped);
    if (newline) {
        state->carry_size = (size_t)n - skipped - 1;
        memmove(state->carry, newline + 1, state->carry_size);
        state->is_skipping = false;
        submit(state, state->position - state->carry_size, BATCH_CUT_END);
    }
    return n;
}

/* What a skip left may hold whole lines, and no byte may come to push them out. */
static void take_carry(struct stdin_state *state)
{
    if (state->is_skipping || state->batch || !memchr(state->carry, '\n', state->carry_size))
        return;
    if (make_room(state) == 0)
        take_lines(state);
    else
        state->is_paused = true;
}

static ssize_t read_some(struct stdin_state *state)
{
    if (state->is_skipping)
        return skip(state);
    if (make_room(state) < 0) {
        state->is_paused = true;
        return -EAGAIN;
    }
    struct batch *batch = state->batch;
    size_t room = batch->block_capacity - batch->block_size;
    ssize_t n = state->is_skipping ? -EAGAIN
                                   : read_bytes(state, batch->block + batch->block_size,
                                                room < BLOCK_BYTES ? room : BLOCK_BYTES);
    if (n > 0) {
        batch->block_size += (size_t)n;
        take_lines(state);
    }
    return n;
}

/* Submits what there is as the source's last. */
static void finish(struct stdin_state *state)
{
    struct input *input = state->input;
    unsigned flags = BATCH_FINAL;

    if (make_room(state) < 0) {
        state->is_paused = true;
        return;
    }
    if (state->batch->block_size > 0 && (state->is_skipping || !state->is_at_eof))
        flags |= BATCH_CUT_END;
    submit(state, state->position, flags);
    state->is_done = true;
    pipeline_source_end(input->pipeline, state->source);
    state->source = NULL;
    pipeline_input_done(input->pipeline, input);
}

static void turn(struct stdin_state *state)
{
    ssize_t n = 1;
    take_carry(state);
    for (int i = 0; i < READS_MAX && n > 0 && !state->is_paused && !state->is_at_eof; i++) {
        n = read_some(state);
        if (!state->is_paused)
            take_carry(state);
        if (n > 0 && state->is_draining)
            state->drained_bytes += (size_t)n;
    }
    if (n < 0 && n != -EAGAIN)
        state->is_at_eof = true; /* EIO of a terminal that hung up, a reset connection */
    bool is_drained = state->is_draining && !state->is_paused &&
                      (n <= 0 || state->drained_bytes >= DRAIN_BYTES_MAX);
    if (!state->is_paused && (state->is_at_eof || is_drained))
        finish(state);
    set_watching(state, !state->is_paused && !state->is_done);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    turn(poll->data);
}

static void on_idle(uv_idle_t *idle)
{
    turn(idle->data);
}

/* A description of our own, which alone is set to not block: the one we were given may be a
 * terminal or pipe that others use too. */
static int open_own(struct stdin_state *state, const struct stat *status)
{
    if (S_ISFIFO(status->st_mode) || S_ISCHR(status->st_mode)) {
        state->fd = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (state->fd >= 0)
            return 0;
    }
    state->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (state->fd < 0)
        return -errno;
    state->is_blocking = !(fcntl(state->fd, F_GETFL) & O_NONBLOCK);
    state->is_socket = S_ISSOCK(status->st_mode);
    return 0;
}

static int start(struct stdin_state *state)
{
    struct input *input = state->input;
    struct stat status;

    if (fstat(STDIN_FILENO, &status) < 0)
        return -errno;
    int r = open_own(state, &status);
    if (r < 0)
        return r;
    state->carry =
        mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (state->carry == MAP_FAILED) {
        state->carry = NULL;
        return -ENOMEM;
    }
    madvise(state->carry, BLOCK_BYTES, MADV_DONTDUMP);
    r = pipeline_source_new(input->pipeline, input, NULL, NULL, NULL, &state->source);
    if (r < 0)
        return r;
    /* epoll refuses what can always be read with EPERM. */
    r = uv_poll_init(input->loop, &state->poll, state->fd);
    state->is_polled = r == 0;
    return r == UV_EPERM ? 0 : r;
}

static void release(struct stdin_state *state)
{
    if (state->fd >= 0)
        close(state->fd);
    if (state->carry) {
        explicit_bzero(state->carry, BLOCK_BYTES);
        munmap(state->carry, BLOCK_BYTES);
    }
}

static int stdin_open(struct input *input)
{
    struct stdin_state *state = input->state;

    state->input = input;
    state->fd = -1;
    int r = start(state);
    if (r < 0) {
        if (state->source)
            pipeline_source_end(input->pipeline, state->source);
        release(state);
        return r;
    }
    uv_idle_init(input->loop, &state->idle);
    state->idle.data = state;
    state->poll.data = state;
    set_watching(state, true);
    return 0;
}

static void stdin_resume(struct input *input)
{
    struct stdin_state *state = input->state;
    state->is_paused = false;
    /* One turn even if nothing new comes: there may be a carry. */
    if (!state->is_done)
        uv_idle_start(&state->idle, on_idle);
}

static void stdin_drain(struct input *input)
{
    struct stdin_state *state = input->state;
    state->is_draining = true;
    if (!state->is_done && !state->is_paused)
        set_watching(state, true);
}

static void stdin_close(struct input *input)
{
    struct stdin_state *state = input->state;
    if (state->batch)
        pipeline_batch_drop(input->pipeline, state->batch);
    state->batch = NULL;
    uv_close((uv_handle_t *)&state->idle, NULL);
    if (state->is_polled)
        uv_close((uv_handle_t *)&state->poll, NULL);
    release(state);
}

static uint64_t stdin_lag_bytes(struct input *input)
{
    const struct stdin_state *state = input->state;
    int available = 0;
    if (state->is_done || ioctl(state->fd, FIONREAD, &available) < 0 || available < 0)
        return 0;
    return (uint64_t)available;
}

static const struct option stdin_options[] = {
    {0},
};

const struct input_type stdin_input_type = {
    .name = "stdin",
    .summary = "reads standard input to its end",
    .options = stdin_options,
    .state_size = sizeof(struct stdin_state),
    .open = stdin_open,
    .resume = stdin_resume,
    .drain = stdin_drain,
    .close = stdin_close,
    .lag_bytes = stdin_lag_bytes,
};
