#include "plugin/rsyslog/cut.h"

#include "rules/blotter.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAIL_MAX_BYTES = 16,
    TAIL_MAX_BLANKS = 3, /* a card number may go on behind so many */
    SEPARATORS_MAX_BYTES = 3 * 4,
    PLACES_MAX = 64, /* each is a search of all before it */
};

/* Characters that no option of a template writes otherwise (json, sql, escape-cc, space-cc); where
 * upper-case or lower-case changes a letter, the tail is not found. None that a header ends with:
 * a template may have the end of the message without what stood before it. */
static bool is_plain(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') || (character && strchr("-._=", character));
}

/* What ends the message and can be looked for in a text; 0 bytes: nothing can. The shorter, the
 * more places are found, and where it was no cut only the digits before it are lost. */
static size_t tail_size(const char *raw, size_t raw_size)
{
    size_t blanks = 0, size;
    while (blanks < raw_size && blanks < TAIL_MAX_BLANKS && raw[raw_size - blanks - 1] == ' ')
        blanks++;
    for (size = blanks; size < raw_size && size < TAIL_MAX_BYTES; size++) {
        if (!is_plain(raw[raw_size - size - 1]))
            break;
    }
    return size > blanks ? size : 0;
}

static bool ends_with(const char *text, size_t size, const char *end, size_t end_size)
{
    return end_size > 0 && size >= end_size && memcmp(text + size - end_size, end, end_size) == 0;
}

/* What stands at the end of the text up to `end`, as if it were cut there: a finding that touches
 * the end over at most three separators. Marked, not replaced, since an end may lie in what belongs
 * to another. */
static int mark_before(struct blot_scratch *scratch, const char *text, size_t end, char *marks)
{
    const struct blot_finding *findings;
    size_t count;
    int r = blot_find(scratch, text, end, BLOT_CUT_END, &findings, &count);
    for (size_t i = 0; r == 0 && i < count; i++) {
        if (findings[i].reason == BLOT_WITHHELD_LENGTH ||
            findings[i].offset + findings[i].size + SEPARATORS_MAX_BYTES >= end)
            memset(marks + findings[i].offset, 1, findings[i].size);
    }
    return r;
}

/* The end of the first place from `at` on where the tail stands, or of the last of those that
 * overlap: what touches an earlier end touches that, too. 0: there is none. */
static size_t next_end(const char *text, size_t size, size_t at, const char *tail, size_t tail_size)
{
    size_t end = 0;
    for (;;) {
        const char *found = memmem(text + at, size - at, tail, tail_size);
        size_t begin = found ? (size_t)(found - text) : size;
        if (!found || (end > 0 && begin >= end))
            return end;
        end = begin + tail_size;
        at = begin + 1;
    }
}

/* 0, -ENOENT: the message ends nowhere in the text, or in too many places, or what mark_before
 * gives. */
static int mark(struct blot_scratch *scratch, const char *text, size_t size, const char *raw,
                size_t raw_size, char *marks)
{
    size_t length = tail_size(raw, raw_size), places = 0, end = 0;
    size_t same = raw_size < TAIL_MAX_BYTES ? raw_size : TAIL_MAX_BYTES;
    bool is_end = ends_with(text, size, raw + raw_size - same, same);
    int r = is_end ? mark_before(scratch, text, size, marks) : 0;
    while (r == 0 && length > 0) {
        end = next_end(text, size, end, raw + raw_size - length, length);
        if (end == 0)
            break;
        if (++places > PLACES_MAX)
            return -ENOENT;
        r = mark_before(scratch, text, end, marks);
    }
    return r < 0 || is_end || places > 0 ? r : -ENOENT;
}

static void withhold_marked(char *text, size_t size, const char *marks)
{
    for (size_t i = 0; i < size; i++) {
        if (marks[i] && (isalnum((unsigned char)text[i]) || (unsigned char)text[i] >= 0x80))
            text[i] = '*';
    }
}

int cut_withhold(struct blot_scratch *scratch, const char *text, size_t size, const char *raw,
                 size_t raw_size, char **ret_text, size_t *ret_size)
{
    static const char withheld[] = "[WITHHELD length]";
    size_t room = size > sizeof(withheld) ? size : sizeof(withheld);
    char *result = malloc(room), *marks = calloc(1, room);
    int r = result && marks ? mark(scratch, text, size, raw, raw_size, marks) : -ENOMEM;
    if (r == 0) {
        memcpy(result, text, size);
        withhold_marked(result, size, marks);
    } else if (r == -ENOENT) {
        size = sizeof(withheld) - 1;
        memcpy(result, withheld, size);
        r = 0;
    }
    free(marks);
    if (r < 0) {
        free(result);
        return r;
    }
    *ret_text = result;
    *ret_size = size;
    return 0;
}
