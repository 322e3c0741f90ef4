/* `blotter scan`: card data at rest. Files are searched by the same engine as redact's, line for
 * line; what is told of a finding is masked by all packs. */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/pack.h"
#include "agent/command/scan_tell.h"
#include "agent/quantity.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    JOBS_MAX = 64,
    EXIT_FOUND = 1,
};

static int take_finding(struct scan_run *run, const char *path, struct scan_finding *finding)
{
    const char *rule = blot_ruleset_rule_id(run->rules, finding->rule);
    if (run->baseline_out) {
        int error = scan_baseline_write(run->baseline_out, rule, path, finding);
        if (error < 0)
            return error;
    }
    finding->is_known =
        run->baseline && scan_baseline_has(run->baseline, rule, path, &finding->print);
    if (finding->is_known)
        run->totals.known++;
    else
        run->totals.found++;
    run->rule_counts[finding->rule] += !finding->is_known;
    if (finding->is_known && !run->type->shows_known)
        return 0;
    return run->type->finding(&run->report, path, finding);
}

static int take_result(void *user, const struct scan_walk_file *file, struct scan_result *result)
{
    struct scan_run *run = user;
    char *path = scan_tell_path(run, file->path);
    int error = path ? 0 : -ENOMEM;
    run->totals.files++;
    run->totals.bytes += result->text_bytes;
    run->totals.lines += result->lines;
    if (result->count > 0)
        scan_tell_clear(run);
    for (size_t i = 0; error == 0 && i < result->count; i++) {
        struct scan_finding *finding = &result->findings[i];
        uint64_t before = run->rule_counts[finding->rule];
        error = take_finding(run, path, finding);
        bool is_new_file = true;
        for (size_t k = 0; k < i && is_new_file && i < 1000; k++)
            is_new_file = result->findings[k].rule != finding->rule || result->findings[k].is_known;
        run->rule_files[finding->rule] +=
            is_new_file && i < 1000 && run->rule_counts[finding->rule] > before;
    }
    run->totals.found += result->dropped;
    scan_tell_status(run, file->path, result);
    scan_file_forget(result);
    free(path);
    scan_tell_progress(run);
    return error;
}

static int fail(const char *what, int error)
{
    fprintf(stderr, "blotter scan: %s: %s\n", what, strerror(-error));
    return EX_OSERR;
}

/* Searches everything. Returns an exit code. */
static int scan(struct scan_run *run, char **paths, int path_count)
{
    bool is_missing = false;
    for (int i = 0; i < path_count; i++) {
        int error = scan_walk_add(&run->walk, &run->walk_options, paths[i]);
        if (error == -ENOMEM)
            return fail("the files cannot be listed", error);
        is_missing |= error == -ENOENT;
    }
    run->has_progress = !run->words->quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    const struct scan_settings settings = {
        .rules = run->rules,
        .all = run->all,
        .key = run->key,
        .max_bytes = run->max_bytes,
        .reads_binary = run->words->text,
        .taken_bytes = &run->taken_bytes,
    };
    const struct scan_work work = {
        .settings = &settings,
        .walk = &run->walk,
        .jobs = run->jobs,
        .use = take_result,
        .tick = scan_tell_progress,
        .user = run,
    };
    if (run->baseline_out)
        scan_baseline_write_head(run->baseline_out, run->key);
    int error = run->type->begin(&run->report);
    if (error == 0)
        error = scan_work_run(&work);
    scan_tell_clear(run);
    if (error == 0)
        error = run->type->end(&run->report, &run->totals, run->notes, run->note_count);
    if (error < 0)
        return fail("stopped, not all was searched", error);
    if (!run->words->quiet)
        scan_tell_summary(run);
    if (run->totals.found > 0)
        return EXIT_FOUND;
    return is_missing ? EX_NOINPUT : run->totals.unreadable > 0 ? EX_DATAERR : 0;
}

