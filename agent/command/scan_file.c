#include "agent/command/scan_file.h"

#include "agent/command/mask.h"
#include "agent/command/span.h"
#include "agent/expand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES    ((size_t)256 * 1024)
#define LINE_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define BINARY_BYTES   ((size_t)8 * 1024) /* in which a NUL says that it is no text */
#define CONTEXT_BYTES  48                 /* on each side of a finding in its excerpt */

struct scanner {
    const struct scan_settings *settings;
    struct blot_scratch *scratch, *all;
    struct mask *mask;
    struct span_list spans;
    char *block;
    size_t capacity, filled;
    struct scan_result *result;
    uint64_t line;             /* number of the line that the block begins in */
    uint64_t characters;       /* of it that came before the block */
    uint32_t state, all_state; /* blot_state_after of the text before the block */
};

int scan_file_new(const struct scan_settings *settings, struct scanner **ret_scanner)
{
    struct scanner *scanner = calloc(1, sizeof(*scanner));
    if (!scanner)
        return -ENOMEM;
    scanner->settings = settings;
    scanner->block = malloc(BLOCK_BYTES);
    scanner->capacity = BLOCK_BYTES;
    int error = scanner->block ? 0 : -ENOMEM;
    if (error == 0)
        error = blot_scratch_new(settings->rules, NULL, &scanner->scratch);
    if (error == 0)
        error = blot_scratch_new(settings->all, NULL, &scanner->all);
    if (error == 0)
        error = mask_new(settings->all, settings->rules, &scanner->mask);
    if (error < 0)
        scan_file_free(scanner);
    else
        *ret_scanner = scanner;
    return error;
}

struct scanner *scan_file_free(struct scanner *scanner)
{
    if (!scanner)
        return NULL;
    mask_free(scanner->mask);
    blot_scratch_free(scanner->all);
    blot_scratch_free(scanner->scratch);
    span_free(&scanner->spans);
    if (scanner->block)
        explicit_bzero(scanner->block, scanner->capacity);
    free(scanner->block);
    free(scanner);
    return NULL;
}

void scan_file_forget(struct scan_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        free(result->findings[i].excerpt);
    free(result->findings);
    *result = (struct scan_result){0};
}

static uint64_t count_characters(const char *text, size_t size)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* A part of a masked line around [begin, end), cut between characters. */
static char *cut_excerpt(const char *text, size_t size, size_t begin, size_t end)
{
    static const char dots[] = "…";
    size_t from = begin > CONTEXT_BYTES ? begin - CONTEXT_BYTES : 0;
    size_t to = size - end > CONTEXT_BYTES ? end + CONTEXT_BYTES : size;
    while (from > 0 && is_continuation(text[from]))
        from--;
    while (to < size && is_continuation(text[to]))
        to++;
    char *excerpt = malloc(to - from + 2 * sizeof(dots) + 1), *at = excerpt;
    if (!excerpt)
        return NULL;
    if (from > 0)
        at = mempcpy(at, dots, sizeof(dots) - 1);
    at = mempcpy(at, text + from, to - from);
    if (to < size)
        at = mempcpy(at, dots, sizeof(dots) - 1);
    *at = '\0';
    return excerpt;
}

/* One line with findings, whose offsets count from the line's begin. */
struct found {
    const char *text;
    size_t size;
    const struct blot_finding *findings;
    size_t count;
    size_t base;    /* of the line in the block, for the findings' offsets */
    unsigned flags; /* enum blot_flag: the line goes on, but cannot be read */
};

static struct scan_finding *add_finding(struct scan_result *result)
{
    if (result->count == result->capacity) {
        size_t capacity = result->capacity ? 2 * result->capacity : 16;
        struct scan_finding *larger = realloc(result->findings, capacity * sizeof(*larger));
        if (!larger)
            return NULL;
        result->findings = larger;
        result->capacity = capacity;
    }
    struct scan_finding *finding = &result->findings[result->count];
    *finding = (struct scan_finding){0};
    return finding;
}

