/* `blotter explain`: why something in a line is redacted, or is not. The engine itself tells of its
 * candidates and gates; this only puts them into words. Every byte of the line that is shown went
 * through the mask of all packs, and what any finder looked at is shown as its shape. */
#include "agent/arguments.h"
#include "agent/command.h"
#include "agent/command/advice.h"
#include "agent/command/explain_line.h"
#include "agent/command/json_text.h"
#include "agent/command/mask.h"
#include "agent/command/pack.h"

/* Behind the header whose type its declarations name. */
#include "agent/command_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 1024 * 1024,
};

struct words {
    struct pack_request request;
    const char *color;
    bool json;
};

struct run {
    const struct words *words;
    struct explain_line *line;
    const struct blot_ruleset *rules;
    bool color;
    uint64_t number; /* of the line, from 1 */
};

static const char *paint(const struct run *run, const char *code)
{
    return run->color ? code : "";
}

#define BOLD   "\033[1m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define FAINT  "\033[2m"
#define NORMAL "\033[0m"

static void print_gates(const struct run *run, const struct explain_candidate *candidate)
{
    for (size_t i = 0; i < candidate->gate_count; i++) {
        const struct explain_gate *gate = &candidate->gates[i];
        printf("  %s%s%s  %-12s %-4s %s\n", paint(run, gate->failed ? RED : GREEN),
               gate->failed ? "FAILED" : "passed", paint(run, NORMAL), gate->name, gate->clause,
               gate->why);
    }
}

/* Columns, not bytes. */
static size_t width_of(const char *text, size_t size)
{
    size_t width = 0;
    for (size_t i = 0; i < size; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static void print_candidate(const struct run *run, const struct explain_candidate *candidate)
{
    size_t before = width_of(run->line->text, candidate->shown_begin);
    size_t under = width_of(run->line->text + candidate->shown_begin,
                            candidate->shown_end - candidate->shown_begin);
    printf("%*s", (int)before, "");
    for (size_t i = 0; i < (under ? under : 1); i++)
        fputc('^', stdout);
    printf(" %s%s: %s%s", paint(run, BOLD), candidate->detector,
           candidate->passed ? "redacted" : "not redacted", paint(run, NORMAL));
    if (candidate->view > 0)
        printf(", decoded %u time%s", candidate->view, candidate->view == 1 ? "" : "s");
    fputc('\n', stdout);
    print_gates(run, candidate);
}

static void print_text(struct run *run)
{
    const struct explain_line *line = run->line;
    fwrite(line->text, 1, line->text_size, stdout);
    fputc('\n', stdout);
    for (size_t i = 0; i < line->candidate_count; i++) {
        const struct explain_candidate *candidate = &line->candidates[i];
        if (candidate->is_lesser) {
            printf("  %salso    %s %s: fails %s%s\n", paint(run, FAINT), candidate->detector,
                   candidate->shape, candidate->first_failed, paint(run, NORMAL));
            continue;
        }
        print_candidate(run, candidate);
        printf("  %s\n", advice_of(candidate));
    }
    for (size_t i = 0; i < line->finding_count; i++) {
        if (!line->findings[i].is_explained)
            printf("  %s: also redacted: found inside another form (base64, a TLV tag, a row or "
                   "columns, a private key of several lines), or withheld at a limit\n",
                   blot_ruleset_rule_id(run->rules, line->findings[i].rule));
    }
    if (line->candidate_count == 0 && line->finding_count == 0)
        printf("  %s\n", advice_of(NULL));
}

static int print_json_candidate(const struct explain_candidate *candidate)
{
    fputs("{", stdout);
    int error = json_text_member(stdout, "detector", candidate->detector);
    printf(",\"offset\":%zu,\"size\":%zu,\"decoded\":%u,", candidate->offset, candidate->size,
           candidate->view);
    error = error ? error : json_text_member(stdout, "shape", candidate->shape);
    printf(",\"redacted\":%s,\"gates\":[", candidate->passed ? "true" : "false");
    for (size_t i = 0; i < candidate->gate_count; i++) {
        const struct explain_gate *gate = &candidate->gates[i];
        printf("%s{\"gate\":\"%s\",\"clause\":\"%s\",\"passed\":%s,", i ? "," : "", gate->name,
               gate->clause, gate->failed ? "false" : "true");
        error = error ? error : json_text_member(stdout, "why", gate->why);
        fputs("}", stdout);
    }
    fputs("],", stdout);
    error = error ? error : json_text_member(stdout, "advice", advice_of(candidate));
    fputs("}", stdout);
    return error;
}

static int print_json(const struct run *run)
{
    const struct explain_line *line = run->line;
    printf("{\"line\":%" PRIu64 ",\"text\":", run->number);
    int error = json_text_write(stdout, line->text, line->text_size);
    fputs(",\"candidates\":[", stdout);
    for (size_t i = 0; error == 0 && i < line->candidate_count; i++) {
        if (i > 0)
            fputc(',', stdout);
        error = print_json_candidate(&line->candidates[i]);
    }
    fputs("],\"findings\":[", stdout);
    for (size_t i = 0; error == 0 && i < line->finding_count; i++)
        printf("%s{\"rule\":\"%s\",\"offset\":%zu,\"size\":%zu}", i ? "," : "",
               blot_ruleset_rule_id(run->rules, line->findings[i].rule), line->findings[i].offset,
               line->findings[i].size);
    fputs("]}\n", stdout);
    return error;
}

/* Returns an exit code. */
static int explain_text(struct run *run, const char *text, size_t size)
{
    run->number++;
    int error = explain_line_run(run->line, text, size);
    if (error == 0 && run->words->json)
        error = print_json(run);
    else if (error == 0)
        print_text(run);
    if (error == 0)
        return 0;
    fprintf(stderr, "blotter explain: line %" PRIu64 " cannot be explained: %s\n", run->number,
            strerror(-error));
    return EX_OSERR;
}

static int explain_stdin(struct run *run)
{
    char *line = NULL;
    size_t capacity = 0;
    int code = 0;
    for (ssize_t size; code == 0 && (size = getline(&line, &capacity, stdin)) >= 0;) {
        size -= size > 0 && line[size - 1] == '\n';
        if (size > LINE_BYTES_MAX) {
            fprintf(stderr,
                    "blotter explain: line %" PRIu64 " is longer than 1 MiB: give a part of it\n",
                    run->number + 1);
            code = EX_DATAERR;
        } else {
            code = explain_text(run, line, (size_t)size);
        }
    }
    if (code == 0 && ferror(stdin)) {
        fprintf(stderr, "blotter explain: stdin cannot be read: %s\n", strerror(errno));
        code = EX_NOINPUT;
    }
    if (line)
        explicit_bzero(line, capacity);
    free(line);
    return code;
}

static int explain_operand(struct run *run, char *text)
{
    int code = 0;
    for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); code == 0 && line;
         line = strtok_r(NULL, "\n", &rest))
        code = explain_text(run, line, strlen(line));
    return code;
}

