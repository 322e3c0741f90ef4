#ifndef TEST_REFERENCE_REFERENCE_H
#define TEST_REFERENCE_REFERENCE_H
/* The reference redactor: a slow second form of the redaction contract (rules/README.md), written
 * from that page alone, section by section, and sharing nothing with the engine. Single-threaded
 * state: none; any thread may call it. It ends the process when memory runs out. */
#include <stdbool.h>
#include <stddef.h>

enum reference_flag {
    REFERENCE_CUT_START = 1 << 0, /* the text begins in the middle of something */
    REFERENCE_CUT_END = 1 << 1,   /* the text ends in the middle of something */
};

/* Redacts a text of any number of lines. `*ret_out` is malloc'ed and belongs to the caller. */
__attribute__((visibility("default"))) void reference_redact(const char *text, size_t size,
                                                             unsigned cut_flags, char **ret_out,
                                                             size_t *ret_out_size);

#endif
