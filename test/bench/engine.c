/* How fast the engine is on one core, beside what bounds it and what others do (engine_other.h).
 *
 *   engine [MEBIBYTES [FIGURES]]
 *
 * All that is compared runs in turn, several times over; a speed is the median of its runs, and a
 * ratio the median of the ratios within one turn, so that a busy machine does little to them.
 * FIGURES is a file that gets them a line each: log, name, GB/s, times memchr. */
#include "rules/blotter.h"
#include "test/bench/engine_other.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After so long no further turn is begun. */
#define SECONDS_MAX 2.0

enum {
    TURNS = 7,
    BLOCK_BYTES = 256 << 10,
    KEYWORD_RULES = 100,
    CONTENDERS_MAX = 16,
};

/* One of what is compared. */
struct contender {
    const char *name;
    other_function *other; /* NULL: the engine */
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    bool missing;
    size_t count;
    unsigned turns;
    double seconds[TURNS], all_seconds;
};

static const char *const rule_packs[] = {"pci", "secrets", "pii"};

static double run_engine(const struct contender *contender, const struct text *text,
                         size_t *ret_count)
{
    double begin = other_seconds();
    *ret_count = 0;
    for (size_t at = 0, end; at < text->size; at = end) {
        end = text->size;
        if (end - at > BLOCK_BYTES)
            end = (size_t)((const char *)memrchr(text->data + at, '\n', BLOCK_BYTES) - text->data) +
                  1;
        const struct blot_finding *findings;
        size_t count;
        if (blot_find(contender->scratch, text->data + at, end - at, 0, &findings, &count) < 0)
            abort();
        *ret_count += count;
    }
    return other_seconds() - begin;
}

static struct contender make_engine(const char *name, const struct blot_options *options)
{
    struct contender contender = {.name = name};
    int r = blot_ruleset_new(options, &contender.ruleset);
    if (r < 0 && r != -ENOTSUP && r != -ENOENT) {
        fprintf(stderr, "%s: rules: %s\n", name, strerror(-r));
        abort();
    }
    contender.missing = r < 0;
    if (r == 0 && blot_scratch_new(contender.ruleset, NULL, &contender.scratch) < 0)
        abort();
    return contender;
}

/* Rules that are looked for by a keyword each: `zebra-17-key=…`. */
static struct blot_document keyword_rules(void)
{
    static const char *const words[] = {"zebra", "quokka", "walrus", "ibex",   "marmot",
                                        "okapi", "tapir",  "jackal", "wombat", "gecko"};
    static char text[KEYWORD_RULES * 256];
    size_t size = (size_t)sprintf(text, "rules:\n");
    for (unsigned i = 0; i < KEYWORD_RULES; i++)
        size += (size_t)sprintf(text + size,
                                "  - id: bench_%u\n    why: a benchmark\n"
                                "    pattern: '%s-%u-key=(?<secret>[a-z0-9]{8,32})'\n"
                                "    keywords: ['%s-%u-key']\n"
                                "    match: ['%s-%u-key=abcdefgh1']\n",
                                i, words[i % 10], i, words[i % 10], i, words[i % 10], i);
    return (struct blot_document){.name = "keywords.yaml", .data = text, .size = size};
}

