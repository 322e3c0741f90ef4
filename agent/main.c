#include "agent/command.h"
#include "agent/command_table.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct command *const commands[] = {COMMAND_ROWS NULL};

static void print_help(FILE *out)
{
    fputs("usage: blotter COMMAND [OPTION…] [ARGUMENT…]\n"
          "Takes card data out of logs and delivers clean JSON.\n\n",
          out);
    for (const struct command *const *c = commands; *c; c++)
        fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
    fputs("\n`blotter COMMAND --help` shows a command's options.\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("blotter " BLOTTER_VERSION);
        return 0;
    }
    for (const struct command *const *c = commands; *c; c++) {
        if (strcmp(argv[1], (*c)->name) == 0)
            return (*c)->run(argc - 1, argv + 1);
    }
    /* The word is not echoed: a mistyped pipeline may have put log text here. */
    fputs("blotter: unknown command; `blotter --help` lists them\n", stderr);
    return EX_USAGE;
}
