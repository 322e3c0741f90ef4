#pragma once
/* A record: one log event, from the framer to the delivery report. An array of them belongs to a
 * batch; each stage fills its own members. Owned by the thread that holds the batch; what they
 * point to lives in the batch's arenas. */
#include "agent/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What the framer says of a record. */
enum record_flag {
    RECORD_CUT_START = 1 << 0, /* its first byte follows a cut (an unfinished CRI partial) */
    RECORD_CUT_END = 1 << 1,   /* its last byte precedes a cut (max_line, unfinished partial) */
    RECORD_WITHHELD = 1 << 2,  /* nothing of it may be shown; `message` becomes a stub */
    RECORD_OVERLAPS = 1 << 5,  /* where it begins another is open: no place to begin reading at */
    RECORD_ALONE = 1 << 6,     /* a key that it begins or ends has no part in other records */
    /* redact */
    RECORD_DROPPED = 1 << 3,     /* a rule drops it */
    RECORD_QUARANTINED = 1 << 4, /* a rule sends it to the quarantine output */
};

enum {
    RECORD_STREAMS = 3, /* none, stdout, stderr: as in record.stream */
};

struct record {
    /* frame: where it is in the batch's block, and where it came from */
    size_t block_offset; /* bytes from the start of the batch's block */
    size_t block_size;
    uint64_t offset;       /* in the source: of the record's first byte; `log.offset` */
    uint64_t size_bytes;   /* in the source, with newline and framing */
    int64_t frame_time_ns; /* the stamp of the framing (CRI, Docker), or INT64_MIN */
    uint8_t flags;
    uint8_t stream; /* 0 none, 1 stdout, 2 stderr */
    /* redact */
    struct clean text;
    uint32_t redaction_first; /* into the batch's redactions */
    uint32_t redaction_count;
    uint16_t dropped_by; /* index of the rule that drops it */
    /* encode */
    struct clean payload;
    struct clean topic; /* empty: the output's own */
    struct clean key;
    int64_t time_ns; /* @timestamp: nanoseconds since the epoch */
};