/* Takes the findings of a line over, with what may be shown around them. */
static int take_line(struct scanner *scanner, const struct found *found, const char *shown,
                     size_t shown_size, bool has_places)
{
    for (size_t i = 0; i < found->count; i++) {
        struct scan_result *result = scanner->result;
        /* What a cut hides is no finding: nobody knows what it was. */
        if (found->findings[i].reason == BLOT_WITHHELD_LENGTH)
            continue;
        if (result->count == SCAN_FINDINGS_MAX) {
            result->dropped++;
            continue;
        }
        struct scan_finding *finding = add_finding(result);
        if (!finding)
            return -ENOMEM;
        size_t offset = found->findings[i].offset - found->base, size = found->findings[i].size;
        size_t begin = 0, end = 0;
        if (has_places)
            span_place(&scanner->spans, offset, size, &begin, &end);
        finding->excerpt = cut_excerpt(shown, shown_size, begin, end);
        if (!finding->excerpt)
            return -ENOMEM;
        finding->line = scanner->line;
        finding->column = scanner->characters + count_characters(found->text, offset) + 1;
        finding->end_column = finding->column + count_characters(found->text + offset, size);
        finding->rule = found->findings[i].rule;
        if (scanner->settings->key)
            scan_key_print(scanner->settings->key,
                           blot_ruleset_rule_id(scanner->settings->rules, finding->rule),
                           found->text + offset, size, &finding->print);
        result->count++;
    }
    return 0;
}

/* The state of the rules that mask in front of a line: what an open private key has is not shown,
 * whatever rules are asked for. */
static uint32_t mask_state(const struct scanner *scanner, const struct found *found)
{
    return blot_state_after(scanner->settings->all, scanner->all_state, scanner->block,
                            found->base);
}

static int show_line(struct scanner *scanner, const struct found *found)
{
    const struct blot_finding *masks;
    size_t mask_count, shown_size, checked_size;
    char *shown = NULL;
    const char *checked;
    scanner->spans.count = 0;
    blot_resume(scanner->all, mask_state(scanner, found));
    int error =
        blot_find(scanner->all, found->text, found->size, found->flags, &masks, &mask_count);
    for (size_t i = 0; error == 0 && i < found->count; i++) {
        struct blot_finding finding = found->findings[i];
        finding.offset -= found->base;
        error = span_add_findings(&scanner->spans, &finding, 1);
    }
    if (error == 0)
        error = span_add_findings(&scanner->spans, masks, mask_count);
    if (error == 0)
        error = span_write(&scanner->spans, found->text, found->size, &shown, &shown_size);
    if (error == 0)
        error = mask_text(scanner->mask, shown, shown_size, &checked, &checked_size);
    if (error == 0)
        error = take_line(scanner, found, checked, checked_size, checked == shown);
    free(shown);
    return error;
}

/* Searches the first `size` bytes of the block. `flags`: enum blot_flag. */
static int search(struct scanner *scanner, size_t size, unsigned flags)
{
    const struct blot_finding *findings;
    size_t count, at = 0;
    blot_resume(scanner->scratch, scanner->state);
    int error = blot_find(scanner->scratch, scanner->block, size, flags, &findings, &count);
    for (size_t i = 0; error == 0 && i < count;) {
        const char *newline;
        while ((newline = memchr(scanner->block + at, '\n', findings[i].offset - at))) {
            at = (size_t)(newline - scanner->block) + 1;
            scanner->line++;
            scanner->characters = 0;
        }
        newline = memchr(scanner->block + at, '\n', size - at);
        struct found found = {.text = scanner->block + at,
                              .size = newline ? (size_t)(newline - scanner->block) - at : size - at,
                              .findings = findings + i,
                              .base = at,
                              .flags = newline ? 0 : flags};
        while (i + found.count < count &&
               findings[i + found.count].offset < found.base + found.size)
            found.count++;
        error = show_line(scanner, &found);
        i += found.count ? found.count : 1;
    }
    if (error < 0)
        return error;
    const char *newline;
    while ((newline = memchr(scanner->block + at, '\n', size - at))) {
        at = (size_t)(newline - scanner->block) + 1;
        scanner->line++;
        scanner->characters = 0;
    }
    scanner->characters += count_characters(scanner->block + at, size - at);
    scanner->result->text_bytes += size;
    const struct scan_settings *settings = scanner->settings;
    scanner->state = blot_state_after(settings->rules, scanner->state, scanner->block, size);
    scanner->all_state = blot_state_after(settings->all, scanner->all_state, scanner->block, size);
    memmove(scanner->block, scanner->block + size, scanner->filled - size);
    scanner->filled -= size;
    return 0;
}

