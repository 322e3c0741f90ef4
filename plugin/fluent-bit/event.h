#pragma once
/* One record of a chunk: `[[time, metadata], body]`, or the older `[time, body]`.
 *
 * The time is an EventTime (extension 0 of 8 bytes; 0xffffffff and 0xfffffffe seconds begin and end
 * a group, whose records look like all others), or seconds as an integer or float. Whatever else
 * stands there is refused, as the host's own decoder does. */
#include "plugin/fluent-bit/msgpack.h"

enum {
    EVENT_PARTS = 2, /* metadata, body */
};

struct event {
    const uint8_t *begin;
    const uint8_t *time; /* NULL: it is no record */
    size_t time_size;
    const uint8_t *parts[EVENT_PARTS]; /* maps; metadata NULL in the older form */
};

/* Reads the beginning of a record, up to its metadata (`ret_event->parts[0]`) or where there is
 * none its body; the reader stands there. 0, -ENODATA, -EBADMSG: this is none. */
int event_open(struct msgpack_reader *reader, struct event *ret_event);
