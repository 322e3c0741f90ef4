#pragma once
/* A parser reads the clean text of a record: which members it has, when it happened, how severe it
 * is. It never sees a raw byte and copies nothing: an event points into the record's text. Pure;
 * worker thread. */
#include "agent/record.h"

#include <stdbool.h>

enum {
    EVENT_MEMBERS_MAX = 256, /* an object with more is a text line */
};

enum level {
    LEVEL_NONE,
    LEVEL_TRACE,
    LEVEL_DEBUG,
    LEVEL_INFO,
    LEVEL_NOTICE,
    LEVEL_WARN,
    LEVEL_ERROR,
    LEVEL_CRITICAL,
    LEVEL_ALERT,
    LEVEL_EMERGENCY,
};

/* One member of a JSON line: key without quotes as it is spelled, value as it is spelled. */
struct event_member {
    struct clean key;
    struct clean value;
};

struct event {
    bool is_object;       /* members hold; else `message` is the line */
    struct clean message; /* of an object: the value as spelled, with its quotes */
    int message_member;   /* of an object: which member that is; -1: it has none */
    struct clean logger;  /* of an object: the value as spelled; empty where none */
    enum level level;
    int64_t time_ns; /* INT64_MIN: none was found */
    size_t member_count;
    struct event_member members[EVENT_MEMBERS_MAX];
};

struct parse_options {
    int timezone_offset_s; /* for stamps without a zone */
};

struct parse_type {
    const char *name; /* auto, text, json */
    const char *summary;
    /* Fills `ret_event`. A text that is not of this form is a text line: never an error.
     * `now_ns` bounds the stamps: unreadable or more than 24 h ahead counts as none. */
    void (*parse)(const struct parse_options *options, struct clean text, int64_t now_ns,
                  struct event *ret_event);
};

extern const struct parse_type *const parse_types[]; /* NULL-terminated */
/* NULL: there is none of that name. */
const struct parse_type *parse_find(const char *name);

/* Reads a stamp at the start of the text (RFC 3339, ISO 8601 with space, RFC 3164, epoch s/ms/us/ns
 * by size, common application forms; a bracket around it belongs to it). Returns the bytes it took,
 * 0 when there is none, or when it is more than 24 h ahead of `now_ns`. */
size_t timestamp_parse(const struct parse_options *options, const char *text, size_t size,
                       int64_t now_ns, int64_t *ret_time_ns);
/* A level word (INFO, warning, ERR, pino's 30, syslog names and numbers); LEVEL_NONE when it is
 * none. */
enum level level_parse(const char *text, size_t size);
/* Looks for the level of a text line: a word near its start behind the stamp, or logfmt's
 * `level=`. `behind` is where the stamp ended; 0: there was none. */
enum level level_find(const char *text, size_t size, size_t behind);
/* Lower-case name, as `log.level` has it; NULL for LEVEL_NONE. */
const char *level_name(enum level level);
