#define PCRE2_CODE_UNIT_WIDTH 8
#include "test/bench/engine_other.h"

#include <fcntl.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_VECTORSCAN
#include <hs.h>
#endif

static const char usual[] = "\\b(?:\\d[ -]?){12,18}\\d\\b";

double other_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double other_split(const struct text *text, size_t *ret_count)
{
    double begin = other_seconds();
    size_t lines = 0;
    for (const char *at = text->data, *end = text->data + text->size; at < end; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    *ret_count = lines;
    return other_seconds() - begin;
}

/* All matches of one line: who redacts cannot stop at the first. */
static size_t match_line(const pcre2_code *code, pcre2_match_data *data, const char *line,
                         size_t size)
{
    size_t found = 0;
    for (size_t at = 0; at < size; found++) {
        int r = pcre2_jit_match(code, (PCRE2_SPTR)line, size, at, 0, data, NULL);
        if (r == PCRE2_ERROR_NOMATCH)
            break;
        if (r < 0) {
            fprintf(stderr, "PCRE2 stopped with error %d\n", r);
            abort();
        }
        at = pcre2_get_ovector_pointer(data)[1];
    }
    return found;
}

/* A line at a time, as a filter in a log shipper does. */
double other_pcre2(const struct text *text, size_t *ret_count)
{
    int error;
    PCRE2_SIZE place;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)usual, sizeof(usual) - 1, 0, &error, &place, NULL);
    if (!code || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
        abort();
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    double begin = other_seconds();
    *ret_count = 0;
    for (const char *at = text->data, *end = text->data + text->size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((newline ? newline : end) - at);
        *ret_count += match_line(code, data, at, size);
        at += size + 1;
    }
    double took = other_seconds() - begin;
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return took;
}

#ifdef HAVE_VECTORSCAN
static int count_match(unsigned int id, unsigned long long from, unsigned long long to,
                       unsigned int flags, void *user)
{
    ++*(size_t *)user;
    return 0;
}

/* A block at a time. It tells every end of a match, not where one begins. */
double other_vectorscan(const struct text *text, size_t *ret_count)
{
    enum { BLOCK_BYTES = 256 << 10 };
    hs_database_t *database;
    hs_compile_error_t *error;
    hs_scratch_t *scratch = NULL;
    if (hs_compile(usual, 0, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS ||
        hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
        abort();
    double begin = other_seconds();
    *ret_count = 0;
    for (size_t at = 0; at < text->size; at += BLOCK_BYTES) {
        size_t size = text->size - at < BLOCK_BYTES ? text->size - at : BLOCK_BYTES;
        if (hs_scan(database, text->data + at, (unsigned int)size, 0, scratch, count_match,
                    ret_count) != HS_SUCCESS)
            abort();
    }
    double took = other_seconds() - begin;
    hs_free_scratch(scratch);
    hs_free_database(database);
    return took;
}
#else
double other_vectorscan(const struct text *text, size_t *ret_count)
{
    return -1;
}
#endif

/* Runs `rg` over the file open as `file`; its output is a count of lines. */
static void exec_ripgrep(int file, int output)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getppid(), file);
    dup2(output, STDOUT_FILENO);
    execlp("rg", "rg", "--no-config", "-j1", "-a", "-c", "-e", usual, path, (char *)NULL);
    _exit(127);
}

/* Of the whole process, with its start. */
double other_ripgrep(const struct text *text, size_t *ret_count)
{
    int file = memfd_create("text", 0), ends[2], status;
    if (file < 0 || pipe2(ends, O_CLOEXEC) < 0 ||
        write(file, text->data, text->size) != (ssize_t)text->size)
        abort();
    struct rusage before, after;
    char answer[32] = "";
    getrusage(RUSAGE_CHILDREN, &before);
    pid_t child = fork();
    if (child == 0)
        exec_ripgrep(file, ends[1]);
    close(ends[1]);
    ssize_t size = read(ends[0], answer, sizeof(answer) - 1);
    waitpid(child, &status, 0);
    getrusage(RUSAGE_CHILDREN, &after);
    close(ends[0]);
    close(file);
    if (size <= 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return -1;
    *ret_count = strtoul(answer, NULL, 10);
    return (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
           (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
           (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
           (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
}
