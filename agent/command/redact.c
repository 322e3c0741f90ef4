/* `blotter redact`: what the engine does, as a filter. Lines go out as they came in, one for one;
 * what is not replaced passes byte for byte, so a diff shows exactly the redactions. */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/mask.h"
#include "agent/command/pack.h"
#include "agent/command/sequence.h"
#include "agent/command/shadow.h"
#include "agent/quantity.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_BYTES         ((size_t)256 * 1024)
#define MAX_LINE_BYTES      (INT64_C(1024) * 1024)
#define MAX_LINE_MIN_BYTES  1024
#define PROGRESS_FILE_BYTES (INT64_C(256) * 1024 * 1024)
#define PROGRESS_PERIOD_NS  INT64_C(100000000)

enum {
    JOBS_MAX = 64,
    PROGRESS_CELLS = 30,
};

struct settings {
    const struct frame_type *frame; /* NULL: auto */
    int64_t max_line_bytes;
    unsigned jobs;
    bool has_stats, is_quiet;
};

struct progress {
    bool is_shown;
    int64_t size_bytes, done_bytes;
    int64_t start_ns, last_ns;
};

/* One run over all files. */
struct run {
    const struct blot_ruleset *rules;
    const struct settings *settings;
    struct sequence *sequence;
    struct sequence_slot *slot; /* being filled; NULL after a failure */
    size_t filled;
    const struct frame_type *frame; /* of this file; NULL: not decided yet */
    struct filter_state state;
    bool is_first;    /* nothing of this file was submitted yet */
    bool is_skipping; /* the rest of a line that was cut */
    bool ends_open;   /* what was submitted last does not end with a newline */
    uint64_t cut_lines, withheld_bytes;
    struct progress progress;
};

static int64_t clock_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void complain(const char *path, const char *what)
{
    fputs("blotter redact: ", stderr);
    mask_print(stderr, path);
    fprintf(stderr, ": %s\n", what);
}

static void show_progress(struct run *run, bool is_end)
{
    struct progress *progress = &run->progress;
    int64_t now_ns = clock_ns();
    if (!progress->is_shown || (!is_end && now_ns - progress->last_ns < PROGRESS_PERIOD_NS))
        return;
    progress->last_ns = now_ns;
    if (is_end) {
        fputs("\r\033[K", stderr);
        return;
    }
    double part = (double)progress->done_bytes / (double)progress->size_bytes;
    double seconds = (double)(now_ns - progress->start_ns) / 1e9 + 1e-9;
    int cells = part < 1 ? (int)(part * PROGRESS_CELLS) : PROGRESS_CELLS;
    fprintf(stderr, "\r[%.*s%*s] %3.0f %%  %.2f GB/s ", cells, "##############################",
            PROGRESS_CELLS - cells, "", part * 100, (double)progress->done_bytes / seconds / 1e9);
}

static bool has_wide_mark(const char *text, size_t size)
{
    return size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0 ||
                         (size >= 4 && memcmp(text, "\0\0\xfe\xff", 4) == 0));
}

/* Sends the first `size` bytes off and keeps what is behind them. 0, -EILSEQ for a file that is not
 * made of bytes, or -EIO: the sequence has failed. */
static int submit(struct run *run, size_t size, bool is_cut)
{
    struct sequence_slot *slot = run->slot;
    if (run->is_first && has_wide_mark(slot->data, size))
        return -EILSEQ;
    run->is_first = false;
    if (!run->frame)
        run->frame = frame_recognize(slot->data, size);
    const struct frame_type *frame = run->frame ? run->frame : frame_find("line");
    slot->block = (struct filter_block){
        .data = slot->data, .size = size, .frame = frame, .state = run->state, .is_cut = is_cut};
    filter_advance(&run->state, run->rules, frame, slot->data, size);
    run->ends_open = slot->data[size - 1] != '\n';
    sequence_submit(run->sequence);
    run->slot = sequence_take(run->sequence);
    if (!run->slot)
        return -EIO;
    run->filled -= size;
    if (sequence_grow(run->slot, run->filled) < 0)
        return -ENOMEM;
    memcpy(run->slot->data, slot->data + size, run->filled);
    return 0;
}

/* Drops what is left of a line that was cut; its newline stays. */
static void skip_rest(struct run *run)
{
    char *newline = memchr(run->slot->data, '\n', run->filled);
    size_t dropped = newline ? (size_t)(newline - run->slot->data) : run->filled;
    run->withheld_bytes += dropped;
    run->filled -= dropped;
    run->is_skipping = !newline;
    if (newline)
        memmove(run->slot->data, newline, run->filled);
}

/* The buffer never holds more than the longest line and its newline, so a line that is whole is
 * never too long, and nothing has to look at single lines. */
