#pragma once
/* What CRI and Docker framing share: lines that wrap a piece of text, where several pieces of one
 * stream make a record. Pieces of stdout and stderr come interleaved and are joined apart. */
#include "agent/frame.h"

enum {
    JOIN_STREAMS = RECORD_STREAMS,
};

/* The text that a line wraps. */
struct join_piece {
    const char *text;
    size_t size;
    uint8_t stream;
    bool is_partial; /* more of the record follows */
    int64_t time_ns; /* INT64_MIN: none */
};

/* A record whose end has not come. Its text is kept in raw memory of the framer, because the batch
 * that brought it is zeroed and returned. */
struct join {
    struct arena arena;
    char *text;
    size_t size;
    size_t capacity;
    bool is_open;
    bool is_cut;   /* longer than max_line, or a piece of it was: what follows is dropped */
    bool overlaps; /* it began while another was open */
    uint64_t offset;
    uint64_t size_bytes;
    int64_t time_ns;
};

struct join_state {
    struct join streams[JOIN_STREAMS];
    uint64_t closed_offset; /* the newest at which no join was open */
};

/* Takes the wrapping off a line, in place where it is escaped. False: the line is not of this form
 * and passes as text. */
typedef bool join_unwrap(char *line, size_t size, int64_t now_ns, struct join_piece *ret_piece);

/* `frame` and `finish` of a type whose state is a struct join_state. */
int join_frame(struct framer *framer, struct batch *batch, join_unwrap *unwrap);
void join_finish(struct framer *framer);
