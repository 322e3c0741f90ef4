#include "agent/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REPEATS_MAX    256 /* messages watched at a time; a power of two */
#define TEXT_MAX_BYTES 1024
#define SECOND_NS      INT64_C(1000000000)

/* How often a message came in the present interval. */
struct repeat {
    const char *message;
    int64_t since_ns;
    unsigned written;
    unsigned suppressed;
};

/* One log a process: every part of a program shares its stderr. All of it is under the lock. */
static struct {
    pthread_mutex_t lock;
    enum log_level level;
    enum log_format format;
    int fd;
    int64_t (*now_ns)(void);
    log_sink *sink;
    log_redactor *redactor;
    void *redactor_data;
    uint64_t dropped;
    struct repeat repeats[REPEATS_MAX];
} state = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .level = LOG_LEVEL_INFO,
    .format = LOG_FORMAT_AUTO,
    .fd = STDERR_FILENO,
};

/* A line in the making. A field that does not fit is taken back whole. */
struct line {
    char data[LOG_LINE_BYTES];
    size_t size;
    bool full;
    bool json;
};

struct log_field log_id(const char *key, const char *id)
{
    return (struct log_field){
        .key = key, .kind = LOG_FIELD_ID, .text = id, .length_bytes = strlen(id)};
}

struct log_field log_integer(const char *key, int64_t value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_INTEGER, .integer = value};
}

struct log_field log_unsigned(const char *key, uint64_t value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_UNSIGNED, .integer = (int64_t)value};
}

struct log_field log_duration(const char *key, int64_t duration_ns)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_DURATION, .integer = duration_ns};
}

struct log_field log_time(const char *key, int64_t time_ns)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_TIME, .integer = time_ns};
}

struct log_field log_errno(int error)
{
    return (struct log_field){
        .key = "error", .kind = LOG_FIELD_ERRNO, .integer = error < 0 ? -error : error};
}

struct log_field log_text(const char *key, const char *text, size_t length_bytes)
{
    return (struct log_field){
        .key = key, .kind = LOG_FIELD_TEXT, .text = text, .length_bytes = length_bytes};
}

static const char *level_text(enum log_level level)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    return names[level];
}

/* Room is kept for what ends every line. */
static const size_t tail_bytes = sizeof(",\"truncated\":true}\n");

static void put(struct line *line, const char *text, size_t length_bytes)
{
    if (line->full || length_bytes > sizeof(line->data) - tail_bytes - line->size) {
        line->full = true;
        return;
    }
    memcpy(line->data + line->size, text, length_bytes);
    line->size += length_bytes;
}

