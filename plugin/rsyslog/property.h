#pragma once
/* The properties of a message: reading, redacting and writing each with what rsyslogd has for it.
 *
 * `msg` lies inside `rawmsg`. The others are texts of their own, made by the parser or, in an RFC
 * 3164 message, out of each other when first asked for: programname from the tag, app-name from
 * programname, procid from the tag; so they are redacted in this order. */
#include "plugin/rsyslog/host.h"
#include "plugin/rsyslog/worker.h"

enum property_id {
    PROPERTY_MSG,
    PROPERTY_RAWMSG,
    PROPERTY_SYSLOGTAG,
    PROPERTY_PROGRAMNAME,
    PROPERTY_APP_NAME,
    PROPERTY_PROCID,
    PROPERTY_MSGID,
    PROPERTY_STRUCTURED_DATA,
    PROPERTY_HOSTNAME,
    PROPERTY_JSON,        /* $! */
    PROPERTY_JSON_LOCAL,  /* $. */
    PROPERTY_JSON_GLOBAL, /* $/ */
    PROPERTY_COUNT,
};

/* Descriptions of an action's properties, read-only after property_table_init. */
struct property_table {
    unsigned wanted; /* one bit for each property_id */
    struct host_property host[PROPERTY_COUNT];
};

/* Names as rsyslogd spells them, by id, and at PROPERTY_COUNT its other name of syslogtag; NULL
 * ends the list. */
extern const char *const property_names[];

/* 0 or -EINVAL: this rsyslogd has no such property. Configuration thread. */
int property_table_init(struct property_table *table, unsigned wanted);
void property_table_finish(struct property_table *table);

/* What a worker knows of the properties that come again. */
struct property_cache {
    struct worker_seen seen[PROPERTY_COUNT];
};

/* Redacts all properties of the table in the message. `limit_bytes` is the length at which inputs
 * cut, 0 for none. WORKER_CLEAN, WORKER_REPLACED, or a negative errno: the message may still hold
 * raw text and must be withheld. */
int property_redact_all(const struct property_table *table, struct worker *worker,
                        struct property_cache *cache, struct host_message *message,
                        size_t limit_bytes);
/* Overwrites every property, asked for or not, that can hold text of the message; `text` becomes
 * msg and rawmsg. Needs no memory for what it writes into the message itself. `table` may be NULL.
 */
void property_withhold_all(const struct property_table *table, struct host_message *message,
                           const char *text);
/* Sets the string `$.blotter`. Best effort: it is a mark, not a protection. */
void property_mark(struct host_message *message, const char *word);
