#pragma once
/*
 * The agent's own log: one JSON object a line on stderr, or a short form for a person at a
 * terminal.
 *
 * Never a byte of a payload. A message and every key is a constant string of the program; a field
 * is an integer, a time, an errno, or an id from the configuration. Text that comes from outside (a
 * path, a library's error text) goes through log_text(), and by that through the redactor; without
 * one it is withheld.
 *
 * A message that repeats is cut: past LOG_BURST lines within LOG_INTERVAL_NS, lines with the same
 * message are counted, and the next one that passes says how many (`suppressed`). Writing never
 * waits: where stderr takes no more, lines are dropped and counted (`dropped`).
 *
 * Every function may be called on any thread. Only commands, the pipeline and the component that
 * handles an error log.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

#define LOG_LINE_BYTES  4096 /* PIPE_BUF: a line is written whole or not at all */
#define LOG_BURST       10
#define LOG_INTERVAL_NS INT64_C(10000000000)

enum log_field_kind {
    LOG_FIELD_END,
    LOG_FIELD_ID,
    LOG_FIELD_INTEGER,
    LOG_FIELD_UNSIGNED,
    LOG_FIELD_DURATION, /* nanoseconds */
    LOG_FIELD_TIME,     /* nanoseconds since the epoch */
    LOG_FIELD_ERRNO,
    LOG_FIELD_TEXT,
};

/* Made by the functions below. The text lives until log_write() returns. */
struct log_field {
    const char *key;
    enum log_field_kind kind;
    int64_t integer;
    const char *text;
    size_t length_bytes;
};

/* `message` is a constant string and the key of the rate limit. */
struct log_line {
    const char *message;
    struct log_field field0, field1, field2, field3, field4, field5, field6, field7;
};

/* Through the macros: log_warn("the file cannot be opened", log_id("input", id), log_errno(r)). */
void log_write(enum log_level level, const struct log_line *line);
/* The same for a number of fields that is known only at run time. */
void log_write_fields(enum log_level level, const char *message, const struct log_field *fields,
                      size_t count);

#define log_error(...) log_write(LOG_LEVEL_ERROR, &(const struct log_line){__VA_ARGS__})
#define log_warn(...)  log_write(LOG_LEVEL_WARN, &(const struct log_line){__VA_ARGS__})
#define log_info(...)  log_write(LOG_LEVEL_INFO, &(const struct log_line){__VA_ARGS__})
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, &(const struct log_line){__VA_ARGS__})

/* A string of the configuration that was scanned at load (an id, a type), or a constant. */
struct log_field log_id(const char *key, const char *id);
struct log_field log_integer(const char *key, int64_t value);
struct log_field log_unsigned(const char *key, uint64_t value);
struct log_field log_duration(const char *key, int64_t duration_ns);
struct log_field log_time(const char *key, int64_t time_ns);
/* Key `error`: the name and the meaning of an errno value, of either sign. */
struct log_field log_errno(int error);
/* Text from outside: redacted, or withheld. Cut to 1 KiB before that. */
struct log_field log_text(const char *key, const char *text, size_t length_bytes);

/*
 * What log_text() goes through: writes clean text of at most `capacity_bytes` and returns its
 * length, or a negative errno to have it withheld. `is_cut`: the text goes on behind its end, where
 * it may break off within a number. Called with the log's lock held: one call at a time, and it
 * must not log.
 */
typedef int64_t log_redactor(const char *text, size_t length_bytes, bool is_cut, char *ret_clean,
                             size_t capacity_bytes, void *data);

/* NULL takes it away; after the return the old one is not called any more. */
void log_set_redactor(log_redactor *redactor, void *data);

/* Lines above `level` are left out. Before the first call: info, LOG_FORMAT_AUTO, stderr. */
void log_configure(enum log_level level, enum log_format format);

/*
 * For a host with a log of its own: gets each line, in the short form without time and level, in
 * place of stderr. Called with the log's lock held, so it must neither wait nor log. NULL: stderr.
 */
typedef void log_sink(enum log_level level, const char *line);
void log_set_sink(log_sink *sink);

/* For the log's own tests: where lines go (-1: stderr) and what time it is (NULL: the clocks). */
void log_redirect(int fd, int64_t (*now_ns)(void));