static int make_room(struct run *run)
{
    size_t limit = (size_t)run->settings->max_line_bytes + 1;
    if (run->filled < run->slot->capacity)
        return 0;
    if (run->filled < limit)
        return sequence_grow(run->slot, run->filled * 2 < limit ? run->filled * 2 : limit);
    run->cut_lines++;
    run->is_skipping = true;
    int error = submit(run, limit - 1, true);
    if (error == 0)
        skip_rest(run);
    return error;
}

static int take_bytes(struct run *run, size_t size)
{
    size_t before = run->filled;
    run->filled += size;
    run->progress.done_bytes += (int64_t)size;
    show_progress(run, false);
    if (run->is_skipping) {
        skip_rest(run);
        before = 0;
    }
    const char *newline = memrchr(run->slot->data + before, '\n', run->filled - before);
    return newline ? submit(run, (size_t)(newline - run->slot->data) + 1, false) : 0;
}

/* 0, what reading failed with, or as submit. */
static int read_lines(struct run *run, int descriptor)
{
    for (;;) {
        int error = make_room(run);
        if (error < 0)
            return error;
        ssize_t size =
            read(descriptor, run->slot->data + run->filled, run->slot->capacity - run->filled);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return -errno;
        if (size == 0)
            return run->filled > 0 ? submit(run, run->filled, false) : 0;
        error = take_bytes(run, (size_t)size);
        if (error < 0)
            return error;
    }
}

static void begin_file(struct run *run, int descriptor)
{
    struct stat status;
    memset(&run->state, 0, sizeof(run->state));
    memset(&run->progress, 0, sizeof(run->progress));
    run->frame = run->settings->frame;
    run->filled = 0;
    run->is_first = true;
    run->is_skipping = false;
    if (run->settings->is_quiet || !isatty(STDERR_FILENO) || isatty(STDOUT_FILENO) ||
        fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_size < PROGRESS_FILE_BYTES)
        return;
    run->progress =
        (struct progress){.is_shown = true, .size_bytes = status.st_size, .start_ns = clock_ns()};
}

/* Two files are two: the last line of one and the first of the next stay apart. */
static int separate(struct run *run)
{
    if (!run->ends_open)
        return 0;
    run->slot->data[0] = '\n';
    run->filled = 1;
    run->is_first = false;
    run->frame = frame_find("line");
    return submit(run, 1, false);
}

/* Returns an exit code; bad input of one file does not keep the others from being read. */
static int redact_file(struct run *run, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        complain(path, strerror(errno));
        return EX_DATAERR;
    }
    int error = separate(run);
    begin_file(run, descriptor);
    if (error == 0)
        error = read_lines(run, descriptor);
    show_progress(run, true);
    if (!is_stdin)
        close(descriptor);
    if (error == 0 || !run->slot)
        return 0; /* what failed behind the reading is told at the end */
    complain(path, error == -EILSEQ ? "is UTF-16 or UTF-32: convert it to UTF-8 first"
                                    : strerror(-error));
    return EX_DATAERR;
}

static void print_counts(const struct run *run, const struct blot_ruleset *rules)
{
    fprintf(stderr, "%-24s %12s %12s %12s\n", "rule", "redacted", "withheld", "reported");
    for (size_t rule = 0; rule < blot_ruleset_rule_count(rules); rule++) {
        uint64_t withheld = 0;
        for (unsigned reason = BLOT_REDACTED + 1; reason < FILTER_REASONS; reason++)
            withheld += sequence_count(run->sequence, rule, reason);
        uint64_t redacted = sequence_count(run->sequence, rule, BLOT_REDACTED);
        uint64_t reported = sequence_count(run->sequence, rule, FILTER_REPORTED);
        if (redacted + withheld + reported > 0)
            fprintf(stderr, "%-24s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n",
                    blot_ruleset_rule_id(rules, rule), redacted, withheld, reported);
    }
}

static int redact_files(const struct settings *settings, const struct blot_ruleset *rules,
                        char **paths, int path_count)
{
    static char standard_input[] = "-";
    static char *standard_inputs[] = {standard_input};
    struct run run = {.rules = rules, .settings = settings};
    size_t limit = (size_t)settings->max_line_bytes + 1;
    int error = sequence_new(rules, settings->jobs, limit < BLOCK_BYTES ? limit : BLOCK_BYTES,
                             STDOUT_FILENO, &run.sequence);
    if (error < 0) {
        fprintf(stderr, "blotter redact: cannot start: %s\n", strerror(-error));
        return EX_UNAVAILABLE;
    }
    if (path_count == 0) {
        paths = standard_inputs;
        path_count = 1;
    }
    int code = 0;
    run.slot = sequence_take(run.sequence);
    for (int i = 0; i < path_count && run.slot; i++) {
        int file_code = redact_file(&run, paths[i]);
        code = code ? code : file_code;
    }
    error = sequence_finish(run.sequence);
    if (error < 0) {
        fprintf(stderr, "blotter redact: stopped, the output is not complete: %s\n",
                strerror(-error));
        code = EX_CANTCREAT;
    }
    if (settings->has_stats)
        print_counts(&run, rules);
    if (run.cut_lines > 0 && !settings->is_quiet)
        fprintf(stderr, "blotter redact: %" PRIu64 " lines cut, %" PRIu64 " bytes withheld\n",
                run.cut_lines, run.withheld_bytes);
    sequence_free(run.sequence);
    return code;
}

