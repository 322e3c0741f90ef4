#include "agent/input/tail.h"
#include "agent/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Files that are no text, known by their first bytes. */
static const struct {
    const char *bytes;
    size_t size;
    const char *message;
} unreadable_kinds[] = {
    {"\xff\xfe", 2, "a file is withheld: it is UTF-16 or UTF-32, and only UTF-8 is read"},
    {"\xfe\xff", 2, "a file is withheld: it is UTF-16 or UTF-32, and only UTF-8 is read"},
    {"\0\0\xfe\xff", 4, "a file is withheld: it is UTF-16 or UTF-32, and only UTF-8 is read"},
    {"\x1f\x8b", 2, "a file is withheld: it is compressed"},
    {"\x28\xb5\x2f\xfd", 4, "a file is withheld: it is compressed"},
    {"BZh", 3, "a file is withheld: it is compressed"},
    {"\xfd"
     "7zXZ",
     5, "a file is withheld: it is compressed"},
};

static int64_t birth_ns(int fd)
{
    struct statx status;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) < 0 || !(status.stx_mask & STATX_BTIME))
        return 0;
    return status.stx_btime.tv_sec * INT64_C(1000000000) + status.stx_btime.tv_nsec;
}

static const char *unreadable_kind(const char *first, size_t size)
{
    for (size_t i = 0; i < sizeof(unreadable_kinds) / sizeof(*unreadable_kinds); i++)
        if (size >= unreadable_kinds[i].size &&
            memcmp(first, unreadable_kinds[i].bytes, unreadable_kinds[i].size) == 0)
            return unreadable_kinds[i].message;
    return NULL;
}

/* Where an output goes on when its checkpoint is in the middle of a line, because the line's first
 * part was delivered when its end was not there yet: the line is delivered again, whole, since no
 * rule sees what is in two halves. */
static int whole_line(struct tail_file *file, uint64_t *checkpoint)
{
    char byte = '\n';
    if (*checkpoint == 0)
        return 0;
    if (pread(file->fd, &byte, 1, (off_t)(*checkpoint - 1)) != 1)
        return -EIO;
    if (byte == '\n')
        return 0;
    if (pread(file->fd, &byte, 1, (off_t)*checkpoint) == 1 && byte == '\n') {
        ++*checkpoint;
        return 0;
    }
    int r =
        tail_seek_line_start(file->fd, *checkpoint, file->tail->input->max_line_bytes, checkpoint);
    if (r == -ERANGE) {
        file->is_discarding = true;
        r = 0;
    }
    return r;
}

/* Goes on with what the state knows. 0, -ENOENT when it does not, or the file was cut since. */
static int resume_known(struct tail_file *file, const char *first, size_t size)
{
    struct tail *tail = file->tail;
    struct pipeline *pipeline = tail->input->pipeline;
    uint64_t checkpoints[BATCH_OUTPUTS_MAX];
    struct state_file known;
    uint64_t lowest = 0;

    int r = state_find_file(tail->state, &file->identity, first, size, &known);
    if (r < 0)
        return r;
    pipeline_checkpoints(pipeline, known.source, known.start, checkpoints);
    for (int i = 0; i < BATCH_OUTPUTS_MAX; i++) {
        if (checkpoints[i] > file->size)
            return -ENOENT;
        if (checkpoints[i] > 0 && (lowest == 0 || checkpoints[i] < lowest))
            lowest = checkpoints[i];
        r = whole_line(file, &checkpoints[i]);
        if (r < 0)
            return r;
    }
    r = pipeline_source_new(pipeline, tail->input, file->path, known.source, checkpoints,
                            &file->source);
    if (r < 0)
        return r;
    known.device = file->identity.device;
    known.birth_ns = file->identity.birth_ns;
    file->identity = known;
    file->delivered = lowest;
    return 0;
}

/* Where a file that nothing is known of begins. */
static int first_offset(struct tail_file *file, const char *first, size_t size,
                        uint64_t *ret_offset)
{
    const struct tail *tail = file->tail;
    bool from_end =
        tail->config->start == TAIL_END && tail->scan <= 1 && !state_is_recovered(tail->state);

    *ret_offset = size >= 3 && memcmp(first, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (!from_end || file->size <= *ret_offset)
        return 0;
    int r = tail_seek_last_lines(file->fd, file->size, tail->config->last_lines, ret_offset);
    if (r == -ERANGE) {
        *ret_offset = file->size;
        file->is_discarding = true;
        r = 0;
    }
    return r;
}

static int start_new(struct tail_file *file, const char *first, size_t size)
{
    struct tail *tail = file->tail;
    uint64_t checkpoints[BATCH_OUTPUTS_MAX];
    uint64_t start = 0;

    int r = first_offset(file, first, size, &start);
    if (r < 0)
        return r;
    for (int i = 0; i < BATCH_OUTPUTS_MAX; i++)
        checkpoints[i] = start;
    r = pipeline_source_new(tail->input->pipeline, tail->input, file->path, NULL, checkpoints,
                            &file->source);
    if (r < 0)
        return r;
    file->identity.start = start;
    memcpy(file->identity.source, file->source->id, SOURCE_ID_SIZE);
    return 0;
}

static void withhold(struct tail_file *file, const char *message)
{
    struct input *input = file->tail->input;

    tail_file_report(file->tail, file->path, message, 0, NULL);
    pipeline_input_count(input->pipeline, input, METRIC_WITHHELD_BYTES, file->size);
    file->phase = TAIL_RESTING;
    file->end = TAIL_WITHHELD;
    file->end_offset = file->size;
    tail_file_close(file);
}

int tail_identify(struct tail_file *file, bool only_known)
{
    struct state_file *identity = &file->identity;
    char first[STATE_FINGERPRINT_BYTES_MAX];

    identity->birth_ns = birth_ns(file->fd);
    int r = state_hmac(file->tail->state, file->path, strlen(file->path), identity->path_hmac);
    ssize_t n = pread(file->fd, first, sizeof(first), 0);
    if (n < 0)
        r = -errno;
    const char *message = r == 0 ? unreadable_kind(first, (size_t)n) : NULL;
    if (message) {
        withhold(file, message);
        return 0;
    }
    if (r == 0)
        r = resume_known(file, first, (size_t)n);
    if (r == -ENOENT && !only_known) {
        r = state_hmac(file->tail->state, first, (size_t)n, identity->fingerprint);
        identity->fingerprint_bytes = (uint32_t)n;
        if (r == 0)
            r = start_new(file, first, (size_t)n);
    }
    explicit_bzero(first, sizeof(first));
    if (r < 0)
        return r;
    file->source->input_data = file;
    file->offset = pipeline_source_checkpoint(file->tail->input->pipeline, file->source);
    file->scanned = file->offset;
    state_put_file(file->tail->state, identity);
    tail_ready(file);
    return 0;
}
