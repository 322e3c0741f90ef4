#include "agent/command/scan_tell.h"

#include "agent/quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROGRESS_PERIOD_NS INT64_C(100000000)

enum {
    PROGRESS_CELLS = 30,
};

char *scan_tell_path(struct scan_run *run, const char *path)
{
    const char *shown;
    size_t size;
    if (mask_text(run->mask, path, strlen(path), &shown, &size) < 0)
        return strdup("(withheld)");
    char *copy = malloc(size + 1);
    if (copy) {
        memcpy(copy, shown, size);
        copy[size] = '\0';
    }
    for (char *at = copy; at && *at; at++)
        *at = (unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at;
    return copy;
}

void scan_tell_clear(struct scan_run *run)
{
    if (run->is_drawn)
        fputs("\r\033[K", stderr);
    run->is_drawn = false;
}

void scan_tell_progress(void *user)
{
    struct scan_run *run = user;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now_ns = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    if (!run->has_progress || run->walk.bytes == 0 || now_ns - run->drawn_ns < PROGRESS_PERIOD_NS)
        return;
    run->drawn_ns = now_ns;
    run->is_drawn = true;
    double part = (double)atomic_load(&run->taken_bytes) / (double)run->walk.bytes;
    part = part < 1 ? part : 1;
    int cells = (int)(part * PROGRESS_CELLS);
    fprintf(stderr, "\r[%.*s%*s] %3.0f %%  %" PRIu64 " of %zu files, %" PRIu64 " found ", cells,
            "##############################", PROGRESS_CELLS - cells, "", part * 100,
            run->totals.files, run->walk.count, run->totals.found);
}

/* Tells of a file that was not searched, or not to its end. */
static void note(struct scan_run *run, const char *path, const char *what, bool is_error)
{
    char *shown = scan_tell_path(run, path);
    run->totals.unreadable += is_error;
    scan_tell_clear(run);
    if (is_error || !run->words->quiet)
        fprintf(stderr, "blotter scan: %s: %s\n", shown ? shown : "(withheld)", what);
    if (!shown || run->note_count == SCAN_TELL_NOTES_MAX) {
        free(shown);
        return;
    }
    run->notes[run->note_count++] =
        (struct scan_note){.path = shown, .what = strdup(what), .is_error = is_error};
}

void scan_tell_walk(void *user, const char *path, int error)
{
    if (error == 0)
        note(user, path, "a symbolic link or no file: left out", false);
    else
        note(user, path, strerror(-error), true);
}

void scan_tell_status(struct scan_run *run, const char *path, const struct scan_result *result)
{
    switch (result->status) {
    case SCAN_DONE:
        break;
    case SCAN_BINARY:
        run->totals.binary++;
        note(run, path, "a binary file: not searched; --text searches it", false);
        break;
    case SCAN_WIDE:
        note(run, path, "UTF-16 or UTF-32: convert it to UTF-8 first", true);
        break;
    case SCAN_LARGE:
        note(run, path, "larger than --max-size: the rest was not searched", false);
        break;
    case SCAN_FAILED:
        note(run, path,
             result->error == -EBADMSG   ? "compressed, and damaged or cut short"
             : result->error == -ENOTSUP ? "compressed, and this build cannot read it"
                                         : strerror(-result->error),
             true);
    }
    if (result->dropped > 0)
        note(run, path, "more than 100000 findings: the rest is not shown", false);
}

void scan_tell_summary(const struct scan_run *run)
{
    const struct scan_totals *totals = &run->totals;
    char size[QUANTITY_TEXT_BYTES];
    bool any = false;
    for (size_t i = 0; i < blot_ruleset_rule_count(run->rules); i++) {
        if (run->rule_counts[i] == 0)
            continue;
        if (!any)
            fprintf(stderr, "%-24s %12s %12s\n", "rule", "found", "files");
        any = true;
        fprintf(stderr, "%-24s %12" PRIu64 " %12" PRIu64 "\n", blot_ruleset_rule_id(run->rules, i),
                run->rule_counts[i], run->rule_files[i]);
    }
    fprintf(stderr, "%" PRIu64 " found", totals->found);
    if (run->baseline)
        fprintf(stderr, ", %" PRIu64 " known from the baseline", totals->known);
    fprintf(stderr, "; %" PRIu64 " files, %" PRIu64 " lines, %s", totals->files, totals->lines,
            quantity_print_size(size, (int64_t)totals->bytes));
    if (totals->binary > 0)
        fprintf(stderr, "; %" PRIu64 " binary", totals->binary);
    if (totals->unreadable > 0)
        fprintf(stderr, "; %" PRIu64 " not readable", totals->unreadable);
    fputc('\n', stderr);
}
