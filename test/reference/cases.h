#ifndef TEST_REFERENCE_CASES_H
#define TEST_REFERENCE_CASES_H
/* Reads files of hand-written cases, such as cases.txt:
 *
 *     # a comment
 *     < text in          then  > text out
 *     = text that stays
 *     ! start end        cut flags of the next case
 *     @ NAME             rule set of all cases that follow; `default` before the first
 *
 * In texts {{0a}} is the byte 0x0A; every other byte stands for itself. */
#include <stdbool.h>
#include <stddef.h>

struct case_text {
    char *bytes;
    size_t size;
};

struct test_case {
    int line; /* in the file */
    unsigned flags;
    char rules[48];
    struct case_text input;
    struct case_text output;
};

struct test_cases {
    struct test_case *items;
    size_t count;
    size_t capacity;
};

/* Ends the process when the file cannot be read or has no case, naming the line that is wrong. */
void cases_read(const char *path, struct test_cases *ret_cases);
void cases_free(struct test_cases *cases);

/* A redactor under test. */
typedef void redact_function(void *user, const char *text, size_t size, unsigned flags,
                             char **ret_out, size_t *ret_out_size);
/* Checks every case of a rule set, prints those that fail; returns how many. */
size_t cases_check(const struct test_cases *cases, const char *rules, const char *name,
                   redact_function *redact, void *user);

#endif