static const char *const colors[] = {"auto", "always", "never", NULL};

static const struct argument arguments[] = {
    PACK_ARGUMENTS(struct words, "pci"),
    {.name = "color",
     .value = "WHEN",
     .offset = offsetof(struct words, color),
     .choices = colors,
     .help = "auto (the default): on a terminal, unless NO_COLOR is set"},
    {.name = "json", .offset = offsetof(struct words, json), .help = "one JSON object a line"},
    {NULL},
};

static bool wants_color(const struct words *words)
{
    const char *off = getenv("NO_COLOR");
    if (words->color && strcmp(words->color, "auto") != 0)
        return strcmp(words->color, "always") == 0;
    return isatty(STDOUT_FILENO) && !(off && *off);
}

static int explain_run(int argc, char **argv)
{
    struct words words = {.request.command = "explain"};
    int operands;
    int r = arguments_parse(&explain_command, argc, argv, &words, &operands);
    if (r != 0)
        return r == ARGUMENTS_DONE ? EX_OK : EX_USAGE;
    if (operands > 1) {
        fputs("blotter explain: one text only: put it in quotes, or send lines to stdin\n", stderr);
        return EX_USAGE;
    }
    struct blot_ruleset *rules = NULL;
    int code = pack_load(&words.request, &rules);
    struct run run = {.words = &words, .rules = rules, .color = wants_color(&words)};
    if (code == 0 && (r = explain_line_new(rules, &run.line)) < 0) {
        fprintf(stderr, "blotter explain: cannot start: %s\n", strerror(-r));
        code = EX_OSERR;
    }
    if (code == 0)
        code = operands == 1 && strcmp(argv[1], "-") != 0 ? explain_operand(&run, argv[1])
                                                          : explain_stdin(&run);
    explain_line_free(run.line);
    blot_ruleset_free(rules);
    return code;
}

const struct command explain_command = {
    .name = "explain",
    .usage = "[TEXT | -]",
    .summary = "say why something is redacted, or is not",
    .description = "Shows each candidate with each question that the rules asked it, and what to "
                   "change. What is\nshown is masked by all packs; candidates are shown as their "
                   "shape. Without TEXT: the lines of stdin.\n",
    .arguments = arguments,
    .run = explain_run,
};
