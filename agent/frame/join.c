#include "agent/frame/join.h"

#include <errno.h>
#include <string.h>

enum {
    CAPACITY_MIN = 16 * 1024, /* what container runtimes cut long lines into */
    /* How far, in longest lines, the checkpoint waits for a place where no join is open. Past it,
     * two streams of nothing but long lines would be read again without end: then the halves of
     * those that go over the place are records of their own once more. */
    LINES_BEHIND_MAX = 8,
};

/* The new block and its records, while they are written. */
struct output {
    struct framer *framer;
    const struct batch *batch;
    char *block;
    size_t size;
    struct record *records;
    size_t count;
};

static bool is_any_open(const struct join_state *state)
{
    for (int stream = 0; stream < JOIN_STREAMS; stream++) {
        if (state->streams[stream].is_open)
            return true;
    }
    return false;
}

/* Begins a record at the end of the block. */
static struct record *begin(struct output *output, uint8_t stream, int64_t time_ns)
{
    struct record *record = &output->records[output->count++];
    *record = (struct record){
        .block_offset = output->size,
        .frame_time_ns = time_ns,
        .stream = stream,
    };
    return record;
}

/* Adds text to the record, at most max_line in all; returns how many bytes found no room. */
static size_t add(struct output *output, struct record *record, const char *text, size_t size)
{
    size_t room = output->framer->max_line_bytes - record->block_size;
    size_t taken = size < room ? size : room;
    if (taken > 0)
        memcpy(output->block + output->size, text, taken);
    output->size += taken;
    record->block_size += taken;
    return size - taken;
}

static void end(struct output *output, struct record *record)
{
    if (!(record->flags & RECORD_CUT_END) && record->block_size > 0 &&
        output->block[output->size - 1] == '\r') {
        record->block_size--;
        output->size--;
    }
    output->block[output->size++] = '\n';
}

static int grow(struct join *join, struct arena_pool *pool, size_t wanted)
{
    size_t capacity = join->capacity ? join->capacity : CAPACITY_MIN;
    while (capacity < wanted)
        capacity *= 2;
    struct arena arena;
    arena_init(&arena, pool);
    char *text = arena_alloc(&arena, capacity);
    if (!text) {
        arena_reset(&arena);
        return -ENOMEM;
    }
    if (join->size > 0)
        memcpy(text, join->text, join->size);
    if (join->capacity > 0)
        arena_reset(&join->arena);
    join->arena = arena;
    join->text = text;
    join->capacity = capacity;
    return 0;
}

static void reset(struct join *join)
{
    if (join->capacity > 0)
        arena_reset(&join->arena);
    memset(join, 0, sizeof(*join));
}

/* Keeps a partial piece. */
static int keep(struct join *join, struct framer *framer, const struct batch *batch,
                const struct join_piece *piece, uint64_t offset, uint64_t size_bytes)
{
    if (!join->is_open) {
        join->overlaps = is_any_open(framer->state);
        join->is_open = true;
        join->offset = offset;
        join->time_ns = piece->time_ns;
    }
    join->size_bytes += size_bytes;
    size_t room = framer->max_line_bytes - join->size;
    size_t taken = join->is_cut ? 0 : piece->size < room ? piece->size : room;
    if (taken < piece->size) {
        join->is_cut = true;
        framer->withheld_bytes += piece->size - taken;
    }
    if (taken == 0)
        return 0;
    if (join->size + taken > join->capacity && grow(join, batch->raw.pool, join->size + taken) < 0)
        return -ENOMEM;
    memcpy(join->text + join->size, piece->text, taken);
    join->size += taken;
    return 0;
}

/* Ends the record that was begun last; `dropped` bytes of it found no room. */
static void end_cut(struct output *output, struct record *record, bool is_cut, size_t dropped)
{
    if (is_cut || dropped > 0) {
        record->flags |= RECORD_CUT_END;
        output->framer->cut_lines++;
        output->framer->withheld_bytes += dropped;
    }
    end(output, record);
}

/* Writes a join with its last piece. */
static void complete(struct output *output, struct join *join, const struct join_piece *piece,
                     uint64_t size_bytes, bool is_cut)
{
    struct record *record = begin(output, piece->stream, join->time_ns);
    record->offset = join->offset;
    record->size_bytes = join->size_bytes + size_bytes;
    record->flags = join->overlaps ? RECORD_OVERLAPS : 0;
    add(output, record, join->text, join->size);
    size_t dropped = join->is_cut ? piece->size : add(output, record, piece->text, piece->size);
    end_cut(output, record, is_cut || join->is_cut, dropped);
    reset(join);
}

/* Writes a join whose last piece never came. */
static void flush(struct output *output, struct join *join, uint8_t stream)
{
    struct record *record = begin(output, stream, join->time_ns);
    record->offset = join->offset;
    record->size_bytes = join->size_bytes;
    record->flags = RECORD_CUT_END | (join->overlaps ? RECORD_OVERLAPS : 0);
    add(output, record, join->text, join->size);
    output->framer->flushed_joins++;
    output->framer->cut_lines += join->is_cut;
    end(output, record);
    reset(join);
}