/* Where to cut a line that is too long to be looked at whole: behind the last byte that ends a
 * word. */
static size_t cut_of(const struct scanner *scanner)
{
    for (size_t at = scanner->filled; at > scanner->filled - BLOCK_BYTES; at--) {
        if (strchr(" ,;\t", scanner->block[at - 1]) && scanner->block[at - 1])
            return at;
    }
    return scanner->filled;
}

/* Room for more text. 0 or -ENOMEM. */
static int make_room(struct scanner *scanner)
{
    if (scanner->filled < scanner->capacity)
        return 0;
    if (scanner->capacity >= LINE_BYTES_MAX)
        return search(scanner, cut_of(scanner), 0);
    char *larger = realloc(scanner->block, 2 * scanner->capacity);
    if (!larger)
        return -ENOMEM;
    scanner->block = larger;
    scanner->capacity *= 2;
    return 0;
}

/* What the first bytes say that it is. */
static enum scan_status judge(const char *text, size_t size)
{
    if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
        return SCAN_WIDE;
    if (size >= 4 && memcmp(text, "\0\0\xfe\xff", 4) == 0)
        return SCAN_WIDE;
    return memchr(text, '\0', size < BINARY_BYTES ? size : BINARY_BYTES) ? SCAN_BINARY : SCAN_DONE;
}

/* Reads and searches until the end, or until the result's status says no more. */
static int read_text(struct scanner *scanner, struct expand *expand)
{
    const struct scan_settings *settings = scanner->settings;
    struct scan_result *result = scanner->result;
    uint64_t taken = 0;
    for (bool is_first = true;; is_first = false) {
        int error = make_room(scanner);
        if (error < 0)
            return error;
        int64_t size = expand_read(expand, scanner->block + scanner->filled,
                                   scanner->capacity - scanner->filled);
        atomic_fetch_add(settings->taken_bytes, expand_taken(expand) - taken);
        taken = expand_taken(expand);
        if (size < 0) {
            result->status = SCAN_FAILED;
            result->error = (int)size;
        }
        if (size <= 0)
            return scanner->filled > 0
                       ? search(scanner, scanner->filled, size < 0 ? BLOT_CUT_END : 0)
                       : 0;
        if (is_first)
            result->status = judge(scanner->block, (size_t)size);
        if (result->status == SCAN_WIDE ||
            (result->status == SCAN_BINARY && !settings->reads_binary))
            return 0;
        result->status = SCAN_DONE;
        size_t before = scanner->filled;
        scanner->filled += (size_t)size;
        if (settings->max_bytes && result->text_bytes + scanner->filled > settings->max_bytes) {
            result->status = SCAN_LARGE;
            return search(scanner, (size_t)(settings->max_bytes - result->text_bytes),
                          BLOT_CUT_END);
        }
        const char *newline = memrchr(scanner->block + before, '\n', (size_t)size);
        error = newline ? search(scanner, (size_t)(newline - scanner->block) + 1, 0) : 0;
        if (error < 0)
            return error;
    }
}

static int open_file(const struct scan_walk_file *file)
{
    if (strcmp(file->path, "-") == 0)
        return dup(STDIN_FILENO);
    /* Without O_NONBLOCK a FIFO that took a file's place would hold the scan up for ever. */
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0 && file->waits)
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
    return descriptor;
}

int scan_file_run(struct scanner *scanner, const struct scan_walk_file *file,
                  struct scan_result *ret_result)
{
    struct expand *expand;
    *ret_result = (struct scan_result){0};
    int descriptor = open_file(file);
    if (descriptor < 0) {
        ret_result->status = SCAN_FAILED;
        ret_result->error = -errno;
        return 0;
    }
    int error = expand_open(descriptor, &expand);
    if (error < 0)
        return error;
    scanner->result = ret_result;
    scanner->filled = 0;
    scanner->line = 1;
    scanner->characters = 0;
    scanner->state = scanner->all_state = 0;
    error = read_text(scanner, expand);
    ret_result->lines = scanner->line - 1 + (scanner->characters > 0);
    expand_free(expand);
    if (error < 0)
        scan_file_forget(ret_result);
    return error;
}
