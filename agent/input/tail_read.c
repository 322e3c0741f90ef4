#include "agent/input/tail.h"
#include "agent/pipeline.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 255 * 1024,
    BLOCK_MIN_BYTES = 15 * 1024,
    /* A line of which this much came without its end is not read again each time it grows. */
    REREAD_BYTES = 64 * 1024,
};

/* Up to `size` bytes at `offset`; fewer only at the end of the file. */
static int64_t read_at(int fd, void *data, size_t size, uint64_t offset)
{
    size_t total = 0;
    while (total < size) {
        ssize_t n = pread(fd, (char *)data + total, size - total, (off_t)(offset + total));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        total += (size_t)n;
    }
    return (int64_t)total;
}

/* The arenas hold powers of two less their own head best. */
static size_t block_capacity(uint64_t wanted)
{
    size_t capacity = BLOCK_MIN_BYTES;
    while (capacity < wanted && capacity < BLOCK_BYTES)
        capacity = 2 * capacity + 1024;
    return capacity;
}

static struct batch *new_batch(struct tail_file *file, size_t capacity)
{
    return pipeline_batch_new(file->tail->input->pipeline, file->source, capacity);
}

static void drop_batch(struct tail_file *file, struct batch *batch)
{
    pipeline_batch_drop(file->tail->input->pipeline, batch);
}

static void submit(struct tail_file *file, struct batch *batch, size_t size, uint64_t end_offset,
                   unsigned flags)
{
    batch->block_size = size;
    batch->offset = file->offset;
    batch->end_offset = end_offset;
    batch->flags = flags;
    file->offset = end_offset;
    pipeline_submit(file->tail->input->pipeline, batch);
}

static void count_withheld(struct tail_file *file, uint64_t bytes)
{
    struct input *input = file->tail->input;
    pipeline_input_count(input->pipeline, input, METRIC_WITHHELD_BYTES, bytes);
}

int tail_read_verify(struct tail_file *file)
{
    struct state_file *identity = &file->identity;
    char first[STATE_FINGERPRINT_BYTES_MAX];
    uint8_t hmac[STATE_FINGERPRINT_SIZE];

    int64_t n = read_at(file->fd, first, sizeof(first), 0);
    if (n < 0)
        return (int)n;
    int r = 0;
    if (n < identity->fingerprint_bytes)
        r = -ESTALE;
    if (r == 0 && identity->fingerprint_bytes > 0) {
        r = state_hmac(file->tail->state, first, identity->fingerprint_bytes, hmac);
        if (r == 0 && memcmp(hmac, identity->fingerprint, sizeof(hmac)) != 0)
            r = -ESTALE;
    }
    if (r == 0 && n > identity->fingerprint_bytes) {
        r = state_hmac(file->tail->state, first, (size_t)n, identity->fingerprint);
        identity->fingerprint_bytes = (uint32_t)n;
        state_put_file(file->tail->state, identity);
    }
    explicit_bzero(first, sizeof(first));
    return r;
}

/* The bytes are only taken for this generation's when the fingerprint fits after they were read: a
 * file that was truncated and written anew past our offset would look as if it had grown. */
static int64_t read_verified(struct tail_file *file, struct batch *batch, size_t size,
                             uint64_t offset)
{
    int64_t n = read_at(file->fd, batch->block, size, offset);
    int r = n < 0 ? (int)n : tail_read_verify(file);
    return r < 0 ? r : n;
}

/* A whole line that ends at `line_end`, longer than one block. */
static int64_t read_long_line(struct tail_file *file, uint64_t line_end)
{
    uint64_t line_bytes = line_end - file->offset - 1;
    uint64_t max = file->tail->input->max_line_bytes;
    bool is_cut = line_bytes > max;
    size_t size = (size_t)(is_cut ? max : line_bytes + 1);

    struct batch *batch = new_batch(file, size);
    if (!batch)
        return -EAGAIN;
    int64_t n = read_verified(file, batch, size, file->offset);
    if (n < 0 || n != (int64_t)size) {
        drop_batch(file, batch);
        return n < 0 ? n : -ESTALE;
    }
    if (is_cut)
        count_withheld(file, line_bytes - max);
    int64_t progress = (int64_t)(line_end - file->scanned);
    submit(file, batch, size, line_end, is_cut ? BATCH_CUT_END : 0);
    file->scanned = line_end;
    return progress;
}

