/* Engine against reference on generated lines:
 *
 *     differential SEED FIRST COUNT [PRINTED]
 *
 * In every eighth block several of them, up to all, are joined into one line.
 * Lines go through the engine in blocks, under every kernel that this processor has, once more with
 * cut flags, and one by one, some with the cut flags; every other block under the default rules,
 * the others under one of the further rule sets. Exit 1 when there is a difference; PRINTED (10) of
 * them are shown with the seed and the line's number, and shortened. */
#include "test/differential/compare.h"
#include "test/differential/engine.h"
#include "test/generate/generate.h"
#include "test/reference/memory.h"
#include "test/reference/reference.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_LINES_MOST = 400,
    RULESETS_MOST = 64,
    THREADS = 2,
};

static const unsigned cut_flags[] = {REFERENCE_CUT_START, REFERENCE_CUT_END,
                                     REFERENCE_CUT_START | REFERENCE_CUT_END};

/* Of one thread, made when they are first used. */
struct engines {
    struct engine items[RULESETS_MOST][ENGINES_MOST];
    size_t counts[RULESETS_MOST];
};

/* Shared by the threads; only the atomics change. */
struct job {
    uint64_t seed;
    uint64_t first;
    uint64_t end;
    uint64_t printed_most;
    _Atomic uint64_t next;
    _Atomic uint64_t changed;
    _Atomic uint64_t different;
    pthread_mutex_t print;
};

struct block {
    size_t lines;
    uint64_t numbers[BLOCK_LINES_MOST + 1]; /* of the first that a line is made of */
    size_t starts[BLOCK_LINES_MOST + 1]; /* of its lines; the newline belongs to the line before */
    char text[BLOCK_LINES_MOST * (TEXT_MOST + 1)];
};

/* Of line `i` of the block. */
static void report(struct job *job, struct engine *engine, const struct block *block, size_t i,
                   const char *text, size_t size, unsigned flags, const char *how)
{
    char where[160];
    pthread_mutex_lock(&job->print);
    if (job->different++ < job->printed_most) {
        snprintf(where, sizeof where, "seed %" PRIu64 " line %" PRIu64 " count %" PRIu64 ", %s",
                 job->seed, block->numbers[i], block->numbers[i + 1] - block->numbers[i], how);
        compare_print(stdout, engine, where, text, size, flags);
        fflush(stdout);
    }
    pthread_mutex_unlock(&job->print);
}

/* How many lines in a row become one, of the block that a line is in: a matter of the seed and the
 * block, so that each such line can be made again alone. */
static uint64_t joined_lines(const struct job *job, uint64_t number)
{
    static const unsigned char joined[] = {4, 10, 40, 200};
    struct random random = {job->seed ^ number / BLOCK_LINES_MOST};
    return random_below(&random, 8) > 0 ? 1 : 2 * (uint64_t)RANDOM_PICK(&random, joined);
}

static void make_block(const struct job *job, uint64_t first, struct block *block)
{
    static _Thread_local struct text line;
    uint64_t end = first + BLOCK_LINES_MOST < job->end ? first + BLOCK_LINES_MOST : job->end;
    uint64_t joined = joined_lines(job, first);
    size_t size = 0;
    bool ended = true;

    block->lines = 0;
    for (uint64_t number = first > job->first ? first : job->first; number < end; number++) {
        generate_line(job->seed, number, &line);
        if (ended) {
            block->numbers[block->lines] = number;
            block->starts[block->lines++] = size;
        }
        memcpy(block->text + size, line.bytes, line.size);
        size += line.size;
        ended = (number + 1) % joined == 0 || number + 1 == end;
        block->text[size++] = ended ? '\n' : " ,|\t"[number % 4];
    }
    block->numbers[block->lines] = end;
    block->starts[block->lines] = size;
}

/* Those of a block's cut flags that hold for its line `i`. */
static unsigned flags_of(const struct block *block, size_t i, unsigned flags)
{
    return (i == 0 ? flags & REFERENCE_CUT_START : 0) |
           (i + 1 == block->lines ? flags & REFERENCE_CUT_END : 0);
}

/* Finds the lines on which a kernel differs when the whole block went through at once, under cut
 * flags without its last newline. */
static void compare_block(struct job *job, struct engine *engine, const struct block *block,
                          unsigned flags, char *const *expected, const size_t *expected_sizes)
{
    char *out;
    size_t out_size;
    size_t place = 0;
    size_t block_size = block->starts[block->lines] - (flags != 0);

    engine_redact(engine, block->text, block_size, flags, &out, &out_size);
    for (size_t i = 0; i < block->lines; i++) {
        const char *newline = place < out_size ? memchr(out + place, '\n', out_size - place) : NULL;
        size_t size = newline != NULL ? (size_t)(newline - out) - place : out_size - place;
        const char *line = block->text + block->starts[i];
        size_t line_size = block->starts[i + 1] - block->starts[i] - 1;
        bool ends = newline != NULL || (flags != 0 && i + 1 == block->lines);
        if (!ends || size != expected_sizes[i] || memcmp(out + place, expected[i], size) != 0) {
            unsigned own = flags_of(block, i, flags);
            bool alone = compare_same(engine, line, line_size, own);
            report(job, engine, block, i, alone ? block->text : line,
                   alone ? block_size : line_size, alone ? flags : own,
                   alone ? "in a block only" : "alone");
        }
        if (!ends) {
            break;
        }
        place += size + 1;
    }
    free(out);
}

