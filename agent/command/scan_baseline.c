#include "agent/command/scan_baseline.h"

#include "agent/document.h"
#include "agent/json.h"
#include "agent/json_escape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BASELINE_BYTES_MAX ((size_t)256 * 1024 * 1024)

enum {
    RULE_BYTES = 64,
};

struct known {
    char print[SCAN_PRINT_HEX + 1];
    char rule[RULE_BYTES];
    char *path;
};

struct scan_baseline {
    struct known *known; /* in order */
    size_t count, capacity;
};

static int compare(const void *left, const void *right)
{
    const struct known *a = left, *b = right;
    int r = strcmp(a->print, b->print);
    if (r == 0)
        r = strcmp(a->rule, b->rule);
    return r ? r : strcmp(a->path, b->path);
}

/* The string of a member, decoded, in `output`; false: there is none that fits. */
static bool read_string(const char *line, size_t size, const char *key, char *output,
                        size_t capacity)
{
    struct json_member member;
    if (!json_object_find(line, size, key, strlen(key), &member) || member.value_size < 2 ||
        member.value[0] != '"' || member.value_size - 2 >= capacity)
        return false;
    size_t written = json_unescape(member.value + 1, member.value_size - 2, output);
    output[written] = '\0';
    return strlen(output) == written;
}

static int read_line(struct scan_baseline *baseline, const char *line, size_t size)
{
    if (baseline->count == baseline->capacity) {
        size_t capacity = baseline->capacity ? 2 * baseline->capacity : 256;
        struct known *larger = realloc(baseline->known, capacity * sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        baseline->known = larger;
        baseline->capacity = capacity;
    }
    struct known *known = &baseline->known[baseline->count];
    known->path = malloc(size + 1);
    if (!known->path)
        return -ENOMEM;
    if (!read_string(line, size, "rule", known->rule, sizeof(known->rule)) ||
        !read_string(line, size, "hmac", known->print, sizeof(known->print)) ||
        strlen(known->print) != SCAN_PRINT_HEX ||
        !read_string(line, size, "path", known->path, size + 1)) {
        free(known->path);
        return -EBADMSG;
    }
    baseline->count++;
    return 0;
}

static int read_head(const struct scan_key *key, const char *line, size_t size)
{
    char id[SCAN_KEY_ID_HEX + 1];
    struct json_member member;
    if (!json_object_find(line, size, "blotter_baseline", 16, &member) || member.value_size != 1 ||
        member.value[0] != '1' || !read_string(line, size, "key", id, sizeof(id)))
        return -EBADMSG;
    return strcmp(id, scan_key_id(key)) == 0 ? 0 : -EKEYREJECTED;
}

int scan_baseline_read(const char *path, const struct scan_key *key,
                       struct scan_baseline **ret_baseline, size_t *ret_line)
{
    char *text;
    size_t size, number = 0;
    int error = document_read_file(path, BASELINE_BYTES_MAX, &text, &size);
    if (error < 0)
        return error;
    struct scan_baseline *baseline = calloc(1, sizeof(*baseline));
    error = baseline ? 0 : -ENOMEM;
    for (size_t at = 0; error == 0 && at < size;) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t end = newline ? (size_t)(newline - text) : size;
        number++;
        error = number == 1 ? read_head(key, text + at, end - at)
                            : read_line(baseline, text + at, end - at);
        at = end + 1;
    }
    if (error == 0 && number == 0)
        error = -EBADMSG;
    free(text);
    if (error < 0) {
        scan_baseline_free(baseline);
        *ret_line = number;
        return error;
    }
    if (baseline->count > 0)
        qsort(baseline->known, baseline->count, sizeof(*baseline->known), compare);
    *ret_baseline = baseline;
    return 0;
}

struct scan_baseline *scan_baseline_free(struct scan_baseline *baseline)
{
    if (!baseline)
        return NULL;
    for (size_t i = 0; i < baseline->count; i++)
        free(baseline->known[i].path);
    free(baseline->known);
    free(baseline);
    return NULL;
}

bool scan_baseline_has(const struct scan_baseline *baseline, const char *rule, const char *path,
                       const struct scan_print *print)
{
    struct known key = {.path = (char *)path};
    if (strlen(rule) >= sizeof(key.rule) || baseline->count == 0)
        return false;
    memcpy(key.print, print->hex, sizeof(key.print));
    memcpy(key.rule, rule, strlen(rule) + 1);
    return bsearch(&key, baseline->known, baseline->count, sizeof(key), compare) != NULL;
}

void scan_baseline_write_head(FILE *stream, const struct scan_key *key)
{
    fprintf(stream, "{\"blotter_baseline\":1,\"key\":\"%s\"}\n", scan_key_id(key));
}

int scan_baseline_write(FILE *stream, const char *rule, const char *path,
                        const struct scan_finding *finding)
{
    size_t repaired = 0, size = strlen(path);
    char *escaped = malloc(json_escape_bound(path, size) + 1);
    if (!escaped)
        return -ENOMEM;
    escaped[json_escape(path, size, escaped, &repaired)] = '\0';
    fprintf(stream, "{\"rule\":\"%s\",\"path\":\"%s\",\"line\":%" PRIu64 ",\"hmac\":\"%s\"}\n",
            rule, escaped, finding->line, finding->print.hex);
    free(escaped);
    return 0;
}
