#include "agent/input/tail.h"

#include "agent/log.h"
#include "agent/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_BYTES = 1024 * 1024, /* of one file before it is another's turn */
    TURNS_MAX = 4,            /* before the loop looks at its descriptors again */
    RESCAN_MS = 5000,
};

static void on_work(uv_idle_t *work);

static void start_work(struct tail *tail)
{
    if (tail->ready && !tail->is_paused && tail->is_open)
        uv_idle_start(&tail->work, on_work);
    else
        uv_idle_stop(&tail->work);
}

void tail_ready(struct tail_file *file)
{
    struct tail *tail = file->tail;
    if (file->is_ready || (file->phase != TAIL_READING && file->phase != TAIL_ENDING))
        return;
    file->is_ready = true;
    file->next_ready = NULL;
    *tail->ready_end = file;
    tail->ready_end = &file->next_ready;
    start_work(tail);
}

static struct tail_file *take_ready(struct tail *tail)
{
    struct tail_file *file = tail->ready;
    tail->ready = file->next_ready;
    if (!tail->ready)
        tail->ready_end = &tail->ready;
    file->is_ready = false;
    return file;
}

/* First in the list again: a line longer than the memory waits until all else is delivered. */
static void wait_for_room(struct tail_file *file)
{
    struct tail *tail = file->tail;
    tail->is_paused = true;
    file->is_ready = true;
    file->next_ready = tail->ready;
    tail->ready = file;
    if (!file->next_ready)
        tail->ready_end = &file->next_ready;
}

void tail_check_done(struct tail *tail)
{
    if (tail->is_done || !tail->is_open || (!tail->is_draining && !tail->input->until_eof))
        return;
    if (!tail->is_draining && (tail->is_scan_wanted || tail->is_descriptor_wanted))
        return;
    for (struct tail_file *file = tail->files; file; file = file->next)
        if (file->phase == TAIL_READING || file->phase == TAIL_ENDING)
            return;
    tail->is_done = true;
    pipeline_input_done(tail->input->pipeline, tail->input);
}

/* The file may be freed by the time this returns. */
static int end_file(struct tail_file *file)
{
    struct tail *tail = file->tail;
    struct source *source = file->source;

    if (file->end == TAIL_PARKED && file->offset != file->scanned) {
        file->phase = TAIL_READING; /* it has grown by a part of a line, which must not be torn */
        return 0;
    }
    int r = tail_read_last(file);
    if (r < 0)
        return r;
    file->phase = TAIL_ENDED;
    file->end_offset = file->offset;
    file->source = NULL;
    if (file->end == TAIL_PARKED)
        tail_file_close(file);
    pipeline_source_end(tail->input->pipeline, source);
    tail_check_done(tail);
    return 0;
}

static void handle_error(struct tail_file *file, int error)
{
    if (error == -EAGAIN) {
        wait_for_room(file);
    } else if (error == -ESTALE && file->is_live) {
        tail_file_restart(file);
    } else {
        file->is_failing = true;
        tail_file_report(file->tail, file->path, "a file cannot be read, and is tried again", error,
                         NULL);
    }
}

/* Nothing more is there for now. */
static void at_end(struct tail_file *file)
{
    struct tail *tail = file->tail;
    if (file->phase == TAIL_READING && tail->is_draining)
        tail_file_begin_end(file, TAIL_DRAINED);
    else if (file->phase == TAIL_READING && tail->input->until_eof)
        tail_file_begin_end(file, TAIL_AT_EOF);
    else if (file->phase == TAIL_READING && tail->is_descriptor_wanted && file->is_named &&
             file->offset == file->size)
        tail_file_begin_end(file, TAIL_PARKED);
    else if (file->phase == TAIL_ENDING) {
        int r = end_file(file);
        if (r < 0)
            handle_error(file, r);
    }
}

