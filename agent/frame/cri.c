/* CRI: what containerd and CRI-O write, `2024-01-02T03:04:05.678Z stdout F text`; P instead of F
 * marks a piece that the next one of the stream goes on. Further tags would follow after a colon.
 * kubernetes/kubernetes: pkg/kubelet/kuberuntime/logs. */
#include "agent/frame/join.h"
#include "agent/parse.h"

#include <string.h>

enum {
    STREAM_SIZE = 6, /* stdout, stderr */
    STAMP_SIZE_MIN = sizeof("2024-01-02T03:04:05Z") - 1,
    STAMP_SIZE_MAX = 40,
};

/* The parts without the stamp's value: what recognizing needs. False: no CRI line. */
static bool split(const char *line, size_t size, size_t *ret_stamp_size,
                  struct join_piece *ret_piece)
{
    const char *end = line + size;
    size_t search = size < STAMP_SIZE_MAX ? size : STAMP_SIZE_MAX;
    const char *blank = memchr(line, ' ', search);
    if (!blank || (size_t)(blank - line) < STAMP_SIZE_MIN || line[4] != '-' || line[10] != 'T')
        return false;
    const char *stream = blank + 1;
    if (end - stream < STREAM_SIZE + 2 || stream[STREAM_SIZE] != ' ')
        return false;
    bool is_stdout = memcmp(stream, "stdout", STREAM_SIZE) == 0;
    if (!is_stdout && memcmp(stream, "stderr", STREAM_SIZE) != 0)
        return false;
    const char *tag = stream + STREAM_SIZE + 1;
    const char *tag_end = tag + 1;
    if ((*tag != 'P' && *tag != 'F') || (tag_end < end && *tag_end != ' ' && *tag_end != ':'))
        return false;
    while (tag_end < end && *tag_end != ' ')
        tag_end++;
    const char *text = tag_end < end ? tag_end + 1 : end;
    *ret_stamp_size = (size_t)(blank - line);
    *ret_piece = (struct join_piece){
        .text = text,
        .size = (size_t)(end - text),
        .stream = is_stdout ? 1 : 2,
        .is_partial = *tag == 'P',
        .time_ns = INT64_MIN,
    };
    return true;
}

static bool cri_unwrap(char *line, size_t size, int64_t now_ns, struct join_piece *ret_piece)
{
    static const struct parse_options utc = {0};
    size_t stamp_size;
    int64_t time_ns;
    if (!split(line, size, &stamp_size, ret_piece))
        return false;
    if (timestamp_parse(&utc, line, stamp_size, now_ns, &time_ns) == stamp_size)
        ret_piece->time_ns = time_ns;
    return true;
}

static int cri_frame(struct framer *framer, struct batch *batch)
{
    return join_frame(framer, batch, cri_unwrap);
}

static bool cri_recognize(const char *line, size_t size)
{
    size_t stamp_size;
    struct join_piece piece;
    return split(line, size, &stamp_size, &piece);
}

static bool cri_locate(const char *line, size_t size, struct frame_piece *ret_piece)
{
    size_t stamp_size;
    struct join_piece piece;
    if (!split(line, size, &stamp_size, &piece))
        return false;
    *ret_piece = (struct frame_piece){
        .offset = (size_t)(piece.text - line),
        .size = piece.size,
        .stream = piece.stream,
        .is_partial = piece.is_partial,
    };
    return true;
}

const struct frame_type cri_frame_type = {
    .name = "cri",
    .summary = "container logs of containerd and CRI-O: time stream tag text",
    .state_size = sizeof(struct join_state),
    .frame = cri_frame,
    .finish = join_finish,
    .recognize = cri_recognize,
    .locate = cri_locate,
};
