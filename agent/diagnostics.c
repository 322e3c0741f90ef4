#include "agent/diagnostics.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int diagnostics_init(struct diagnostics *diagnostics, const char *file)
{
    char *copy = strdup(file);
    if (!copy)
        return -ENOMEM;
    *diagnostics = (struct diagnostics){.file = copy};
    return 0;
}

void diagnostics_finish(struct diagnostics *diagnostics)
{
    if (!diagnostics)
        return;
    for (size_t i = 0; i < diagnostics->count; i++) {
        free(diagnostics->list[i].file);
        free(diagnostics->list[i].text);
    }
    free(diagnostics->list);
    free(diagnostics->file);
    *diagnostics = (struct diagnostics){0};
}

/* Takes the diagnostic over. */
static void append(struct diagnostics *diagnostics, struct diagnostic diagnostic)
{
    if (diagnostic.severity == DIAGNOSTIC_ERROR)
        diagnostics->errors++;
    else
        diagnostics->warnings++;
    if (!diagnostics->list)
        diagnostics->list = calloc(DIAGNOSTICS_MAX, sizeof(*diagnostics->list));
    if (diagnostics->list && diagnostic.text && diagnostics->count < DIAGNOSTICS_MAX) {
        diagnostics->list[diagnostics->count++] = diagnostic;
        return;
    }
    free(diagnostic.file);
    free(diagnostic.text);
    diagnostics->left_out++;
}

/* A key of the file may hold what a terminal would obey. */
static void disarm(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity,
                     unsigned line, unsigned column, const char *key, const char *format, ...)
{
    if (!diagnostics)
        return;

    char text[DIAGNOSTIC_MAX_BYTES];
    int length = 0;
    if (key && *key)
        length = snprintf(text, sizeof(text), "%.200s: ", key);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
    va_end(arguments);
    disarm(text);
    append(diagnostics,
           (struct diagnostic){
               .severity = severity, .line = line, .column = column, .text = strdup(text)});
}

void diagnostics_add_in(struct diagnostics *diagnostics, const char *file, unsigned line,
                        unsigned column, const char *text)
{
    struct diagnostic diagnostic = {
        .severity = DIAGNOSTIC_ERROR,
        .file = strdup(file),
        .line = line,
        .column = column,
        .text = strdup(text),
    };
    if (diagnostic.text)
        disarm(diagnostic.text);
    append(diagnostics, diagnostic);
}

static int compare_places(const void *left, const void *right)
{
    const struct diagnostic *a = *(const struct diagnostic *const *)left;
    const struct diagnostic *b = *(const struct diagnostic *const *)right;
    int order = strcmp(a->file ? a->file : "", b->file ? b->file : "");
    if (order != 0)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    /* In one place: as they were found. */
    return a < b ? -1 : 1;
}

void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream)
{
    const struct diagnostic *sorted[DIAGNOSTICS_MAX];
    for (size_t i = 0; i < diagnostics->count; i++)
        sorted[i] = &diagnostics->list[i];
    qsort(sorted, diagnostics->count, sizeof(*sorted), compare_places);

    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *d = sorted[i];
        fputs(d->file ? d->file : diagnostics->file, stream);
        if (d->line > 0)
            fprintf(stream, ":%u:%u", d->line, d->column);
        fprintf(stream, ": %s%s\n", d->severity == DIAGNOSTIC_WARNING ? "warning: " : "", d->text);
    }
    if (diagnostics->left_out > 0)
        fprintf(stream, "%s: %zu more\n", diagnostics->file, diagnostics->left_out);
}

const char *diagnostics_quote(char *buffer, const char *text, size_t length_bytes)
{
    /* Room for the longest escape, the dots, the quote and the NUL. */
    const size_t limit = DIAGNOSTIC_QUOTE_BYTES - 4 - 3 - 1 - 1;
    size_t used = 0;
    buffer[used++] = '"';
    size_t i = 0;
    for (; i < length_bytes && used < limit; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            buffer[used++] = '\\';
            buffer[used++] = (char)c;
        } else if (c >= 0x20 && c < 0x7f) {
            buffer[used++] = (char)c;
        } else {
            /* Bytes past ASCII too: a cut must not leave half a character on a terminal. */
            used += (size_t)snprintf(buffer + used, 5, "\\x%02x", c);
        }
    }
    if (i < length_bytes) {
        memcpy(buffer + used, "...", 3);
        used += 3;
    }
    buffer[used++] = '"';
    buffer[used] = '\0';
    return buffer;
}