static void put_format(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_format(struct line *line, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(line, text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

/* Escaped for JSON, and no less for a terminal. Bytes past ASCII that are no UTF-8 become `?`. */
static void put_escaped(struct line *line, const char *text, size_t length_bytes)
{
    for (size_t i = 0; i < length_bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            put_format(line, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            put_format(line, "\\u%04x", c < 0x80 ? c : 0xfffd);
        else
            put(line, (const char *)&c, 1);
    }
}

static void put_time(struct line *line, int64_t time_ns)
{
    time_t seconds = (time_t)(time_ns / SECOND_NS);
    long milliseconds = (long)(time_ns % SECOND_NS / 1000000);
    struct tm civil;
    gmtime_r(&seconds, &civil);
    char text[32];
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &civil);
    put_format(line, "%s.%03ldZ", text, milliseconds);
}

static void put_key(struct line *line, const char *key)
{
    if (line->json)
        put_format(line, ",\"%.64s\":", key);
    else
        put_format(line, " %.64s=", key);
}

static void put_string(struct line *line, const char *text, size_t length_bytes)
{
    put(line, "\"", 1);
    put_escaped(line, text, length_bytes);
    put(line, "\"", 1);
}

static void put_text(struct line *line, const struct log_field *field)
{
    char clean[TEXT_MAX_BYTES + 64];
    bool is_cut = field->length_bytes > TEXT_MAX_BYTES;
    size_t length_bytes = is_cut ? TEXT_MAX_BYTES : field->length_bytes;
    int64_t size = -EACCES;
    if (state.redactor)
        size = state.redactor(field->text, length_bytes, is_cut, clean, sizeof(clean),
                              state.redactor_data);
    if (size < 0 || (size_t)size > sizeof(clean))
        put_string(line, "[WITHHELD]", strlen("[WITHHELD]"));
    else
        put_string(line, clean, (size_t)size);
}

static void put_value(struct line *line, const struct log_field *field)
{
    const char *name;
    switch (field->kind) {
    case LOG_FIELD_END:
        break;
    case LOG_FIELD_ID:
        put_string(line, field->text, field->length_bytes);
        break;
    case LOG_FIELD_INTEGER:
        put_format(line, "%lld", (long long)field->integer);
        break;
    case LOG_FIELD_UNSIGNED:
        put_format(line, "%llu", (unsigned long long)field->integer);
        break;
    case LOG_FIELD_DURATION:
        put_format(line, "\"%.3fms\"", (double)field->integer / 1e6);
        break;
    case LOG_FIELD_TIME:
        put(line, "\"", 1);
        put_time(line, field->integer);
        put(line, "\"", 1);
        break;
    case LOG_FIELD_ERRNO:
        name = strerrorname_np((int)field->integer);
        if (name)
            put_format(line, "\"%s: %s\"", name, strerrordesc_np((int)field->integer));
        else
            put_format(line, "\"errno %lld\"", (long long)field->integer);
        break;
    case LOG_FIELD_TEXT:
        put_text(line, field);
        break;
    }
}

static bool put_field(struct line *line, const struct log_field *field)
{
    size_t before = line->size;
    put_key(line, field->key);
    put_value(line, field);
    if (!line->full)
        return true;
    line->size = before;
    line->full = false;
    return false;
}

static int64_t clock_of(clockid_t clock)
{
    if (state.now_ns)
        return state.now_ns();
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* By content: the same constant may lie at two addresses. Two messages of one slot share it. */
static struct repeat *repeat_of(const char *message)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = message; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return &state.repeats[hash & (REPEATS_MAX - 1)];
}

/* Whether the line may be written; how many before it were not. */
static bool admit(const char *message, unsigned *ret_suppressed)
{
    struct repeat *repeat = repeat_of(message);
    int64_t now_ns = clock_of(CLOCK_MONOTONIC);
    if (!repeat->message || now_ns - repeat->since_ns >= LOG_INTERVAL_NS) {
        *ret_suppressed = repeat->suppressed;
        *repeat = (struct repeat){.message = message, .since_ns = now_ns, .written = 1};
        return true;
    }
    if (repeat->written >= LOG_BURST) {
        repeat->suppressed++;
        return false;
    }
    repeat->written++;
    *ret_suppressed = 0;
    return true;
}

static bool is_terminal(void)
{
    return isatty(state.fd) == 1;
}

static void put_start(struct line *line, enum log_level level, const char *message)
{
    static const char *const colours[] = {"\033[31m", "\033[33m", "", "\033[2m"};
    if (line->json) {
        put(line, "{\"@timestamp\":\"", strlen("{\"@timestamp\":\""));
        put_time(line, clock_of(CLOCK_REALTIME));
        put_format(line, "\",\"log.level\":\"%s\",\"message\":", level_text(level));
        put_string(line, message, strlen(message));
        return;
    }
    if (state.sink) {
        put_escaped(line, message, strlen(message));
        return;
    }
    const char *unwanted = getenv("NO_COLOR");
    bool colour = is_terminal() && !(unwanted && *unwanted) && *colours[level];
    put_time(line, clock_of(CLOCK_REALTIME));
    put_format(line, " %s%-5s%s ", colour ? colours[level] : "", level_text(level),
               colour ? "\033[0m" : "");
    put_escaped(line, message, strlen(message));
}

static void emit(const struct line *line)
{
    struct pollfd ready = {.fd = state.fd, .events = POLLOUT};
    /* A pipe is writable when it has room for PIPE_BUF, so that the write below does not block. */
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) {
        state.dropped++;
        return;
    }
    ssize_t written;
    do
        written = write(state.fd, line->data, line->size);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        state.dropped++;
    else
        state.dropped = 0;
}

static void write_locked(enum log_level level, const char *message, const struct log_field *fields,
                         size_t count)
{
    unsigned suppressed;
    if (level > state.level || !admit(message, &suppressed))
        return;

    struct line line = {.size = 0};
    line.json = !state.sink && (state.format == LOG_FORMAT_JSON ||
                                (state.format == LOG_FORMAT_AUTO && !is_terminal()));
    bool truncated = false;
    put_start(&line, level, message);
    for (size_t i = 0; i < count && fields[i].kind != LOG_FIELD_END; i++)
        truncated = !put_field(&line, &fields[i]) || truncated;
    struct log_field counts[] = {log_unsigned("suppressed", suppressed),
                                 log_unsigned("dropped", state.dropped)};
    for (size_t i = 0; i < 2; i++) {
        if (counts[i].integer > 0)
            truncated = !put_field(&line, &counts[i]) || truncated;
    }
    const char *tail = line.json ? (truncated ? ",\"truncated\":true}\n" : "}\n")
                                 : (truncated ? " truncated\n" : "\n");
    size_t length_bytes = strlen(tail);
    memcpy(line.data + line.size, tail, length_bytes); /* its room was kept */
    line.size += length_bytes;
    if (state.sink) {
        line.data[line.size - 1] = '\0'; /* the newline */
        state.sink(level, line.data);
    } else {
        emit(&line);
    }
}

void log_write_fields(enum log_level level, const char *message, const struct log_field *fields,
                      size_t count)
{
    int error = errno; /* a caller may log before it looks at errno */
    pthread_mutex_lock(&state.lock);
    write_locked(level, message, fields, count);
    pthread_mutex_unlock(&state.lock);
    errno = error;
}

void log_write(enum log_level level, const struct log_line *line)
{
    const struct log_field fields[] = {line->field0, line->field1, line->field2, line->field3,
                                       line->field4, line->field5, line->field6, line->field7};
    log_write_fields(level, line->message, fields, sizeof(fields) / sizeof(fields[0]));
}

void log_set_redactor(log_redactor *redactor, void *data)
{
    pthread_mutex_lock(&state.lock);
    state.redactor = redactor;
    state.redactor_data = data;
    pthread_mutex_unlock(&state.lock);
}

void log_set_sink(log_sink *sink)
{
    pthread_mutex_lock(&state.lock);
    state.sink = sink;
    pthread_mutex_unlock(&state.lock);
}

void log_configure(enum log_level level, enum log_format format)
{
    pthread_mutex_lock(&state.lock);
    state.level = level;
    state.format = format;
    pthread_mutex_unlock(&state.lock);
}

void log_redirect(int fd, int64_t (*now_ns)(void))
{
    pthread_mutex_lock(&state.lock);
    state.fd = fd < 0 ? STDERR_FILENO : fd;
    state.now_ns = now_ns;
    memset(state.repeats, 0, sizeof(state.repeats));
    state.dropped = 0;
    pthread_mutex_unlock(&state.lock);
}
