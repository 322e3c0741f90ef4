#include "plugin/fluent-bit/rewrite.h"

#include "plugin/fluent-bit/escape.h"
#include "plugin/fluent-bit/line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A container that is being written. */
struct level {
    size_t header_at; /* in the output */
    uint64_t left;    /* tokens of it that are to come */
    uint32_t dropped; /* pairs */
    bool is_map;
};

/* A place in both spellings. */
struct rewriter {
    struct msgpack_reader map;
    const char *text;
    size_t at;
    size_t end; /* of the map's line in the text */
    const struct blot_finding *findings;
    size_t count; /* those that are left */
    struct text *spare;
    struct output_bytes *output;
    struct level levels[LINE_DEPTH_MAX];
    unsigned depth;
};

int rewrite_append(struct output_bytes *output, const void *data, size_t size)
{
    if (size > output->capacity - output->size) {
        size_t capacity = 2 * output->capacity + size;
        uint8_t *larger = realloc(output->data, capacity);
        if (!larger)
            return -ENOMEM;
        output->data = larger;
        output->capacity = capacity;
    }
    if (size > 0)
        memcpy(output->data + output->size, data, size);
    output->size += size;
    return 0;
}

/* Behind the string whose opening quote is at `from`: at a quote with an even number of backslashes
 * before it. */
static size_t string_end(const struct rewriter *rewriter, size_t from)
{
    const char *text = rewriter->text;
    for (size_t at = from + 1; at < rewriter->end; at++) {
        const char *quote = memchr(text + at, '"', rewriter->end - at);
        if (!quote)
            break;
        at = (size_t)(quote - text);
        size_t escapes = at;
        while (text[escapes - 1] == '\\')
            escapes--;
        if ((at - escapes) % 2 == 0)
            return at + 1;
    }
    return rewriter->end;
}

/* Where the next token of the line begins. */
static size_t next_begin(const struct rewriter *rewriter)
{
    size_t from = rewriter->at;
    while (from < rewriter->end && strchr("{}[],:", rewriter->text[from]))
        from++;
    return from;
}

/* The next token of the line: from the returned offset to `rewriter->at`. */
static size_t next_token(struct rewriter *rewriter)
{
    size_t from = next_begin(rewriter);
    if (from < rewriter->end && rewriter->text[from] == '"') {
        rewriter->at = string_end(rewriter, from);
        return from;
    }
    size_t to = from;
    while (to < rewriter->end && !strchr(",]}\n", rewriter->text[to]))
        to++;
    rewriter->at = to;
    return from;
}

/* The token's text with the first `count` findings applied, in `spare`. */
static int apply(const struct rewriter *rewriter, size_t from, size_t count, struct text *spare)
{
    size_t size = rewriter->at - from;
    text_clear(spare, SIZE_MAX / 2);
    int r = text_reserve(spare, blot_applied_size(size, rewriter->findings, count));
    if (r < 0)
        return r;
    size_t done = from;
    for (size_t i = 0; i < count; i++) {
        const struct blot_finding *finding = &rewriter->findings[i];
        memcpy(spare->data + spare->size, rewriter->text + done, finding->offset - done);
        spare->size += finding->offset - done;
        memcpy(spare->data + spare->size, finding->replacement, finding->replacement_size);
        spare->size += finding->replacement_size;
        done = finding->offset + finding->size;
    }
    memcpy(spare->data + spare->size, rewriter->text + done, rewriter->at - done);
    spare->size += rewriter->at - done;
    return 0;
}

/* Writes the token that is in `spare` as a string. */
static int append_string(struct output_bytes *output, struct text *spare, bool was_string,
                         bool is_binary)
{
    char *content = spare->data;
    size_t size = spare->size;
    bool quoted = size >= 2 && content[0] == '"' && content[size - 1] == '"';
    if (was_string && !quoted)
        return -EDOM;
    if (quoted) {
        content++;
        size -= 2;
    }
    size = escape_undo(content, size, content);
    uint8_t header[MSGPACK_HEADER_BYTES];
    int r =
        rewrite_append(output, header, msgpack_string_header(header, (uint32_t)size, is_binary));
    return r < 0 ? r : rewrite_append(output, content, size);
}

/* Findings within the scalar that begins at `from`, -EDOM when one goes beyond it. */
static int count_findings(const struct rewriter *rewriter, size_t from, size_t *ret_count)
{
    size_t count = 0;
    for (; count < rewriter->count && rewriter->findings[count].offset < rewriter->at; count++) {
        const struct blot_finding *finding = &rewriter->findings[count];
        if (finding->offset < from || finding->size > rewriter->at - finding->offset)
            return -EDOM;
    }
    *ret_count = count;
    return 0;
}

static void take_findings(struct rewriter *rewriter, size_t count)
{
    rewriter->findings += count;
    rewriter->count -= count;
}