static size_t make_contenders(struct contender *contenders)
{
    static const char *const kernels[] = {"scalar",   "ssse3",       "avx2",
                                          "avx512bw", "avx512vbmi2", "neon"};
    static const char *const names[] = {"engine scalar",   "engine ssse3",       "engine avx2",
                                        "engine avx512bw", "engine avx512vbmi2", "engine neon"};
    static struct blot_document rules;
    rules = keyword_rules();
    size_t count = 0;
    contenders[count++] = (struct contender){.name = "memchr splitting", .other = other_split};
    contenders[count++] = (struct contender){.name = "PCRE2 JIT by line", .other = other_pcre2};
    contenders[count++] = (struct contender){.name = "Vectorscan", .other = other_vectorscan};
    contenders[count++] = (struct contender){.name = "rg -c", .other = other_ripgrep};
    for (unsigned i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        struct blot_options options = {.kernel = kernels[i]};
        struct contender engine = make_engine(names[i], &options);
        if (!engine.missing)
            contenders[count++] = engine;
    }
    struct blot_options keyed = {.documents = &rules, .document_count = 1};
    contenders[count++] = make_engine("engine + 100 keywords", &keyed);
    struct blot_options all = {.packs = rule_packs, .pack_count = 3};
    contenders[count++] = make_engine("pci+secrets+pii", &all);
    all.documents = &rules;
    all.document_count = 1;
    contenders[count++] = make_engine("pci+secrets+pii + 100", &all);
    return count;
}

static void run_all(struct contender *contenders, size_t count, const struct text *text)
{
    for (size_t i = 0; i < count; i++) {
        contenders[i].turns = 0;
        contenders[i].all_seconds = 0;
    }
    for (unsigned turn = 0; turn < TURNS; turn++) {
        for (size_t i = 0; i < count; i++) {
            struct contender *one = &contenders[i];
            if (one->missing || one->all_seconds > SECONDS_MAX)
                continue;
            one->seconds[turn] =
                one->other ? one->other(text, &one->count) : run_engine(one, text, &one->count);
            one->missing = one->seconds[turn] < 0;
            one->all_seconds += one->seconds[turn];
            one->turns++;
        }
    }
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

/* How many times as fast as `than`. */
static double ratio(const struct contender *one, const struct contender *than)
{
    double ratios[TURNS];
    unsigned turns = one->turns < than->turns ? one->turns : than->turns;
    for (unsigned turn = 0; turn < turns; turn++)
        ratios[turn] = than->seconds[turn] / one->seconds[turn];
    return median(ratios, turns);
}

static double speed(const struct contender *one, const struct text *text)
{
    double seconds[TURNS];
    memcpy(seconds, one->seconds, sizeof(seconds));
    return (double)text->size / 1e9 / median(seconds, one->turns);
}

static void report(const struct contender *contenders, size_t count, const struct text *text,
                   FILE *figures)
{
    const struct contender *split = &contenders[0], *pcre2 = &contenders[1];
    printf("%s: %zu lines, %.0f bytes a line\n", text->name, text->lines,
           (double)text->size / (double)text->lines);
    for (size_t i = 0; i < count; i++) {
        const struct contender *one = &contenders[i];
        if (one->missing) {
            printf("  %-22s NOT COMPARED: it is not here\n", one->name);
            continue;
        }
        printf("  %-22s %6.2f GB/s  %5.3f x memchr  %6.2f x PCRE2  %zu %s\n", one->name,
               speed(one, text), ratio(one, split), ratio(one, pcre2), one->count,
               i == 0                   ? "lines"
               : !one->other            ? "findings"
               : strchr(one->name, '-') ? "lines that match"
                                        : "matches");
        if (figures)
            fprintf(figures, "%s\t%s\t%.3f\t%.4f\n", text->name, one->name, speed(one, text),
                    ratio(one, split));
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct contender contenders[CONTENDERS_MAX];
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 32) << 20;
    FILE *figures = argc > 2 ? fopen(argv[2], "w") : NULL;
    if (size == 0 || (argc > 2 && !figures)) {
        fprintf(stderr, "usage: engine [MEBIBYTES [FIGURES]]\n");
        return 64;
    }
    size_t count = make_contenders(contenders);
    for (unsigned kind = 0; kind < TEXT_KINDS; kind++) {
        struct text text = text_generate((enum text_kind)kind, size);
        run_all(contenders, count, &text);
        report(contenders, count, &text, figures);
        free(text.data);
    }
    for (size_t i = 0; i < count; i++) {
        blot_scratch_free(contenders[i].scratch);
        blot_ruleset_free(contenders[i].ruleset);
    }
    return figures && fclose(figures) != 0;
}
