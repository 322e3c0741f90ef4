#pragma once
/* One file searched: where something was found, under which rule, and what may be shown of it. */
#include "agent/command/scan_key.h"
#include "agent/command/scan_walk.h"
#include "rules/blotter.h"

#include <stdatomic.h>
#include <stdbool.h>

enum {
    SCAN_FINDINGS_MAX = 100000, /* kept of one file; the rest is counted */
};

enum scan_status {
    SCAN_DONE,
    SCAN_BINARY, /* NUL bytes: not text */
    SCAN_WIDE,   /* UTF-16 or UTF-32 */
    SCAN_LARGE,  /* searched up to the limit only */
    SCAN_FAILED, /* `error` says why */
};

struct scan_finding {
    uint64_t line;               /* from 1 */
    uint64_t column, end_column; /* characters from 1; the end is behind it */
    unsigned rule;
    char *excerpt; /* masked */
    struct scan_print print;
    bool is_known; /* the baseline has it */
};

struct scan_result {
    enum scan_status status;
    int error; /* negative errno */
    uint64_t text_bytes, lines;
    struct scan_finding *findings;
    size_t count, capacity;
    uint64_t dropped; /* findings beyond the maximum */
};

struct scan_settings {
    const struct blot_ruleset *rules, *all;
    const struct scan_key *key; /* NULL: findings have no prints */
    uint64_t max_bytes;         /* of a file's text; 0: no limit */
    bool reads_binary;
    atomic_ullong *taken_bytes; /* rises as files are read */
};

struct scanner;

/* A scanner belongs to one thread. 0 or negative errno. */
int scan_file_new(const struct scan_settings *settings, struct scanner **ret_scanner);
struct scanner *scan_file_free(struct scanner *scanner);
/* Searches the file. 0 or -ENOMEM; what is wrong with the file is in the result, which
 * scan_file_forget frees. */
int scan_file_run(struct scanner *scanner, const struct scan_walk_file *file,
                  struct scan_result *ret_result);
void scan_file_forget(struct scan_result *result);
