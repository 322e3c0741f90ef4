#include "agent/command/filter.h"

#include "agent/json.h"
#include "agent/json_escape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int filter_init(struct filter *filter, const struct blot_ruleset *rules)
{
    memset(filter, 0, sizeof(*filter));
    filter->rule_count = blot_ruleset_rule_count(rules);
    filter->rules = rules;
    filter->counts = calloc(filter->rule_count * FILTER_COUNTS, sizeof(*filter->counts));
    if (!filter->counts)
        return -ENOMEM;
    return blot_scratch_new(rules, NULL, &filter->scratch);
}

void filter_buffer_free(struct filter_buffer *buffer)
{
    free(buffer->data);
    memset(buffer, 0, sizeof(*buffer));
}

void filter_finish(struct filter *filter)
{
    blot_scratch_free(filter->scratch);
    free(filter->counts);
    filter_buffer_free(&filter->plain);
    filter_buffer_free(&filter->composed);
}

/* Room for `size` more bytes; NULL when there is no memory. */
static char *reserve(struct filter_buffer *buffer, size_t size)
{
    if (buffer->capacity - buffer->size < size) {
        size_t capacity = buffer->capacity ? buffer->capacity : 65536;
        while (capacity - buffer->size < size)
            capacity *= 2;
        char *data = realloc(buffer->data, capacity);
        if (!data)
            return NULL;
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

static int append(struct filter_buffer *buffer, const char *text, size_t size)
{
    char *out = reserve(buffer, size + 1);
    if (!out)
        return -ENOMEM;
    memcpy(out, text, size);
    buffer->size += size;
    return 0;
}

static int find(struct filter *filter, const char *text, size_t size, unsigned flags,
                const struct blot_finding **ret_findings, size_t *ret_count)
{
    int error = blot_find(filter->scratch, text, size, flags, ret_findings, ret_count);
    if (error < 0)
        return error;
    for (size_t i = 0; i < *ret_count; i++) {
        const struct blot_finding *finding = &(*ret_findings)[i];
        if (finding->rule < filter->rule_count && finding->reason < FILTER_REASONS)
            filter->counts[finding->rule * FILTER_COUNTS + finding->reason]++;
    }
    const struct blot_finding *reported;
    size_t reported_count = blot_shadow_findings(filter->scratch, &reported);
    for (size_t i = 0; i < reported_count; i++) {
        if (reported[i].rule < filter->rule_count)
            filter->counts[reported[i].rule * FILTER_COUNTS + FILTER_REPORTED]++;
    }
    return 0;
}

/* Appends the text redacted. */
static int append_redacted(struct filter *filter, struct filter_buffer *buffer, const char *text,
                           size_t size, unsigned flags)
{
    const struct blot_finding *findings;
    size_t count;
    int error = find(filter, text, size, flags, &findings, &count);
    if (error < 0)
        return error;
    size_t applied_size = blot_applied_size(size, findings, count);
    char *out = reserve(buffer, applied_size + 1);
    if (!out)
        return -ENOMEM;
    blot_apply(text, size, findings, count, out);
    buffer->size += applied_size;
    return 0;
}

/* The cut of a piece goes through a JSON string: its text is redacted decoded, since only there it
 * begins or ends where the record was cut, and the line is then redacted as a whole. */
static int append_escaped(struct filter *filter, struct filter_buffer *buffer, const char *line,
                          size_t size, const struct frame_piece *piece, unsigned flags)
{
    struct filter_buffer *plain = &filter->plain;
    struct filter_buffer *composed = &filter->composed;
    const struct blot_finding *findings;
    size_t count;
    plain->size = composed->size = 0;
    if (!reserve(plain, piece->size + 1))
        return -ENOMEM;
    size_t text_size = json_unescape(line + piece->offset, piece->size, plain->data);
    int error = find(filter, plain->data, text_size, flags, &findings, &count);
    if (error < 0 || count == 0)
        return error < 0 ? error : append_redacted(filter, buffer, line, size, 0);
    size_t applied_size = blot_applied_size(text_size, findings, count);
    if (!reserve(composed, applied_size + 1))
        return -ENOMEM;
    blot_apply(plain->data, text_size, findings, count, composed->data);
    plain->size = 0;
    if (append(plain, line, piece->offset) < 0)
        return -ENOMEM;
    char *escaped = reserve(plain, json_escape_bound(composed->data, applied_size));
    if (!escaped)
        return -ENOMEM;
    size_t repaired = 0;
    plain->size += json_escape(composed->data, applied_size, escaped, &repaired);
    size_t behind = piece->offset + piece->size;
    if (append(plain, line + behind, size - behind) < 0)
        return -ENOMEM;
    return append_redacted(filter, buffer, plain->data, plain->size, 0);
}

static unsigned piece_flags(struct filter_state *state, const struct frame_piece *piece)
{
    unsigned flags = state->is_open[piece->stream] ? BLOT_CUT_START : 0;
    state->is_open[piece->stream] = piece->is_partial;
    return flags | (piece->is_partial ? BLOT_CUT_END : 0);
}

/* Moves the engine's state over a line: over its text, or all of it where that is JSON, which is
 * redacted as a whole. */
static void advance_engine(struct filter_state *state, const struct blot_ruleset *rules,
                           const char *line, size_t size, const struct frame_piece *piece)
{
    bool is_plain = piece && !piece->is_escaped;
    uint32_t *engine = &state->engine[piece ? piece->stream : 0];
    *engine = blot_state_after(rules, *engine, is_plain ? line + piece->offset : line,
                               is_plain ? piece->size : size);
}

/* `cut` is BLOT_CUT_END for a line that was cut at max_line. */
static int append_line(struct filter *filter, struct filter_buffer *buffer,
                       const struct frame_type *frame, struct filter_state *state, const char *line,
                       size_t size, unsigned cut)
{
    struct frame_piece piece;
    bool located = frame->locate(line, size, &piece);
    blot_resume(filter->scratch, state->engine[located ? piece.stream : 0]);
    advance_engine(state, filter->rules, line, size, located ? &piece : NULL);
    if (!located)
        return append_redacted(filter, buffer, line, size, cut);
    unsigned flags = piece_flags(state, &piece) | cut;
    if (piece.is_escaped)
        return flags ? append_escaped(filter, buffer, line, size, &piece, flags)
                     : append_redacted(filter, buffer, line, size, 0);
    if (append(buffer, line, piece.offset) < 0)
        return -ENOMEM;
    return append_redacted(filter, buffer, line + piece.offset, piece.size, flags);
}

static int run_lines(struct filter *filter, const struct filter_block *block,
                     struct filter_buffer *buffer)
{
    struct filter_state state = block->state;
    const char *end = block->data + block->size;
    for (const char *line = block->data; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t size = (size_t)((newline ? newline : end) - line);
        unsigned cut = !newline && block->is_cut ? BLOT_CUT_END : 0;
        int error = append_line(filter, buffer, block->frame, &state, line, size, cut);
        if (error == 0 && newline)
            error = append(buffer, "\n", 1);
        if (error < 0)
            return error;
        line = newline ? newline + 1 : end;
    }
    return 0;
}

int filter_run(struct filter *filter, const struct filter_block *block,
               struct filter_buffer *buffer, const char **ret_text, size_t *ret_size)
{
    buffer->size = 0;
    if (block->frame->locate) {
        int error = run_lines(filter, block, buffer);
        if (error < 0)
            return error;
        *ret_text = buffer->data;
        *ret_size = buffer->size;
        return 0;
    }
    const struct blot_finding *findings;
    size_t count;
    blot_resume(filter->scratch, block->state.engine[0]);
    int error =
        find(filter, block->data, block->size, block->is_cut ? BLOT_CUT_END : 0, &findings, &count);
    if (error < 0)
        return error;
    *ret_text = block->data;
    *ret_size = block->size;
    if (count == 0)
        return 0;
    size_t applied_size = blot_applied_size(block->size, findings, count);
    char *out = reserve(buffer, applied_size + 1);
    if (!out)
        return -ENOMEM;
    blot_apply(block->data, block->size, findings, count, out);
    *ret_text = out;
    *ret_size = applied_size;
    return 0;
}

void filter_advance(struct filter_state *state, const struct blot_ruleset *rules,
                    const struct frame_type *frame, const char *data, size_t size)
{
    if (!frame->locate)
        state->engine[0] = blot_state_after(rules, state->engine[0], data, size);
    const char *end = data + size;
    for (const char *line = data; frame->locate && line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        struct frame_piece piece;
        size_t line_size = (size_t)((newline ? newline : end) - line);
        bool located = frame->locate(line, line_size, &piece);
        if (located)
            piece_flags(state, &piece);
        advance_engine(state, rules, line, line_size, located ? &piece : NULL);
        line = newline ? newline + 1 : end;
    }
}