/* Cuts a list of globs at its commas; false: too many. */
static bool cut_globs(const char *list, char **ret_copy, const char **globs, size_t *count)
{
    *ret_copy = list ? strdup(list) : NULL;
    for (char *rest = NULL, *glob = *ret_copy ? strtok_r(*ret_copy, ",", &rest) : NULL; glob;
         glob = strtok_r(NULL, ",", &rest)) {
        if (*count == SCAN_WALK_GLOBS_MAX)
            return false;
        globs[(*count)++] = glob;
    }
    return true;
}

/* What is wrong with the words, or NULL. */
static const char *read_words(const struct scan_words *words, struct scan_run *run)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : processors, size = 0;
    if (words->json && words->sarif)
        return "--json or --sarif, not both";
    if ((words->baseline || words->write_baseline) && !words->key)
        return "a baseline needs --key FILE: its prints are keyed, so that nobody can try numbers "
               "against it";
    if (words->jobs && (quantity_parse_int(words->jobs, &jobs) < 0 || jobs < 1 || jobs > JOBS_MAX))
        return "--jobs takes a number from 1 to 64";
    if (words->max_size && (quantity_parse_size(words->max_size, &size) < 0 || size < 1))
        return "--max-size takes a size such as 100MiB";
    struct scan_walk_options *options = &run->walk_options;
    if (!cut_globs(words->include, &run->globs[0], options->include, &options->include_count) ||
        !cut_globs(words->exclude, &run->globs[1], options->exclude, &options->exclude_count))
        return "--include and --exclude take 64 globs at most";
    run->jobs = (unsigned)jobs;
    run->max_bytes = (uint64_t)size;
    run->type = words->sarif  ? &scan_report_sarif
                : words->json ? &scan_report_json
                              : &scan_report_text;
    options->follows = words->follow;
    options->tell = scan_tell_walk;
    options->user = run;
    return NULL;
}

static void complain(const char *path, const char *what)
{
    fputs("blotter scan: ", stderr);
    mask_print(stderr, path);
    fprintf(stderr, ": %s\n", what);
}

/* Key and baselines. Returns an exit code. */
static int open_files(struct scan_run *run)
{
    const struct scan_words *words = run->words;
    size_t line = 0;
    int error = words->key ? scan_key_read(words->key, &run->key) : 0;
    if (error < 0) {
        complain(words->key, error == -EINVAL ? "a key has 16 bytes or more: `head -c 32 "
                                                "/dev/urandom | base64` makes one"
                                              : strerror(-error));
        return error == -EINVAL ? EX_CONFIG : EX_NOINPUT;
    }
    if (words->baseline)
        error = scan_baseline_read(words->baseline, run->key, &run->baseline, &line);
    if (error == -EBADMSG) {
        complain(words->baseline, "no baseline, or damaged: make it anew with --write-baseline");
        fprintf(stderr, "blotter scan: the first line that is not good is %zu\n", line);
        return EX_DATAERR;
    }
    if (error < 0) {
        complain(words->baseline, error == -EKEYREJECTED
                                      ? "was made with another key: use that one, or "
                                        "--write-baseline"
                                      : strerror(-error));
        return error == -EKEYREJECTED ? EX_CONFIG : EX_NOINPUT;
    }
    if (words->write_baseline && !(run->baseline_out = fopen(words->write_baseline, "we"))) {
        complain(words->write_baseline, strerror(errno));
        return EX_CANTCREAT;
    }
    return 0;
}

static int prepare(struct scan_run *run)
{
    size_t rules = blot_ruleset_rule_count(run->rules);
    int error = pack_load_all(&run->all);
    if (error == 0)
        error = mask_new(run->all, run->rules, &run->mask);
    run->rule_counts = calloc(rules, sizeof(*run->rule_counts));
    run->rule_files = calloc(rules, sizeof(*run->rule_files));
    run->notes = calloc(SCAN_TELL_NOTES_MAX, sizeof(*run->notes));
    run->report = (struct scan_report){.stream = stdout,
                                       .rules = run->rules,
                                       .key = run->key,
                                       .has_baseline = run->baseline != NULL};
    return error < 0 ? error : run->rule_counts && run->rule_files && run->notes ? 0 : -ENOMEM;
}