/* What the command line says. */
struct words {
    struct pack_request request;
    const char *frame, *max_line, *jobs, *shadow;
    bool stats, quiet;
};

static const char *const frames[] = {"auto", "line", "cri", "docker", NULL};
static const char *const kernels[] = {"scalar",      "ssse3", "avx2", "avx512bw",
                                      "avx512vbmi2", "neon",  NULL};

static const struct argument arguments[] = {
    PACK_ARGUMENTS(struct words, "pci"),
    PACK_ACTION_ARGUMENTS(struct words),
    {.name = "frame",
     .value = "FRAME",
     .offset = offsetof(struct words, frame),
     .choices = frames,
     .help = "what lines are wrapped in; auto (the default) sees it in the first one"},
    {.name = "max-line",
     .value = "SIZE",
     .offset = offsetof(struct words, max_line),
     .help = "the rest of a longer line is withheld (default: 1MiB)"},
    {.name = "jobs",
     .letter = 'j',
     .value = "N",
     .offset = offsetof(struct words, jobs),
     .help = "redact on N threads; the order stays (default: 1)"},
    {.name = "kernel",
     .value = "NAME",
     .offset = offsetof(struct words, request.kernel),
     .choices = kernels,
     .help = "the scanner's instruction set (default: the best there is)"},
    {.name = "shadow",
     .value = "[OLD=]NEW",
     .offset = offsetof(struct words, shadow),
     .help = "print what the rule file or pack NEW, beside those in use or in the place of OLD, "
             "would change, masked, instead of lines; exit 1 when something"},
    {.name = "stats", .offset = offsetof(struct words, stats), .help = "count by rule, on stderr"},
    {.name = "quiet",
     .letter = 'q',
     .offset = offsetof(struct words, quiet),
     .help = "no progress, no notes"},
    {NULL},
};

/* What is wrong, or NULL. */
static const char *read_words(const struct words *words, struct settings *settings)
{
    int64_t jobs = 1;
    settings->max_line_bytes = MAX_LINE_BYTES;
    if (words->max_line && (quantity_parse_size(words->max_line, &settings->max_line_bytes) < 0 ||
                            settings->max_line_bytes < MAX_LINE_MIN_BYTES ||
                            settings->max_line_bytes > 1024 * MAX_LINE_BYTES))
        return "--max-line takes a size from 1KiB to 1GiB";
    if (words->jobs && (quantity_parse_int(words->jobs, &jobs) < 0 || jobs < 1 || jobs > JOBS_MAX))
        return "--jobs takes a number from 1 to 64";
    settings->frame = words->frame ? frame_find(words->frame) : NULL;
    settings->jobs = (unsigned)jobs;
    settings->has_stats = words->stats;
    settings->is_quiet = words->quiet;
    return NULL;
}

/* With --shadow: the difference that `request` would make. Returns an exit code. */
static int compare(const struct settings *settings, const struct blot_ruleset *rules,
                   const struct pack_request *request, char **paths, int path_count)
{
    struct blot_ruleset *then = NULL;
    int code = pack_load(request, &then);
    const struct shadow_request shadow = {
        .now = rules,
        .then = then,
        .max_line_bytes = (size_t)settings->max_line_bytes,
        .paths = paths,
        .path_count = path_count,
    };
    if (code == 0)
        code = shadow_run(&shadow);
    else if (!strchr(request->more, '='))
        fputs(
            "blotter redact: is it a new version of a file in use? --shadow OLD=NEW puts it in its "
            "place\n",
            stderr);
    blot_ruleset_free(then);
    return code;
}

static int redact_run(int argc, char **argv)
{
    struct words words = {.request.command = "redact"};
    struct settings settings = {0};
    int path_count;
    int error = arguments_parse(&redact_command, argc, argv, &words, &path_count);
    if (error != 0)
        return error == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    struct blot_ruleset *rules = NULL;
    const char *wrong = read_words(&words, &settings);
    int code = EX_USAGE;
    if (wrong) {
        fprintf(stderr, "blotter redact: %s\n", wrong);
    } else {
        code = pack_load(&words.request, &rules);
        words.request.more = words.shadow;
        if (code == 0 && words.shadow)
            code = compare(&settings, rules, &words.request, argv + 1, path_count);
        else if (code == 0)
            code = redact_files(&settings, rules, argv + 1, path_count);
    }
    blot_ruleset_free(rules);
    return code;
}

const struct command redact_command = {
    .name = "redact",
    .usage = "[FILE…]",
    .summary = "take card data out of lines, one line out for one line in",
    .description =
        "Reads the files, or stdin where there is none. What is not replaced passes byte "
        "for byte.\n",
    .arguments = arguments,
    .run = redact_run,
};
