/* Prints generated lines: SEED FIRST COUNT. */
#include "test/generate/generate.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argument_count, char **arguments)
{
    static struct text line;

    if (argument_count != 4) {
        fputs("usage: generate SEED FIRST COUNT\n", stderr);
        return 64;
    }
    uint64_t seed = strtoull(arguments[1], NULL, 0);
    uint64_t first = strtoull(arguments[2], NULL, 0);
    uint64_t count = strtoull(arguments[3], NULL, 0);
    for (uint64_t number = first; number < first + count; number++) {
        generate_line(seed, number, &line);
        fwrite(line.bytes, 1, line.size, stdout);
        putchar('\n');
    }
    return fflush(stdout) == 0 ? 0 : 74;
}
