#include "plugin/fluent-bit/rewrite.h"

#include "plugin/fluent-bit/escape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A place in both spellings. */
struct rewriter {
    struct msgpack_reader map;
    const char *text;
    size_t at;
    size_t end; /* of the map's line in the text */
    const struct blot_finding *findings;
    size_t count; /* those that are left */
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

static size_t string_end(const struct rewriter *rewriter, size_t at)
{
    for (at++; at < rewriter->end && rewriter->text[at] != '"'; at++) {
        if (rewriter->text[at] == '\\')
            at++;
    }
    return at < rewriter->end ? at + 1 : rewriter->end;
}

/* The next token of the line: from the returned offset to `rewriter->at`. */
static size_t next_token(struct rewriter *rewriter)
{
    size_t from = rewriter->at;
    while (from < rewriter->end && strchr("{}[],:", rewriter->text[from]))
        from++;
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

static int rewrite_scalar(struct rewriter *rewriter, const uint8_t *begin,
                          const struct msgpack_token *token, struct text *spare,
                          struct output_bytes *output)
{
    size_t from = next_token(rewriter);
    bool was_string = from < rewriter->end && rewriter->text[from] == '"';
    size_t count;
    int r = count_findings(rewriter, from, &count);
    if (r < 0)
        return r;
    if (count == 0)
        return rewrite_append(output, begin, (size_t)(rewriter->map.next - begin));
    r = apply(rewriter, from, count, spare);
    rewriter->findings += count;
    rewriter->count -= count;
    return r < 0 ? r : append_string(output, spare, was_string, token->kind == MSGPACK_BINARY);
}

int rewrite_map(struct msgpack_reader map, const char *text, size_t at, size_t end,
                const struct blot_finding *findings, size_t count, struct text *spare,
                struct output_bytes *output)
{
    struct rewriter rewriter = {map, text, at, end, findings, count};
    while (rewriter.map.next < rewriter.map.end) {
        const uint8_t *begin = rewriter.map.next;
        struct msgpack_token token;
        int r = msgpack_read(&rewriter.map, &token);
        if (r < 0)
            return -EDOM;
        if (token.kind == MSGPACK_MAP || token.kind == MSGPACK_ARRAY)
            r = rewrite_append(output, begin, (size_t)(rewriter.map.next - begin));
        else
            r = rewrite_scalar(&rewriter, begin, &token, spare, output);
        if (r < 0)
            return r;
    }
    return rewriter.count == 0 ? 0 : -EDOM;
}