/* Goes on looking for the end of a line that is long, or not wanted. */
static int64_t scan_line(struct tail_file *file, uint64_t size)
{
    size_t wanted = block_capacity(size - file->scanned);
    if (wanted > size - file->scanned)
        wanted = (size_t)(size - file->scanned);
    struct batch *batch = new_batch(file, block_capacity(wanted));
    if (!batch)
        return -EAGAIN;
    int64_t n = read_verified(file, batch, wanted, file->scanned);
    const char *newline = n > 0 ? memchr(batch->block, '\n', (size_t)n) : NULL;
    uint64_t line_end = newline ? file->scanned + (uint64_t)(newline - batch->block) + 1 : 0;
    drop_batch(file, batch);
    if (n <= 0)
        return n;
    if (file->is_discarding) {
        uint64_t skipped = (newline ? line_end : file->scanned + (uint64_t)n) - file->offset;
        count_withheld(file, skipped);
        file->offset += skipped;
        file->scanned = file->offset;
        file->is_discarding = !newline;
        return (int64_t)skipped;
    }
    if (newline)
        return read_long_line(file, line_end);
    file->scanned += (uint64_t)n;
    return n;
}

/* Reads from the start of the unfinished line, and submits all whole lines. */
static int64_t read_lines(struct tail_file *file, uint64_t size)
{
    size_t capacity = block_capacity(size - file->offset);
    size_t wanted = size - file->offset < capacity ? (size_t)(size - file->offset) : capacity;
    struct batch *batch = new_batch(file, capacity);
    if (!batch)
        return -EAGAIN;
    int64_t n = read_verified(file, batch, wanted, file->offset);
    uint64_t seen = file->scanned - file->offset;
    if (n <= (int64_t)seen) {
        drop_batch(file, batch);
        return n < 0 ? n : n < (int64_t)seen ? -ESTALE : 0;
    }
    int64_t progress = n - (int64_t)seen;
    file->scanned += (uint64_t)progress;
    const char *newline = memrchr(batch->block + seen, '\n', (size_t)progress);
    if (!newline) {
        drop_batch(file, batch);
        return progress;
    }
    size_t whole = (size_t)(newline - batch->block) + 1;
    submit(file, batch, whole, file->offset + whole, 0);
    return progress;
}

int64_t tail_read_block(struct tail_file *file)
{
    struct stat status;

    if (fstat(file->fd, &status) < 0)
        return -errno;
    uint64_t size = (uint64_t)status.st_size;
    if (size > file->size) {
        file->size = size;
        file->quiet_since_ms = uv_now(file->tail->input->loop);
    }
    if (size < file->scanned)
        return -ESTALE;
    if (size > file->limit)
        size = file->limit;
    if (size <= file->scanned)
        return tail_read_verify(file);
    if (file->is_discarding || file->scanned - file->offset >= REREAD_BYTES)
        return scan_line(file, size);
    return read_lines(file, size);
}

int tail_read_last(struct tail_file *file)
{
    uint64_t rest = file->end == TAIL_TRUNCATED ? 0 : file->scanned - file->offset;
    uint64_t max = file->tail->input->max_line_bytes;
    bool is_over = file->end == TAIL_ROTATED || file->end == TAIL_TRUNCATED;
    unsigned flags = BATCH_FINAL | (is_over ? 0 : BATCH_SUSPENDED);
    bool is_delivered = file->delivered > file->offset && file->delivered == file->scanned;
    size_t size = is_delivered ? 0 : (size_t)(rest < max ? rest : max);

    struct batch *batch =
        new_batch(file, block_capacity(size) > size ? block_capacity(size) : size);
    if (!batch)
        return -EAGAIN;
    int64_t n = size > 0 ? read_verified(file, batch, size, file->offset) : 0;
    if (n != (int64_t)size) {
        drop_batch(file, batch);
        return n < 0 ? (int)n : -ESTALE;
    }
    /* The writer may go on with the line after a drain: what touches the cut is not whole. */
    if (size > 0 && (rest > max || file->end == TAIL_DRAINED))
        flags |= BATCH_CUT_END;
    if (size > 0 && rest > max)
        count_withheld(file, rest - max);
    submit(file, batch, size, file->offset + rest, flags);
    return 0;
}
