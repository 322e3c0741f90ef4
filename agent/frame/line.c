/* Plain lines: the block that was read is the block of texts, nothing is copied. */
#include "agent/frame.h"

#include <errno.h>
#include <string.h>

static size_t count_newlines(const char *text, size_t size)
{
    /* Partial sums in bytes let the compiler compare and add whole vectors. */
    size_t count = 0;
    while (size > 0) {
        size_t part = size < 255 ? size : 255;
        unsigned char sum = 0;
        for (size_t i = 0; i < part; i++)
            sum = (unsigned char)(sum + (text[i] == '\n'));
        count += sum;
        text += part;
        size -= part;
    }
    return count;
}

/* A line of `size` bytes without its newline becomes a record, cut where it is too long. */
static void set_record(struct framer *framer, struct record *record, const struct batch *batch,
                       size_t offset, size_t size)
{
    *record = (struct record){
        .block_offset = offset,
        .block_size = size,
        .offset = batch->offset + offset,
        .size_bytes = size + 1,
        .frame_time_ns = INT64_MIN,
    };
    if (size > framer->max_line_bytes) {
        framer->cut_lines++;
        framer->withheld_bytes += size - framer->max_line_bytes;
        record->block_size = framer->max_line_bytes;
        record->flags = RECORD_CUT_END;
    } else if (size > 0 && batch->block[offset + size - 1] == '\r') {
        record->block_size--;
    }
}

/* The piece behind the last newline: a line that the input cut, or the source's last one. */
static void set_last_record(struct framer *framer, struct record *record, const struct batch *batch,
                            size_t offset)
{
    set_record(framer, record, batch, offset, batch->block_size - offset);
    record->size_bytes = batch->end_offset - record->offset;
    if (batch->flags & BATCH_CUT_END) {
        record->flags |= RECORD_CUT_END;
        framer->cut_lines++;
    }
}

static int line_frame(struct framer *framer, struct batch *batch)
{
    size_t lines = count_newlines(batch->block, batch->block_size);
    struct record *records = arena_alloc(&batch->clean, (lines + 1) * sizeof(*records));
    if (!records)
        return -ENOMEM;
    size_t offset = 0;
    for (size_t i = 0; i < lines; i++) {
        const char *line = batch->block + offset;
        const char *newline = memchr(line, '\n', batch->block_size - offset);
        set_record(framer, &records[i], batch, offset, (size_t)(newline - line));
        offset += (size_t)(newline - line) + 1;
    }
    batch->record_count = lines;
    if (offset < batch->block_size)
        set_last_record(framer, &records[batch->record_count++], batch, offset);
    batch->records = records;
    batch->checkpoint = batch->end_offset;
    return 0;
}

const struct frame_type line_frame_type = {
    .name = "line",
    .summary = "a line is a record",
    .frame = line_frame,
};