static void turn(struct tail_file *file)
{
    int64_t budget = TURN_BYTES;

    if (file->end == TAIL_TRUNCATED && file->phase == TAIL_ENDING) {
        at_end(file);
        return;
    }
    while (budget > 0) {
        int64_t progress = tail_read_block(file);
        if (progress < 0) {
            handle_error(file, (int)progress);
            return;
        }
        file->is_failing = false;
        if (progress == 0 || file->scanned >= file->size) {
            at_end(file);
            return;
        }
        budget -= progress;
    }
    tail_ready(file);
}

static void on_work(uv_idle_t *work)
{
    struct tail *tail = work->data;
    for (int i = 0; i < TURNS_MAX && tail->ready && !tail->is_paused; i++)
        turn(take_ready(tail));
    start_work(tail);
}

/* What inotify does not show: a link in the middle of a path that points elsewhere, a file system
 * mounted over one; and what failed is tried again. */
static void on_rescan(uv_timer_t *timer)
{
    struct tail *tail = timer->data;
    for (struct tail_file *file = tail->files; file; file = file->next)
        if (file->is_failing)
            tail_ready(file);
    tail_scan_want(tail);
}

static int tail_open(struct input *input)
{
    struct tail *tail = input->state;

    tail->input = input;
    tail->config = input->config;
    tail->state = pipeline_state(input->pipeline);
    tail->name = state_name(tail->state, input->id);
    tail->ready_end = &tail->ready;
    uv_idle_init(input->loop, &tail->work);
    uv_timer_init(input->loop, &tail->poll_timer);
    uv_timer_init(input->loop, &tail->scan_timer);
    uv_timer_init(input->loop, &tail->rescan_timer);
    tail->work.data = tail;
    tail->poll_timer.data = tail;
    tail->scan_timer.data = tail;
    tail->rescan_timer.data = tail;
    tail->is_open = true;
    tail_watch_open(tail);
    uv_timer_start(&tail->rescan_timer, on_rescan, RESCAN_MS, RESCAN_MS);
    /* From the loop, when the input is open. */
    tail_scan_want(tail);
    return 0;
}

static void tail_resume(struct input *input)
{
    struct tail *tail = input->state;
    tail->is_paused = false;
    start_work(tail);
}

static void tail_acknowledged(struct input *input, struct source *source, uint64_t offset)
{
    struct tail_file *file = source->input_data;
    (void)input;
    if (!file || file->phase != TAIL_ENDED || offset < file->end_offset)
        return;
    source->input_data = NULL;
    tail_file_acknowledged(file, offset);
}

static void tail_drain(struct input *input)
{
    struct tail *tail = input->state;
    struct stat status;

    tail_scan_run(tail);
    tail->is_draining = true;
    uv_timer_stop(&tail->rescan_timer);
    uv_timer_stop(&tail->scan_timer);
    for (struct tail_file *file = tail->files; file; file = file->next) {
        if (file->phase != TAIL_READING && file->phase != TAIL_ENDING)
            continue;
        /* A writer that never stops must not keep the drain from ending. */
        if (file->fd >= 0 && fstat(file->fd, &status) == 0)
            file->limit = (uint64_t)status.st_size;
        tail_ready(file);
    }
    tail_check_done(tail);
}

static void tail_close(struct input *input)
{
    struct tail *tail = input->state;
    uv_handle_t *const handles[] = {
        (uv_handle_t *)&tail->work,
        (uv_handle_t *)&tail->poll_timer,
        (uv_handle_t *)&tail->scan_timer,
        (uv_handle_t *)&tail->rescan_timer,
    };

    tail->is_draining = true;
    while (tail->files)
        tail_file_free(tail->files);
    for (size_t i = 0; i < sizeof(handles) / sizeof(*handles); i++)
        uv_close(handles[i], NULL);
    if (tail->inotify >= 0)
        uv_close((uv_handle_t *)&tail->events, NULL);
    tail_watch_close(tail);
}

