#include "agent/command/shadow.h"

#include "agent/command/mask.h"
#include "agent/command/pack.h"
#include "agent/command/span.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    NOW,
    THEN,
    SIDES,
    EXIT_DIFFERS = 1,
};

/* What one rule did, over all lines. */
struct tally {
    const char *id; /* of a rule set */
    uint64_t found[SIDES], alone[SIDES];
};

struct side {
    const struct blot_ruleset *rules;
    struct blot_scratch *scratch;
    uint32_t state;                      /* blot_state_after of the lines before */
    const struct blot_finding *findings; /* in the line at hand */
    size_t count;
};

struct run {
    const struct shadow_request *request;
    struct side sides[SIDES];
    struct blot_ruleset *all;
    struct blot_scratch *masks;
    uint32_t masks_state; /* as a side's */
    struct mask *mask;
    struct span_list spans;
    struct tally *tallies;
    size_t tally_count;
    uint64_t lines, differing, cut;
};

static struct tally *tally_of(struct run *run, const char *id)
{
    for (size_t i = 0; i < run->tally_count; i++) {
        if (strcmp(run->tallies[i].id, id) == 0)
            return &run->tallies[i];
    }
    run->tallies[run->tally_count] = (struct tally){.id = id};
    return &run->tallies[run->tally_count++];
}

static const char *id_of(const struct side *side, const struct blot_finding *finding)
{
    return blot_ruleset_rule_id(side->rules, finding->rule);
}

static bool is_same(const struct side *left, const struct blot_finding *a, const struct side *right,
                    const struct blot_finding *b)
{
    return a->offset == b->offset && a->size == b->size && a->effects == b->effects &&
           a->replacement_size == b->replacement_size &&
           memcmp(a->replacement, b->replacement, a->replacement_size) == 0 &&
           strcmp(id_of(left, a), id_of(right, b)) == 0;
}

/* Whether the other side has the same finding. Both are in order. */
static bool is_shared(const struct side *side, const struct blot_finding *finding,
                      const struct side *other)
{
    for (size_t i = 0; i < other->count && other->findings[i].offset <= finding->offset; i++) {
        if (is_same(side, finding, other, &other->findings[i]))
            return true;
    }
    return false;
}

static uint64_t column_of(const char *text, size_t offset)
{
    uint64_t column = 1;
    for (size_t i = 0; i < offset; i++)
        column += ((unsigned char)text[i] & 0xc0) != 0x80;
    return column;
}

/* 0 or -ENOMEM. */
static int print_finding(struct run *run, const char *text, unsigned which,
                         const struct blot_finding *finding)
{
    const char *shown;
    size_t size;
    int error =
        mask_text(run->mask, finding->replacement, finding->replacement_size, &shown, &size);
    if (error < 0)
        return error;
    printf("%c %-24s column %" PRIu64 ", %zu bytes: ", which == NOW ? '-' : '+',
           id_of(&run->sides[which], finding), column_of(text, finding->offset), finding->size);
    mask_write(stdout, shown, size);
    fputc('\n', stdout);
    return 0;
}

/* The line as it may be shown. 0 or negative errno. */
static int print_line(struct run *run, const char *path, uint64_t number, const char *text,
                      size_t size, unsigned flags)
{
    const struct blot_finding *masks;
    size_t count, shown_size, checked_size;
    char *shown = NULL;
    const char *checked;
    run->spans.count = 0;
    blot_resume(run->masks, run->masks_state);
    int error = blot_find(run->masks, text, size, flags, &masks, &count);
    for (unsigned i = 0; error == 0 && i < SIDES; i++)
        error = span_add_findings(&run->spans, run->sides[i].findings, run->sides[i].count);
    if (error == 0)
        error = span_add_findings(&run->spans, masks, count);
    if (error == 0)
        error = span_write(&run->spans, text, size, &shown, &shown_size);
    if (error == 0)
        error = mask_text(run->mask, shown, shown_size, &checked, &checked_size);
    if (error == 0) {
        printf("%s:%" PRIu64 ": ", path, number);
        mask_write(stdout, checked, checked_size);
        fputc('\n', stdout);
    }
    free(shown);
    return error;
}

static int compare_line(struct run *run, const char *path, uint64_t number, const char *text,
                        size_t size)
{
    unsigned flags = size > run->request->max_line_bytes ? BLOT_CUT_END : 0;
    size = flags ? run->request->max_line_bytes : size;
    bool differs = false;
    int error = 0;
    run->lines++;
    run->cut += flags != 0;
    for (unsigned i = 0; error == 0 && i < SIDES; i++) {
        struct side *side = &run->sides[i];
        blot_resume(side->scratch, side->state);
        error = blot_find(side->scratch, text, size, flags, &side->findings, &side->count);
    }
    for (unsigned i = 0; error == 0 && i < SIDES; i++) {
        const struct side *side = &run->sides[i], *other = &run->sides[1 - i];
        for (size_t f = 0; f < side->count; f++) {
            struct tally *tally = tally_of(run, id_of(side, &side->findings[f]));
            bool is_alone = !is_shared(side, &side->findings[f], other);
            tally->found[i]++;
            tally->alone[i] += is_alone;
            differs |= is_alone;
        }
    }
    if (error < 0 || !differs)
        return error;
    run->differing++;
    error = print_line(run, path, number, text, size, flags);
    for (unsigned i = 0; error == 0 && i < SIDES; i++) {
        const struct side *side = &run->sides[i];
        for (size_t f = 0; error == 0 && f < side->count; f++) {
            if (!is_shared(side, &side->findings[f], &run->sides[1 - i]))
                error = print_finding(run, text, i, &side->findings[f]);
        }
    }
    return error;
}

