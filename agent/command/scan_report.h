#pragma once
/* What a scan tells: lines for a person, JSON lines, or one SARIF 2.1.0 document. Paths and
 * excerpts that it is given are masked already. One thread. */
#include "agent/command/scan_file.h"

#include <stdio.h>

struct scan_totals {
    uint64_t files, bytes, lines;
    uint64_t found, known, binary, unreadable;
};

/* A file that was not searched, or not to its end. */
struct scan_note {
    const char *path;
    const char *what; /* a constant or strerror's */
    bool is_error;
};

struct scan_report {
    FILE *stream;
    const struct blot_ruleset *rules;
    const struct scan_key *key; /* NULL: findings have no prints */
    bool has_baseline;
    uint64_t written; /* results so far */
};

struct scan_report_type {
    /* All return 0 or -ENOMEM. */
    int (*begin)(struct scan_report *report);
    int (*finding)(struct scan_report *report, const char *path,
                   const struct scan_finding *finding);
    int (*end)(struct scan_report *report, const struct scan_totals *totals,
               const struct scan_note *notes, size_t note_count);
    bool shows_known; /* findings of the baseline too, marked */
};

extern const struct scan_report_type scan_report_text, scan_report_json, scan_report_sarif;