static uint64_t tail_lag_bytes(struct input *input)
{
    const struct tail *tail = input->state;
    uint64_t lag = 0;
    struct stat status;

    for (const struct tail_file *file = tail->files; file; file = file->next)
        if (file->fd >= 0 && file->source && fstat(file->fd, &status) == 0 &&
            (uint64_t)status.st_size > file->scanned)
            lag += (uint64_t)status.st_size - file->scanned;
    return lag;
}

static const struct option_word start_words[] = {
    {"beginning", TAIL_BEGINNING},
    {"end", TAIL_END},
    {0},
};

static const struct option_word after_words[] = {
    {"keep", TAIL_KEEP},
    {"delete", TAIL_DELETE},
    {0},
};

static const struct option_word watch_words[] = {
    {"inotify", TAIL_INOTIFY},
    {"poll", TAIL_POLL},
    {0},
};

static const struct option tail_options[] = {
    {
        .key = "paths",
        .type = OPTION_STRING_LIST,
        .flags = OPTION_REQUIRED | OPTION_READS,
        .offset = offsetof(struct tail_config, paths),
        .min = 1,
        .help = "Files to read; *, ?, [a-z] stand for parts of a name, ** for any directories",
    },
    {
        .key = "exclude",
        .type = OPTION_STRING_LIST,
        .offset = offsetof(struct tail_config, exclude),
        .default_text = "[]",
        .help = "Paths of these forms are not read",
    },
    {
        .key = "start",
        .type = OPTION_ENUM,
        .offset = offsetof(struct tail_config, start),
        .default_text = "beginning",
        .words = start_words,
        .help = "Where to begin in a file that is there at the start and was never read; a file "
                "that appears later is read from its beginning",
    },
    {
        .key = "last_lines",
        .type = OPTION_INT,
        .offset = offsetof(struct tail_config, last_lines),
        .default_text = "0",
        .max = 100000,
        .help = "With `start: end`: how many lines before the end are read",
    },
    {
        .key = "after",
        .type = OPTION_ENUM,
        .offset = offsetof(struct tail_config, after),
        .default_text = "keep",
        .words = after_words,
        .help = "What becomes of a rotated file when its last byte is acknowledged",
    },
    {
        .key = "rotate_wait",
        .type = OPTION_DURATION_NS,
        .offset = offsetof(struct tail_config, rotate_wait_ns),
        .default_text = "5s",
        .max = INT64_C(3600000000000),
        .help = "How long nothing may be written to a renamed or deleted file before it is closed",
    },
    {
        .key = "watch",
        .type = OPTION_ENUM,
        .offset = offsetof(struct tail_config, watch),
        .default_text = "inotify",
        .words = watch_words,
        .help = "How changes are seen; what inotify does not see (NFS, limits) is polled anyway",
    },
    {
        .key = "poll_interval",
        .type = OPTION_DURATION_NS,
        .offset = offsetof(struct tail_config, poll_interval_ns),
        .default_text = "250ms",
        .min = INT64_C(10000000),
        .max = INT64_C(60000000000),
        .help = "How often a polled file is looked at",
    },
    {
        .key = "max_open_files",
        .type = OPTION_INT,
        .offset = offsetof(struct tail_config, max_open_files),
        .default_text = "512",
        .min = 1,
        .max = TAIL_FILES_MAX,
        .help = "Descriptors held at a time; files of which all is read give theirs up first",
    },
    {0},
};

const struct input_type tail_input_type = {
    .name = "tail",
    .summary = "follows files through rotation, from the last acknowledged line",
    .options = tail_options,
    .config_size = sizeof(struct tail_config),
    .state_size = sizeof(struct tail),
    .open = tail_open,
    .resume = tail_resume,
    .acknowledged = tail_acknowledged,
    .drain = tail_drain,
    .close = tail_close,
    .lag_bytes = tail_lag_bytes,
};
