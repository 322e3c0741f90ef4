/* The reference redactor as a filter: standard input to standard output, as one text.
 * Arguments: `start`, `end` (the cut flags). For trying and for the tests in Python. */
#include "test/reference/memory.h"
#include "test/reference/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argument_count, char **arguments)
{
    static const struct reference_options defaults;
    unsigned flags = 0;
    char *text = NULL;
    size_t size = 0;
    size_t capacity = 0;
    char *out;
    size_t out_size;

    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "start") == 0) {
            flags |= REFERENCE_CUT_START;
        } else if (strcmp(arguments[i], "end") == 0) {
            flags |= REFERENCE_CUT_END;
        } else {
            fputs("usage: reference [start] [end]\n", stderr);
            return 64;
        }
    }
    for (int byte; (byte = getchar()) != EOF;) {
        text = memory_grow(text, size, &capacity, 1);
        text[size++] = (char)byte;
    }
    reference_redact(&defaults, text, size, flags, &out, &out_size);
    fwrite(out, 1, out_size, stdout);
    free(out);
    free(text);
    return fflush(stdout) == 0 ? 0 : 74;
}