/* Takes the line, with its newline, into what is known of lines before. */
static void pass_line(struct run *run, const char *text, size_t size)
{
    for (unsigned i = 0; i < SIDES; i++)
        run->sides[i].state =
            blot_state_after(run->sides[i].rules, run->sides[i].state, text, size);
    run->masks_state = blot_state_after(run->all, run->masks_state, text, size);
}

/* The path as it may be shown, the caller's to free; NULL: it may not. */
static char *shown_path(struct run *run, const char *path)
{
    const char *shown;
    size_t size, printed;
    char *copy = NULL;
    FILE *stream = NULL;
    if (mask_text(run->mask, path, strlen(path), &shown, &size) == 0)
        stream = open_memstream(&copy, &printed);
    if (!stream)
        return NULL;
    mask_write(stream, shown, size);
    fclose(stream);
    return copy;
}

/* Returns an exit code. */
static int compare_file(struct run *run, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    int error = file ? 0 : -errno;
    uint64_t number = 0;
    char *shown = shown_path(run, path);
    run->sides[NOW].state = run->sides[THEN].state = run->masks_state = 0;
    for (ssize_t size; error == 0 && (size = getline(&line, &capacity, file)) >= 0;) {
        size_t end = (size_t)size - (size > 0 && line[size - 1] == '\n');
        error = compare_line(run, shown ? shown : "(withheld)", ++number, line, end);
        pass_line(run, line, (size_t)size);
    }
    if (error == 0 && ferror(file))
        error = -EIO;
    if (line)
        explicit_bzero(line, capacity);
    free(line);
    free(shown);
    if (file && !is_stdin)
        fclose(file);
    if (error == 0)
        return 0;
    fputs("blotter redact: ", stderr);
    mask_print(stderr, path);
    fprintf(stderr, ": %s\n", strerror(-error));
    return EX_DATAERR;
}

static void print_tallies(const struct run *run)
{
    fprintf(stderr, "%-24s %10s %10s %10s %10s\n", "rule", "now", "then", "only now", "only then");
    for (size_t i = 0; i < run->tally_count; i++) {
        const struct tally *tally = &run->tallies[i];
        fprintf(stderr, "%-24s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
                tally->id, tally->found[NOW], tally->found[THEN], tally->alone[NOW],
                tally->alone[THEN]);
    }
    fprintf(stderr, "%" PRIu64 " of %" PRIu64 " lines differ", run->differing, run->lines);
    if (run->cut > 0)
        fprintf(stderr, "; %" PRIu64 " longer than --max-line, compared so far", run->cut);
    fputc('\n', stderr);
}

static int prepare(struct run *run)
{
    const struct shadow_request *request = run->request;
    const struct blot_ruleset *rules[SIDES] = {request->now, request->then};
    size_t count = 0;
    int error = pack_load_all(&run->all);
    for (unsigned i = 0; error == 0 && i < SIDES; i++) {
        run->sides[i].rules = rules[i];
        error = blot_scratch_new(rules[i], NULL, &run->sides[i].scratch);
        count += blot_ruleset_rule_count(rules[i]);
    }
    if (error == 0)
        error = blot_scratch_new(run->all, NULL, &run->masks);
    if (error == 0)
        error = mask_new(run->all, request->then, &run->mask);
    run->tallies = calloc(count + 1, sizeof(*run->tallies));
    return error < 0 ? error : run->tallies ? 0 : -ENOMEM;
}

int shadow_run(const struct shadow_request *request)
{
    static char standard_input[] = "-";
    struct run run = {.request = request};
    int code = 0, error = prepare(&run);
    if (error < 0) {
        fprintf(stderr, "blotter redact: cannot start: %s\n", strerror(-error));
        code = EX_OSERR;
    }
    for (int i = 0; error == 0 && i < (request->path_count ? request->path_count : 1); i++) {
        int one = compare_file(&run, request->path_count ? request->paths[i] : standard_input);
        code = code ? code : one;
    }
    if (error == 0)
        print_tallies(&run);
    if (code == 0 && run.differing > 0)
        code = EXIT_DIFFERS;
    mask_free(run.mask);
    span_free(&run.spans);
    blot_scratch_free(run.masks);
    for (unsigned i = 0; i < SIDES; i++)
        blot_scratch_free(run.sides[i].scratch);
    blot_ruleset_free(run.all);
    free(run.tallies);
    return code;
}