/* Writes a record that is one line. */
static void single(struct output *output, const struct join_piece *piece, uint64_t offset,
                   uint64_t size_bytes, bool is_cut)
{
    struct record *record = begin(output, piece->stream, piece->time_ns);
    record->offset = offset;
    record->size_bytes = size_bytes;
    record->flags = is_any_open(output->framer->state) ? RECORD_OVERLAPS : 0;
    size_t dropped = add(output, record, piece->text, piece->size);
    end_cut(output, record, is_cut, dropped);
}

static int take_line(struct output *output, join_unwrap *unwrap, char *line, size_t size,
                     uint64_t offset, uint64_t size_bytes, bool is_cut)
{
    struct join_state *state = output->framer->state;
    struct join_piece piece;
    if (!unwrap(line, size, output->batch->read_time_ns, &piece)) {
        piece = (struct join_piece){.text = line, .size = size, .time_ns = INT64_MIN};
        single(output, &piece, offset, size_bytes, is_cut);
        return 0;
    }
    struct join *join = &state->streams[piece.stream];
    if (piece.is_partial) {
        int error = keep(join, output->framer, output->batch, &piece, offset, size_bytes);
        join->is_cut |= is_cut;
        return error;
    }
    if (join->is_open)
        complete(output, join, &piece, size_bytes, is_cut);
    else
        single(output, &piece, offset, size_bytes, is_cut);
    return 0;
}

static size_t count_newlines(const char *text, size_t size)
{
    size_t count = 0;
    const char *stop = text + size;
    while (text < stop && (text = memchr(text, '\n', (size_t)(stop - text)))) {
        text++;
        count++;
    }
    return count;
}

/* Room for every text of the block and of the joins, a newline behind each. */
static int make_output(struct framer *framer, struct batch *batch, struct output *ret_output)
{
    const struct join_state *state = framer->state;
    size_t lines = count_newlines(batch->block, batch->block_size) + 1;
    size_t capacity = batch->block_size + 1;
    for (int stream = 0; stream < JOIN_STREAMS; stream++)
        capacity += state->streams[stream].size + 1;
    ret_output->framer = framer;
    ret_output->batch = batch;
    ret_output->block = arena_alloc(&batch->raw, capacity);
    ret_output->records =
        arena_alloc(&batch->clean, (lines + JOIN_STREAMS) * sizeof(*ret_output->records));
    return ret_output->block && ret_output->records ? 0 : -ENOMEM;
}

/* Where reading may begin again, with the joins as they are now: where none was open, since the
 * rest of one that was would be a record of its own, with a half of a card perhaps. */
static uint64_t restart_offset(const struct framer *framer, const struct batch *batch)
{
    const struct join_state *state = framer->state;
    uint64_t first = batch->end_offset;
    if (!is_any_open(state))
        return first;
    for (int stream = 0; stream < JOIN_STREAMS; stream++) {
        const struct join *join = &state->streams[stream];
        if (join->is_open && join->offset < first)
            first = join->offset;
    }
    uint64_t limit_bytes = (uint64_t)LINES_BEHIND_MAX * framer->max_line_bytes;
    return first - state->closed_offset > limit_bytes ? first : state->closed_offset;
}

static void set_result(struct batch *batch, const struct output *output)
{
    batch->block = output->block;
    batch->block_size = output->size;
    batch->records = output->records;
    batch->record_count = output->count;
}

static int take_lines(struct output *output, join_unwrap *unwrap)
{
    const struct batch *batch = output->batch;
    struct join_state *state = output->framer->state;
    char *stop = batch->block + batch->block_size;
    uint64_t offset = batch->offset;
    for (char *line = batch->block; line < stop;) {
        char *newline = memchr(line, '\n', (size_t)(stop - line));
        size_t size = (size_t)((newline ? newline : stop) - line);
        uint64_t size_bytes = newline ? size + 1 : batch->end_offset - offset;
        bool is_cut = !newline && (batch->flags & BATCH_CUT_END);
        if (!is_any_open(state))
            state->closed_offset = offset;
        int error = take_line(output, unwrap, line, size, offset, size_bytes, is_cut);
        if (error < 0)
            return error;
        offset += size_bytes;
        line = newline ? newline + 1 : stop;
    }
    return 0;
}

int join_frame(struct framer *framer, struct batch *batch, join_unwrap *unwrap)
{
    struct join_state *state = framer->state;
    struct output output = {0};
    if (make_output(framer, batch, &output) < 0)
        return -ENOMEM;
    int error = take_lines(&output, unwrap);
    if (error < 0)
        return error;
    batch->checkpoint = restart_offset(framer, batch);
    for (int stream = 0; stream < JOIN_STREAMS && (batch->flags & BATCH_FINAL); stream++) {
        if (state->streams[stream].is_open)
            flush(&output, &state->streams[stream], (uint8_t)stream);
    }
    if ((batch->flags & BATCH_FINAL) && !(batch->flags & BATCH_SUSPENDED))
        batch->checkpoint = batch->end_offset;
    set_result(batch, &output);
    return 0;
}

void join_finish(struct framer *framer)
{
    struct join_state *state = framer->state;
    for (int stream = 0; stream < JOIN_STREAMS; stream++)
        reset(&state->streams[stream]);
}