static int finish(struct scan_run *run, int code)
{
    if (run->baseline_out) {
        bool failed = ferror(run->baseline_out);
        failed |= fclose(run->baseline_out) != 0;
        if (failed) {
            complain(run->words->write_baseline, "cannot be written");
            code = EX_CANTCREAT;
        } else if (code == EXIT_FOUND) {
            code = 0; /* all that was found is known from now on */
        }
    }
    for (size_t i = 0; i < run->note_count; i++) {
        free((char *)run->notes[i].path);
        free((char *)run->notes[i].what);
    }
    free(run->notes);
    free(run->rule_counts);
    free(run->rule_files);
    scan_walk_free(&run->walk);
    scan_baseline_free(run->baseline);
    scan_key_free(run->key);
    mask_free(run->mask);
    blot_ruleset_free(run->all);
    blot_ruleset_free(run->rules);
    free(run->globs[0]);
    free(run->globs[1]);
    return code;
}

static const struct argument arguments[] = {
    PACK_ARGUMENTS(struct scan_words, "pci"),
    {.name = "include",
     .value = "GLOB,…",
     .offset = offsetof(struct scan_words, include),
     .help = "in folders, only files whose path or name fits"},
    {.name = "exclude",
     .value = "GLOB,…",
     .offset = offsetof(struct scan_words, exclude),
     .help = "in folders, no file or folder whose path or name fits"},
    {.name = "follow",
     .offset = offsetof(struct scan_words, follow),
     .help = "follow symbolic links in folders"},
    {.name = "text",
     .letter = 'a',
     .offset = offsetof(struct scan_words, text),
     .help = "search binary files too"},
    {.name = "max-size",
     .value = "SIZE",
     .offset = offsetof(struct scan_words, max_size),
     .help = "search so much of each file's text (default: all)"},
    {.name = "jobs",
     .letter = 'j',
     .value = "N",
     .offset = offsetof(struct scan_words, jobs),
     .help = "search on N threads (default: one for each processor)"},
    {.name = "json",
     .offset = offsetof(struct scan_words, json),
     .help = "one JSON object a finding"},
    {.name = "sarif",
     .offset = offsetof(struct scan_words, sarif),
     .help = "one SARIF 2.1.0 document"},
    {.name = "key",
     .value = "FILE",
     .offset = offsetof(struct scan_words, key),
     .help = "secret for the prints of findings in baselines, --json and --sarif"},
    {.name = "baseline",
     .value = "FILE",
     .offset = offsetof(struct scan_words, baseline),
     .help = "findings that are known: they count as none"},
    {.name = "write-baseline",
     .value = "FILE",
     .offset = offsetof(struct scan_words, write_baseline),
     .help = "write what is found as known; exit 0"},
    {.name = "quiet",
     .letter = 'q',
     .offset = offsetof(struct scan_words, quiet),
     .help = "findings and errors only: no progress, notes, summary"},
    {NULL},
};

static int scan_run(int argc, char **argv)
{
    struct scan_words words = {.request.command = "scan"};
    int paths;
    int r = arguments_parse(&scan_command, argc, argv, &words, &paths);
    if (r != 0)
        return r == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    struct scan_run *run = calloc(1, sizeof(*run));
    if (!run)
        return fail("cannot start", -ENOMEM);
    run->words = &words;
    const char *wrong =
        paths == 0 ? "name files or folders to search; - is stdin" : read_words(&words, run);
    int code = EX_USAGE;
    if (wrong)
        fprintf(stderr, "blotter scan: %s\n", wrong);
    else
        code = pack_load(&words.request, &run->rules);
    if (code == 0)
        code = open_files(run);
    if (code == 0 && (r = prepare(run)) < 0)
        code = fail("cannot start", r);
    if (code == 0)
        code = scan(run, argv + 1, paths);
    code = finish(run, code);
    free(run);
    return code;
}

const struct command scan_command = {
    .name = "scan",
    .usage = "PATH…",
    .summary = "find card data in files and folders",
    .description = "Reads .gz and .zst as what they hold. Prints path:line:column: rule: and the "
                   "line, masked.\nExit code 1: something was found.\n",
    .arguments = arguments,
    .run = scan_run,
};