/* The scalar of the map from `begin` on, whose token of the line begins at `from`. */
static int rewrite_scalar(struct rewriter *rewriter, const uint8_t *begin, size_t from,
                          const struct msgpack_token *token)
{
    bool was_string = from < rewriter->end && rewriter->text[from] == '"';
    size_t count;
    int r = count_findings(rewriter, from, &count);
    if (r < 0)
        return r;
    if (count == 0)
        return rewrite_append(rewriter->output, begin, (size_t)(rewriter->map.next - begin));
    r = apply(rewriter, from, count, rewriter->spare);
    take_findings(rewriter, count);
    return r < 0 ? r
                 : append_string(rewriter->output, rewriter->spare, was_string,
                                 token->kind == MSGPACK_BINARY);
}

/* Whether the next finding takes away more than the key from `from` on: one or more whole members,
 * with a comma before or behind them. */
static bool is_dropped(const struct rewriter *rewriter, size_t from)
{
    const struct blot_finding *finding = rewriter->findings;
    return rewriter->count > 0 && finding->replacement_size == 0 && finding->offset <= from &&
           finding->offset + finding->size > rewriter->at;
}

/* Leaves out the member whose key was just read. */
static int drop_member(struct rewriter *rewriter)
{
    const struct blot_finding *finding = rewriter->findings;
    struct level *level = &rewriter->levels[rewriter->depth - 1];
    struct msgpack_token value;
    if (msgpack_read(&rewriter->map, &value) < 0 || value.kind == MSGPACK_MAP ||
        value.kind == MSGPACK_ARRAY)
        return -EDOM;
    next_token(rewriter);
    size_t end = finding->offset + finding->size;
    if (end < rewriter->at)
        return -EDOM;
    if (end <= next_begin(rewriter))
        take_findings(rewriter, 1);
    level->left -= 2;
    level->dropped++;
    return 0;
}

static int open_container(struct rewriter *rewriter, const uint8_t *begin,
                          const struct msgpack_token *token, bool is_marked)
{
    bool is_map = token->kind == MSGPACK_MAP;
    uint8_t header[MSGPACK_HEADER_BYTES];
    if (rewriter->depth == LINE_DEPTH_MAX || (is_marked && token->count == UINT32_MAX))
        return -EDOM;
    rewriter->levels[rewriter->depth++] = (struct level){
        .header_at = rewriter->output->size,
        .left = is_map ? 2 * (uint64_t)token->count : token->count,
        .is_map = is_map,
    };
    if (is_marked)
        return rewrite_append(rewriter->output, header,
                              msgpack_map_header(header, token->count + 1));
    return rewrite_append(rewriter->output, begin, (size_t)(rewriter->map.next - begin));
}

/* Ends the containers that have all of theirs. */
static void close_containers(struct rewriter *rewriter)
{
    while (rewriter->depth > 0 && rewriter->levels[rewriter->depth - 1].left == 0) {
        const struct level *level = &rewriter->levels[--rewriter->depth];
        if (level->dropped > 0)
            msgpack_map_lessen(rewriter->output->data + level->header_at, level->dropped);
    }
}

static int rewrite_token(struct rewriter *rewriter)
{
    const uint8_t *begin = rewriter->map.next;
    struct level *level = &rewriter->levels[rewriter->depth - 1];
    struct msgpack_token token;
    if (msgpack_read(&rewriter->map, &token) < 0)
        return -EDOM;
    if (token.kind == MSGPACK_MAP || token.kind == MSGPACK_ARRAY) {
        level->left--;
        return open_container(rewriter, begin, &token, false);
    }
    size_t from = next_token(rewriter);
    if (level->is_map && level->left % 2 == 0 && is_dropped(rewriter, from))
        return drop_member(rewriter);
    level->left--;
    return rewrite_scalar(rewriter, begin, from, &token);
}

int rewrite_map(struct msgpack_reader map, const char *text, size_t at, size_t end,
                const struct blot_finding *findings, size_t count, struct rewrite_mark mark,
                struct text *spare, struct output_bytes *output)
{
    struct rewriter rewriter;
    struct msgpack_token token;
    const uint8_t *begin = map.next;
    if (msgpack_read(&map, &token) < 0 || token.kind != MSGPACK_MAP)
        return -EDOM;
    /* The levels are written before they are read, and are too large to clear each time. */
    rewriter.map = map;
    rewriter.text = text;
    rewriter.at = at;
    rewriter.end = end;
    rewriter.findings = findings;
    rewriter.count = count;
    rewriter.spare = spare;
    rewriter.output = output;
    rewriter.depth = 0;
    int r = open_container(&rewriter, begin, &token, mark.size > 0);
    close_containers(&rewriter);
    while (r >= 0 && rewriter.depth > 0) {
        r = rewrite_token(&rewriter);
        close_containers(&rewriter);
    }
    if (r >= 0 && rewriter.count > 0)
        r = -EDOM;
    return r < 0 ? r : rewrite_append(output, mark.data, mark.size);
}
