#pragma once
/* One run of `blotter scan`, and what it says on stderr while it works. */
#include "agent/command/mask.h"
#include "agent/command/pack.h"
#include "agent/command/scan_baseline.h"
#include "agent/command/scan_report.h"
#include "agent/command/scan_work.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
    SCAN_TELL_NOTES_MAX = 10000, /* kept for the report; all are told on stderr */
};

struct scan_words {
    struct pack_request request;
    const char *include, *exclude, *max_size, *jobs;
    const char *key, *baseline, *write_baseline;
    bool json, sarif, text, follow, quiet;
};

struct scan_run {
    const struct scan_words *words;
    char *globs[2]; /* what the lists below point into */
    struct scan_walk_options walk_options;
    struct scan_walk walk;
    unsigned jobs;
    uint64_t max_bytes;
    struct blot_ruleset *rules, *all;
    struct mask *mask;
    struct scan_key *key;
    struct scan_baseline *baseline;
    FILE *baseline_out;
    const struct scan_report_type *type;
    struct scan_report report;
    struct scan_totals totals;
    struct scan_note *notes;
    size_t note_count;
    uint64_t *rule_counts, *rule_files; /* by rule */
    bool has_progress, is_drawn;        /* a bar may be shown; it is there */
    int64_t drawn_ns;
    atomic_ullong taken_bytes;
};

/* A path as it may be shown; the caller's to free. */
char *scan_tell_path(struct scan_run *run, const char *path);
void scan_tell_clear(struct scan_run *run);
/* Draws the bar, now and then; `user` is the run. */
void scan_tell_progress(void *user);
/* Of struct scan_walk_options; `user` is the run. */
void scan_tell_walk(void *user, const char *path, int error);
/* What of a file was not searched. */
void scan_tell_status(struct scan_run *run, const char *path, const struct scan_result *result);
void scan_tell_summary(const struct scan_run *run);
