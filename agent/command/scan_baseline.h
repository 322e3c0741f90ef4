#pragma once
/* Findings that are known and accepted: a file of JSON lines with rule, path, line and print. A
 * finding is known when rule, path and print are; the line is for the reader, because lines move.
 * Immutable once read. */
#include "agent/command/scan_file.h"

#include <stdio.h>

struct scan_baseline;

/* 0; -EBADMSG: not such a file, *ret_line says where; -EKEYREJECTED: made with another key; what
 * reading gives; -ENOMEM. */
int scan_baseline_read(const char *path, const struct scan_key *key,
                       struct scan_baseline **ret_baseline, size_t *ret_line);
struct scan_baseline *scan_baseline_free(struct scan_baseline *baseline);
bool scan_baseline_has(const struct scan_baseline *baseline, const char *rule, const char *path,
                       const struct scan_print *print);

/* Writing one: the head, then every finding. `path` is already masked. 0 or -ENOMEM. */
void scan_baseline_write_head(FILE *stream, const struct scan_key *key);
int scan_baseline_write(FILE *stream, const char *rule, const char *path,
                        const struct scan_finding *finding);