/* The same of a block that is cut: its first and last line become something else. */
static void compare_cut_block(struct job *job, struct engine *engine, const struct block *block,
                              unsigned flags, char **expected, size_t *sizes)
{
    for (size_t i = 0; i<block->lines; i += block->lines> 1 ? block->lines - 1 : 1) {
        size_t size = block->starts[i + 1] - block->starts[i] - 1;
        free(expected[i]);
        reference_redact(&engine->rules->options, block->text + block->starts[i], size,
                         flags_of(block, i, flags), &expected[i], &sizes[i]);
    }
    compare_block(job, engine, block, flags, expected, sizes);
}

/* A line as a text of its own: whole, and one in three also cut. */
static void compare_alone(struct job *job, struct engine *engine, const struct block *block,
                          size_t i, const char *expected, size_t expected_size)
{
    static const char *const names[] = {"cut at its start", "cut at its end", "cut at both ends"};
    const char *line = block->text + block->starts[i];
    size_t size = block->starts[i + 1] - block->starts[i] - 1;
    size_t which = (size_t)(block->numbers[i] % 9);
    char *out;
    size_t out_size;

    engine_redact(engine, line, size, 0, &out, &out_size);
    if (out_size != expected_size || memcmp(out, expected, out_size) != 0) {
        report(job, engine, block, i, line, size, 0, "alone");
    }
    free(out);
    if (which < 3 && !compare_same(engine, line, size, cut_flags[which])) {
        report(job, engine, block, i, line, size, cut_flags[which], names[which]);
    }
}

static void compare_lines(struct job *job, struct engine *engines, size_t engine_count,
                          const struct block *block)
{
    char *expected[BLOCK_LINES_MOST];
    size_t sizes[BLOCK_LINES_MOST];

    for (size_t i = 0; i < block->lines; i++) {
        const char *line = block->text + block->starts[i];
        size_t size = block->starts[i + 1] - block->starts[i] - 1;
        reference_redact(&engines->rules->options, line, size, 0, &expected[i], &sizes[i]);
        job->changed += sizes[i] != size || memcmp(expected[i], line, size) != 0;
        compare_alone(job, &engines[i % engine_count], block, i, expected[i], sizes[i]);
    }
    for (size_t k = 0; k < engine_count; k++) {
        compare_block(job, &engines[k], block, 0, expected, sizes);
    }
    size_t which = (size_t)(block->numbers[0] / BLOCK_LINES_MOST / 2);
    compare_cut_block(job, &engines[which % engine_count], block,
                      cut_flags[which % (sizeof cut_flags / sizeof cut_flags[0])], expected, sizes);
    for (size_t i = 0; i < block->lines; i++) {
        free(expected[i]);
    }
}

/* The rule set of the block that begins with a line. */
static size_t choose_rules(const struct job *job, uint64_t first)
{
    uint64_t block = first / BLOCK_LINES_MOST;
    size_t others = ruleset_count() - 1;
    return block % 2 == 0 ? 0 : 1 + (size_t)((job->seed + block / 2) % others);
}

static void *work(void *user)
{
    struct job *job = user;
    struct engines *engines = memory_zeroed(1, sizeof *engines);
    struct block *block = memory_zeroed(1, sizeof *block);

    for (;;) {
        uint64_t first = atomic_fetch_add(&job->next, BLOCK_LINES_MOST);
        if (first >= job->end) {
            break;
        }
        size_t rules = choose_rules(job, first);
        if (engines->counts[rules] == 0) {
            engines->counts[rules] = engine_open_all(ruleset_at(rules), engines->items[rules]);
        }
        make_block(job, first, block);
        compare_lines(job, engines->items[rules], engines->counts[rules], block);
    }
    free(block);
    for (size_t i = 0; i < ruleset_count(); i++) {
        engine_close_all(engines->items[i], engines->counts[i]);
    }
    free(engines);
    return NULL;
}

static void print_kernels(void)
{
    struct engine engines[ENGINES_MOST];
    size_t count = engine_open_all(ruleset_at(0), engines);
    for (size_t i = 0; i < count; i++) {
        printf("%s%s", i == 0 ? "kernels: " : ", ", engines[i].kernel);
    }
    putchar('\n');
    engine_close_all(engines, count);
}

int main(int argument_count, char **arguments)
{
    struct job job = {.printed_most = 10, .print = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[THREADS];

    if (argument_count < 4 || argument_count > 5) {
        fputs("usage: differential SEED FIRST COUNT [PRINTED]\n", stderr);
        return 64;
    }
    job.seed = strtoull(arguments[1], NULL, 0);
    job.first = strtoull(arguments[2], NULL, 0);
    job.end = job.first + strtoull(arguments[3], NULL, 0);
    job.next = job.first - job.first % BLOCK_LINES_MOST;
    if (argument_count == 5) {
        job.printed_most = strtoull(arguments[4], NULL, 0);
    }
    print_kernels();
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, work, &job) != 0) {
            fputs("no thread\n", stderr);
            return 71;
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%" PRIu64 " lines, %" PRIu64 " changed, %" PRIu64 " different\n", job.end - job.first,
           job.changed, job.different);
    return job.different > 0 || job.changed == 0;
}
