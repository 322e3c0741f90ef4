#pragma once

/*
 * What is wrong with a configuration, collected so that all of it is shown at once.
 *
 * Each diagnostic reads `file:line:col: key: what is wrong, what would be right`. The one who adds
 * a diagnostic vouches for its text: no value of a secret, none that came from a file or the
 * environment. diagnostics_quote() is the one way to show a value.
 *
 * Owned by the caller, used by one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum diagnostic_severity { DIAGNOSTIC_ERROR, DIAGNOSTIC_WARNING };

/* More than this are counted and not kept: a broken file should not scroll its first error away. */
#define DIAGNOSTICS_MAX        100
#define DIAGNOSTIC_MAX_BYTES   1024
#define DIAGNOSTIC_QUOTE_BYTES 80

struct diagnostic {
    enum diagnostic_severity severity;
    char *file;    /* NULL: the one that the collection is about */
    unsigned line; /* from 1; 0: the file as a whole */
    unsigned column;
    char *text; /* "key: what is wrong", or only what is wrong */
};

struct diagnostics {
    char *file;
    struct diagnostic *list;
    size_t count;
    size_t left_out;
    size_t errors; /* with those left out */
    size_t warnings;
};

/* `file` is copied. Returns 0 or -ENOMEM. */
int diagnostics_init(struct diagnostics *diagnostics, const char *file);
void diagnostics_finish(struct diagnostics *diagnostics);

/*
 * `key` may be NULL or empty. Out of memory: the diagnostic is counted all the same, so that a
 * caller which looks at `errors` never takes a broken file for a good one.
 */
void diagnostics_add(struct diagnostics *diagnostics, enum diagnostic_severity severity,
                     unsigned line, unsigned column, const char *key, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* The same for another file that the first one names, such as a rule file. */
void diagnostics_add_in(struct diagnostics *diagnostics, const char *file, unsigned line,
                        unsigned column, const char *text);

/* In the order of the file, other files' behind; `file:line:col: ` is cut to what is known. */
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream);

/*
 * `text` in double quotes, cut to a readable length, bytes that are not printable ASCII escaped.
 * `buffer` has DIAGNOSTIC_QUOTE_BYTES; returns it.
 */
const char *diagnostics_quote(char *buffer, const char *text, size_t length_bytes);
