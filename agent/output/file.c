#include "agent/output/file.h"

#include "agent/log.h"
#include "agent/metrics.h"
#include "agent/output/file_keep.h"
#include "agent/output/file_rotate.h"
#include "agent/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    RECORDS_PER_WRITE = 256,
};

#define RETRY_BACKOFF_NS     INT64_C(100000000)
#define RETRY_BACKOFF_MAX_NS INT64_C(5000000000)

static const struct option_word fsyncs[] = {{"always", FILE_FSYNC_ALWAYS},
                                            {"interval", FILE_FSYNC_INTERVAL},
                                            {"never", FILE_FSYNC_NEVER},
                                            {NULL, 0}};

static const struct option_word compressions[] = {{"none", FILE_COMPRESS_NONE},
#ifdef BLOTTER_GZIP
                                                  {"gzip", FILE_COMPRESS_GZIP},
#endif
#ifdef BLOTTER_ZSTD
                                                  {"zstd", FILE_COMPRESS_ZSTD},
#endif
                                                  {NULL, 0}};

static const struct option_word never[] = {{"never", 0}, {NULL, 0}};

#define PLACE(member) offsetof(struct file_config, member)

static const struct option options[] = {
    {"path", OPTION_STRING, OPTION_REQUIRED | OPTION_WRITES, PLACE(path), NULL, 1, PATH_MAX - 64,
     NULL, NULL, "File that records are appended to; missing folders are made"},
    {"fsync", OPTION_ENUM, 0, PLACE(fsync), "interval", 0, 0, fsyncs, NULL,
     "When records are on the disk, which is when they are acknowledged; never: when written"},
    {"fsync_interval", OPTION_DURATION_NS, 0, PLACE(fsync_interval_ns), "1s", 1000000,
     INT64_C(60000000000), NULL, NULL, "How long records are gathered for an fsync"},
    {"rotate.size", OPTION_SIZE_BYTES, 0, PLACE(rotate_size_bytes), "100MiB", 1024, 0, never, NULL,
     "Size that a file does not pass, unless one record does"},
    {"rotate.age", OPTION_DURATION_NS, 0, PLACE(rotate_age_ns), "never", INT64_C(1000000000), 0,
     never, NULL, "Age at which a file is rotated"},
    {"rotate.keep", OPTION_INT, 0, PLACE(rotate_keep), "7", 1, 100000, NULL, NULL,
     "How many rotated files are kept"},
    {"rotate.compress", OPTION_ENUM, 0, PLACE(rotate_compress), "none", 0, 0, compressions, NULL,
     "What rotated files are compressed with"},
    {NULL},
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static struct file_entry *entry_at(const struct file_state *state, size_t index)
{
    return &state->entries[(state->entry_head + index) & (state->entry_capacity - 1)];
}

static int add_entry(struct file_state *state, struct batch *batch, size_t first, size_t end)
{
    if (state->entry_count == state->entry_capacity) {
        size_t capacity = state->entry_capacity ? state->entry_capacity * 2 : 16;
        struct file_entry *entries = malloc(capacity * sizeof(*entries));
        if (!entries)
            return -ENOMEM;
        for (size_t i = 0; i < state->entry_count; i++)
            entries[i] = *entry_at(state, i);
        free(state->entries);
        state->entries = entries;
        state->entry_capacity = capacity;
        state->entry_head = 0;
    }
    if (state->cursor_entry == state->entry_count)
        state->cursor_record = first;
    state->entry_count++;
    *entry_at(state, state->entry_count - 1) =
        (struct file_entry){.batch = batch, .acknowledged = first, .end = end};
    state->held_bytes += batch->payload_bytes;
    return 0;
}

/* Something failed: it is tried again after a while that grows. */
static void fail(struct output *output, const char *what, int error)
{
    struct file_state *state = output->state;
    state->retry_backoff_ns =
        state->retry_backoff_ns ? state->retry_backoff_ns * 2 : RETRY_BACKOFF_NS;
    if (state->retry_backoff_ns > RETRY_BACKOFF_MAX_NS)
        state->retry_backoff_ns = RETRY_BACKOFF_MAX_NS;
    state->retry_at_ns = clock_ns(CLOCK_MONOTONIC) + state->retry_backoff_ns;
    atomic_store(&state->error, error);
    if (output->metrics)
        metrics_add(output->metrics, METRIC_OUTPUT_ERRORS, output->index, 1);
    log_warn(what, log_id("output", output->id), log_errno(error));
}

static void succeed(struct file_state *state)
{
    state->retry_backoff_ns = 0;
    state->retry_at_ns = 0;
    atomic_store_explicit(&state->error, 0, memory_order_relaxed);
}

/* Says of all records before the cursor that they are done. */
static void acknowledge(struct output *output)
{
    struct file_state *state = output->state;
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    while (state->entry_count > 0) {
        struct file_entry *entry = entry_at(state, 0);
        size_t end = state->cursor_entry > 0 ? entry->end : state->cursor_record;
        struct batch *batch = entry->batch;
        size_t first = entry->acknowledged;
        bool is_last = end == entry->end;
        entry->acknowledged = end;
        if (is_last) {
            state->held_bytes -= batch->payload_bytes;
            state->entry_head = (state->entry_head + 1) & (state->entry_capacity - 1);
            state->entry_count--;
            state->cursor_entry -= state->cursor_entry > 0;
        }
        if (end > first)
            output_delivered(output, batch, &batch->records[first], end - first, DELIVERY_OK,
                             now_ns);
        if (!is_last)
            break;
    }
    state->synced_size = state->size;
    state->unsynced_since_ns = 0;
    state->unsynced_bytes = 0;
}

/* Writes what is not acknowledged once more, behind what is. */
static void go_back(struct output *output)
{
    struct file_state *state = output->state;
    size_t again = 0;
    for (size_t i = 0; i < state->cursor_entry; i++)
        again += entry_at(state, i)->end - entry_at(state, i)->acknowledged;
    if (output->metrics)
        metrics_add(output->metrics, METRIC_OUTPUT_RETRIES, output->index, again);
    state->cursor_entry = 0;
    state->cursor_record = state->entry_count > 0 ? entry_at(state, 0)->acknowledged : 0;
    state->record_bytes = 0;
    state->unsynced_since_ns = 0;
    state->unsynced_bytes = 0;
}

static int sync_file(struct output *output)
{
    struct file_state *state = output->state;
    if (state->unsynced_bytes == 0)
        return 0;
    if (fdatasync(state->fd) == 0) {
        acknowledge(output);
        return 0;
    }
    int error = errno;
    fail(output, "the file cannot be synced; what was not synced is written again", error);
    if (ftruncate(state->fd, state->synced_size) == 0)
        state->size = state->synced_size;
    go_back(output);
    return -error;
}

static void close_file(struct file_state *state)
{
    if (state->fd >= 0)
        close(state->fd);
    state->fd = -1;
}

static int open_file(struct output *output)
{
    struct file_state *state = output->state;
    struct stat status;
    int r = file_rotate_open(&state->place, state->config->path, &state->fd, &status);
    if (r < 0)
        return r;
    state->device = status.st_dev;
    state->inode = status.st_ino;
    state->size = status.st_size;
    state->synced_size = status.st_size;
    state->born_ns = file_rotate_born_ns(state->fd);
    if (status.st_size == 0 && state->config->fsync != FILE_FSYNC_NEVER)
        file_rotate_sync_folder(&state->place);
    return 0;
}

/* Cuts a record that is only partly in the file off again. */
static void take_back_partial(struct file_state *state)
{
    if (state->record_bytes > 0 && ftruncate(state->fd, state->size) == 0)
        state->record_bytes = 0;
}

/* Whether the file is open and still what stands at the path: logrotate may have moved it. */
static bool is_open(struct output *output)
{
    struct file_state *state = output->state;
    bool must_reopen = atomic_exchange(&state->must_reopen, false);
    if (state->fd >= 0 && !must_reopen &&
        file_rotate_is_current(state->config->path, state->device, state->inode))
        return true;
    if (state->fd >= 0) {
        take_back_partial(state);
        state->record_bytes = 0; /* the new file gets it from its beginning */
        if (sync_file(output) < 0)
            return false;
        close_file(state);
    }
    int r = open_file(output);
    if (r < 0)
        fail(output, "the file cannot be opened", r);
    return r == 0;
}

static bool must_rotate(const struct file_state *state, size_t record_bytes)
{
    const struct file_config *config = state->config;
    if (state->size == 0 || state->record_bytes > 0)
        return false;
    if (config->rotate_size_bytes > 0 &&
        state->size + (off_t)record_bytes > config->rotate_size_bytes)
        return true;
    return config->rotate_age_ns > 0 &&
           clock_ns(CLOCK_REALTIME) - state->born_ns >= config->rotate_age_ns;
}

static int rotate(struct output *output)
{
    struct file_state *state = output->state;
    int r = sync_file(output);
    if (r < 0)
        return r;
    r = file_rotate_move(&state->place, state->config->path);
    if (r == 0) {
        close_file(state);
        r = open_file(output);
        file_keep_wake(&state->keeper);
    }
    if (r < 0)
        fail(output, "the file cannot be rotated", r);
    return r;
}

/* Points `parts` at records from the cursor on, as far as the file may grow. */
static int gather(const struct file_state *state, struct iovec parts[2 * RECORDS_PER_WRITE])
{
    const struct file_entry *entry = entry_at(state, state->cursor_entry);
    off_t size = state->size;
    int64_t limit = state->config->rotate_size_bytes;
    size_t skip = state->record_bytes;
    int count = 0;
    for (size_t i = state->cursor_record; i < entry->end && count < 2 * RECORDS_PER_WRITE; i++) {
        struct clean payload = entry->batch->records[i].payload;
        if (limit > 0 && count > 0 && size + (off_t)payload.size + 1 > limit)
            break;
        size += (off_t)payload.size + 1;
        if (skip < payload.size)
            parts[count++] =
                (struct iovec){(char *)(uintptr_t)payload.data + skip, payload.size - skip};
        parts[count++] = (struct iovec){(char *)"\n", 1};
        skip = 0;
    }
    return count;
}

static void advance(struct file_state *state, size_t written)
{
    struct file_entry *entry = entry_at(state, state->cursor_entry);
    state->unsynced_bytes += written;
    written += state->record_bytes;
    while (state->cursor_record < entry->end) {
        size_t line = entry->batch->records[state->cursor_record].payload.size + 1;
        if (written < line)
            break;
        written -= line;
        state->size += (off_t)line;
        state->cursor_record++;
    }
    state->record_bytes = written;
    if (state->cursor_record < entry->end)
        return;
    state->cursor_entry++;
    if (state->cursor_entry < state->entry_count)
        state->cursor_record = entry_at(state, state->cursor_entry)->acknowledged;
}

/* One write. 0 or negative errno. */
static int write_some(struct output *output)
{
    struct file_state *state = output->state;
    struct iovec parts[2 * RECORDS_PER_WRITE];
    ssize_t written = writev(state->fd, parts, gather(state, parts));
    if (written < 0 && errno == EINTR)
        return 0;
    if (written <= 0) {
        int error = written < 0 ? errno : EIO;
        take_back_partial(state);
        fail(output, "the file cannot be written; records wait", error);
        return -error;
    }
    if (state->unsynced_since_ns == 0)
        state->unsynced_since_ns = clock_ns(CLOCK_MONOTONIC);
    advance(state, (size_t)written);
    return 0;
}

/* Whether the policy wants an fsync now. With `interval` also when a quarter of the buffer waits
 * for it: the rest would be held up. */
static bool must_sync(const struct output *output, int64_t now_ns)
{
    const struct file_state *state = output->state;
    if (state->unsynced_bytes == 0)
        return false;
    return state->config->fsync == FILE_FSYNC_ALWAYS || state->is_flushing ||
           now_ns - state->unsynced_since_ns >= state->config->fsync_interval_ns ||
           state->held_bytes >= output->buffer_bytes / 4;
}

/* Writes, rotates and syncs as far as it can be done now. */
static void work(struct output *output)
{
    struct file_state *state = output->state;
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    if (state->retry_at_ns > now_ns)
        return;
    bool has_records = state->cursor_entry < state->entry_count;
    if ((has_records || atomic_load(&state->must_reopen) || state->fd < 0) && !is_open(output))
        return;
    int r = 0;
    while (r == 0 && state->cursor_entry < state->entry_count) {
        size_t index = state->cursor_record;
        size_t bytes = entry_at(state, state->cursor_entry)->batch->records[index].payload.size + 1;
        if (must_rotate(state, bytes))
            r = rotate(output);
        if (r == 0 && state->cursor_entry < state->entry_count)
            r = write_some(output);
        if (r == 0 && state->config->fsync == FILE_FSYNC_NEVER)
            acknowledge(output);
    }
    if (r == 0 && must_sync(output, now_ns))
        r = sync_file(output);
    if (r == 0)
        succeed(state);
}

static size_t write_file(struct output *output, struct batch *batch, size_t first)
{
    struct file_state *state = output->state;
    size_t end = output_end(output, batch), count = end - first;
    if (count == 0 ||
        (state->held_bytes > 0 && state->held_bytes + batch->payload_bytes > output->buffer_bytes))
        return 0;
    if (add_entry(state, batch, first, end) < 0)
        return 0;
    work(output);
    return count;
}

static int poll_file(struct output *output)
{
    struct file_state *state = output->state;
    work(output);
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    int64_t next_ns = INT64_MAX;
    if (state->retry_at_ns > 0)
        next_ns = state->retry_at_ns - now_ns;
    else if (state->unsynced_bytes > 0)
        next_ns = state->unsynced_since_ns + state->config->fsync_interval_ns - now_ns;
    if (next_ns == INT64_MAX)
        return -1;
    return next_ns > 0 ? (int)((next_ns + 999999) / 1000000) : 0;
}

static void flush(struct output *output)
{
    struct file_state *state = output->state;
    state->is_flushing = true;
}

static void reopen(struct output *output)
{
    struct file_state *state = output->state;
    atomic_store(&state->must_reopen, true);
}

static void close_output(struct output *output)
{
    struct file_state *state = output->state;
    file_keep_stop(&state->keeper);
    if (state->fd >= 0)
        take_back_partial(state);
    close_file(state);
    free(state->entries);
    state->entries = NULL;
    file_rotate_finish(&state->place);
}

static int open_output(struct output *output, struct clean *ret_error)
{
    struct file_state *state = output->state;
    state->config = output->config;
    state->fd = -1;
    int r = file_rotate_place(state->config->path, &state->place);
    if (r == 0)
        r = open_file(output);
    if (r == 0 && (state->config->rotate_size_bytes > 0 || state->config->rotate_age_ns > 0)) {
        state->keeper.config = state->config;
        state->keeper.place = &state->place;
        state->keeper.output_id = output->id;
        r = file_keep_start(&state->keeper);
    }
    if (r < 0) {
        snprintf(state->error_text, sizeof(state->error_text), "%.*s: %s", FILE_ERROR_MAX_PATH,
                 state->config->path, r == -EINVAL ? "is no regular file" : strerror(-r));
        *ret_error = clean_from_config(state->error_text);
        close_output(output);
    }
    return r;
}

static bool is_ready(struct output *output, char *ret_why, size_t why_size)
{
    const struct file_state *state = output->state;
    int error = atomic_load_explicit(&state->error, memory_order_relaxed);
    if (error == 0)
        return true;
    snprintf(ret_why, why_size, "the file cannot be written: %s",
             strerrordesc_np(error < 0 ? -error : error));
    return false;
}

const struct output_type file_output_type = {
    .name = "file",
    .summary = "Appends one record a line to a file that rotates",
    .options = options,
    .config_size = sizeof(struct file_config),
    .state_size = sizeof(struct file_state),
    .open = open_output,
    .write = write_file,
    .poll = poll_file,
    .flush = flush,
    .reopen = reopen,
    .close = close_output,
    .is_ready = is_ready,
};
